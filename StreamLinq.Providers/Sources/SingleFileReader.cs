// Reads one file. The position is "bytes:lines:ticks": what has been read, and the file's last write time when that was planned.
using System.Globalization;

namespace StreamLinq.Sources;

internal sealed class SingleFileReader<T>(string path, FileInput<T> input, TimeProvider clock, long? end) : FileReader<T>(PartitionName, path, input, clock)
{
    internal const string PartitionName = "file";

    private long? _end = end;

    protected override async ValueTask<(string? To, bool IsEnd, bool More)> PlanAsync(Plan plan, string? from, long? most, FileListing found, CancellationToken cancellationToken)
    {
        if (found.IsFolder) throw SourceErrors.Vanished(Path);
        var file = found.Files[0];
        var (bytes, lines, _) = Parse(from);
        if (file.Length < bytes) throw SourceErrors.Shrank(file.Path, bytes, file.Length);
        var final = _end is not null;
        var stop = Math.Min(_end ?? file.Length, file.Length);
        if (_end > file.Length) throw SourceErrors.Shrank(file.Path, _end.Value, file.Length);
        if (stop <= bytes) return (from, final, More: false);

        var scan = await FileScan<T>.OpenAsync(Input, new FilePiece(file.Path, bytes, lines, stop, file.LastWrite), final, cancellationToken).ConfigureAwait(false);
        await using (scan.ConfigureAwait(false))
        {
            var result = await plan.ScanAsync(scan, most, cancellationToken).ConfigureAwait(false);
            var done = result == ScanEnd.Input;
            return (plan.Count == 0 ? from : Format(scan.Bytes, scan.Lines, file.LastWrite), final && done, More: !done);
        }
    }

    protected override IReadOnlyList<FilePiece> Pieces(string? from, string to, FileListing found)
    {
        if (found.IsFolder) throw SourceErrors.Vanished(Path);
        var (bytes, lines, _) = Parse(from);
        var (stop, _, readAt) = Parse(to);
        return [new FilePiece(found.Files[0].Path, bytes, lines, stop, readAt)];
    }

    protected override void FixEnd(FileListing found) => _end ??= found.Files[0].Length;

    private static string Format(long bytes, long lines, DateTimeOffset readAt) => string.Create(CultureInfo.InvariantCulture, $"{bytes}:{lines}:{readAt.UtcTicks}");

    private (long Bytes, long Lines, DateTimeOffset ReadAt) Parse(string? position)
    {
        if (position is null) return default;
        var parts = position.Split(':');
        if (parts.Length == 3 && Number(parts[0], out var bytes) && Number(parts[1], out var lines) && Number(parts[2], out var ticks) && ticks <= DateTimeOffset.MaxValue.UtcTicks)
            return (bytes, lines, new DateTimeOffset(ticks, TimeSpan.Zero));
        throw SourceErrors.Position(position, Path);
    }

    private static bool Number(string text, out long number) => long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number);
}
