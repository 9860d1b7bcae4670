// A position as the checkpoint keeps it: [first>]next[@id]. Next is the next offset to read; id tells the topic from one of the same name that was created later;
// first is there where reading did not go on at the position before: at a new partition, and where records were gone. So a range read again after a crash begins where it began.
using System.Globalization;

namespace StreamLinq.Kafka;

/// <param name="First">Where the range that ends here begins; null: where the one before ended.</param>
/// <param name="Next">The next offset.</param>
/// <param name="Id">Of the topic; empty if the broker does not tell.</param>
internal readonly record struct PartitionPosition(long? First, long Next, string Id)
{
    internal static PartitionPosition? Parse(string text)
    {
        var rest = text.AsSpan();
        var id = "";
        if (rest.IndexOf('@') is var at and >= 0)
        {
            id = rest[(at + 1)..].ToString();
            rest = rest[..at];
        }

        long? first = null;
        if (rest.IndexOf('>') is var to and >= 0)
        {
            if (!TryOffset(rest[..to], out var begin)) return null;
            first = begin;
            rest = rest[(to + 1)..];
        }

        return TryOffset(rest, out var next) && (first is null || first <= next) ? new PartitionPosition(first, next, id) : null;
    }

    private static bool TryOffset(ReadOnlySpan<char> text, out long offset) => long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out offset);

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{First}{(First is null ? "" : ">")}{Next}{(Id.Length == 0 ? "" : "@")}{Id}");

    /// <summary>The name of a partition within its source: topic-0.</summary>
    internal static string Name(string topic, int partition) => string.Create(CultureInfo.InvariantCulture, $"{topic}-{partition}");

    /// <summary>Topic and partition of a name; null if it is none.</summary>
    internal static (string Topic, int Partition)? OfName(string name)
    {
        var dash = name.LastIndexOf('-');
        return dash > 0 && int.TryParse(name.AsSpan(dash + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var partition) ? (name[..dash], partition) : null;
    }
}
