// The position of sources that count their rows: "17" means that 17 rows have been read. One partition, "0".
using System.Globalization;

namespace StreamLinq.Sources;

internal static class CountPosition
{
    internal const string Partition = "0";

    internal static string Format(long rows) => rows.ToString(CultureInfo.InvariantCulture);

    internal static SourceOffset Offset(long rows) => new(Partition, Format(rows));

    internal static long Parse(string? position, string source)
    {
        if (position is null) return 0;
        return long.TryParse(position, NumberStyles.None, CultureInfo.InvariantCulture, out var rows) ? rows : throw SourceErrors.Position(position, source);
    }

    internal static long Of(IReadOnlyList<SourceOffset> offsets, string source)
    {
        foreach (var offset in offsets)
            if (offset.Partition == Partition)
                return Parse(offset.Position, source);
        return offsets.Count == 0 ? 0 : throw SourceErrors.Position(offsets[0].Partition + "/" + offsets[0].Position, source);
    }
}
