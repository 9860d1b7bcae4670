// Reads the files of a folder, each once, in the order of last write time and name as far as they are known when an epoch is planned.
// A file that appears later with an older time is taken then; nothing is passed over because of its time, unless MaxFileAge says so.
namespace StreamLinq.Sources;

internal sealed class FolderReader<T>(string path, FileInput<T> input, TimeProvider clock, FileListing? end) : FileReader<T>(PartitionName, path, input, clock)
{
    internal const string PartitionName = "files";

    private HashSet<string>? _end = Names(end);
    private FolderPosition _last = FolderPosition.Beginning;

    protected override async ValueTask<(string? To, bool IsEnd, bool More)> PlanAsync(Plan plan, string? from, long? most, FileListing found, CancellationToken cancellationToken)
    {
        var position = At(from);
        var taken = new Dictionary<ulong, uint>();
        var waiting = Waiting(position, found, taken);
        var files = new List<TakenFile>();
        var more = false;
        foreach (var (file, bytes, lines, ticks) in waiting)
        {
            more = files.Count == Input.Options.MaxFilesPerEpoch || plan.Count >= most;
            if (more) break;
            var scan = await FileScan<T>.OpenAsync(Input, new FilePiece(file.Path, bytes, lines, file.Length, new DateTimeOffset(ticks, TimeSpan.Zero)), final: true, cancellationToken).ConfigureAwait(false);
            await using (scan.ConfigureAwait(false))
            {
                var before = plan.Count;
                var result = await plan.ScanAsync(scan, most, cancellationToken).ConfigureAwait(false);
                more = result != ScanEnd.Input;
                if (more && plan.Count == before) break; // A bad line comes first in this file: it waits for the next epoch.
                files.Add(new TakenFile(file.Name, more ? scan.Bytes : file.Length, scan.Lines, file.Length, ticks));
                if (more) break;
            }
        }

        if (files.Count == 0) return (from, IsEnd: _end is not null && !more, more);
        _last = FolderPosition.After(position, taken, files, Math.Max(position.Newest, files.Max(f => f.Ticks)));
        return (_last.Text, IsEnd: _end is not null && !more, more);
    }

    protected override IReadOnlyList<FilePiece> Pieces(string? from, string to, FileListing found)
    {
        var target = FolderPosition.Parse(to, Path);
        if (target.From != FolderPosition.HashOf(from)) throw SourceErrors.OtherRange(Path);
        var cut = FolderPosition.Parse(from, Path).Cut;
        var names = found.Files.ToDictionary(f => f.Name, StringComparer.Ordinal);
        var pieces = new List<FilePiece>();
        foreach (var taken in target.Files)
        {
            if (!names.TryGetValue(taken.Name, out var file)) throw SourceErrors.Vanished(taken.Name + "' of '" + Path);
            if (file.Length != taken.Length) throw SourceErrors.Changed(file.Path, taken.Length, file.Length);
            var (bytes, lines) = taken.Name == cut?.Name ? (cut.Bytes, cut.Lines) : (0, 0);
            pieces.Add(new FilePiece(file.Path, bytes, lines, taken.Bytes, new DateTimeOffset(taken.Ticks, TimeSpan.Zero)));
        }

        return pieces;
    }

    protected override void FixEnd(FileListing found) => _end ??= Names(found);

    private FolderPosition At(string? from) => from == _last.Text ? _last : FolderPosition.Parse(from, Path);

    // The file that was cut, then the files not taken, in order; taken gets those that were taken and are still there.
    private List<(StoredFile File, long Bytes, long Lines, long Ticks)> Waiting(FolderPosition position, FileListing found, Dictionary<ulong, uint> taken)
    {
        if (!found.IsFolder) throw SourceErrors.Vanished(Path);
        var oldest = Input.Options.MaxFileAge is { } age && position.Newest > age.Ticks ? position.Newest - age.Ticks : 0;
        var cut = position.Cut;
        StoredFile? cutFile = null;
        var waiting = new List<StoredFile>();
        foreach (var file in found.Files)
        {
            if (IsIgnored(file.Name)) continue;
            if (file.Name == cut?.Name)
            {
                if (file.Length != cut.Length) throw SourceErrors.Changed(file.Path, cut.Length, file.Length);
                cutFile = file;
                continue;
            }

            if (file.LastWrite.UtcTicks < oldest) continue;
            var name = FolderPosition.Hash(file.Name);
            if (position.Taken.TryGetValue(name, out var length))
            {
                if (length != FolderPosition.Fold(file.Length)) throw SourceErrors.Changed(file.Path, length, file.Length);
                taken.Add(name, length);
            }
            else if (_end?.Contains(file.Name) != false)
            {
                waiting.Add(file);
            }
        }

        if (cut is not null && cutFile is null) throw SourceErrors.Vanished(cut.Name + "' of '" + Path);
        waiting.Sort(static (a, b) => a.LastWrite != b.LastWrite ? a.LastWrite.CompareTo(b.LastWrite) : string.CompareOrdinal(a.Name, b.Name));
        var all = waiting.Select(f => (f, 0L, 0L, f.LastWrite.UtcTicks));
        return cut is null ? [.. all] : [(cutFile!.Value, cut.Bytes, cut.Lines, cut.Ticks), .. all];
    }

    // What is still written, and the manifest that a file sink keeps beside its file.
    private static bool IsIgnored(string name) =>
        name.StartsWith('.') || name.StartsWith('_') || name.EndsWith(".tmp", StringComparison.OrdinalIgnoreCase) || name.EndsWith(".epochs", StringComparison.OrdinalIgnoreCase);

    private static HashSet<string>? Names(FileListing? found) => found is null ? null : [.. found.Files.Select(f => f.Name)];
}
