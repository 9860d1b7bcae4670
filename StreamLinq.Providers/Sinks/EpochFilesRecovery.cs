// What happens when files of a sink are opened: they are brought back to the last committed epoch, or it is said why that cannot be done. Nothing of another query is ever cut.
// May itself be cut short by a crash at any point: cutting twice is the same as once, and the manifest forgets an epoch only after the files have.
namespace StreamLinq.Sinks;

internal static class EpochFilesRecovery
{
    internal static async ValueTask<EpochManifest> RunAsync(FileTarget target, Guid queryId, long? lastCommitted, CancellationToken cancellationToken)
    {
        var manifest = await EpochManifest.LoadAsync(target, cancellationToken).ConfigureAwait(false);
        if (manifest is not null && manifest.QueryId == queryId)
        {
            CutBack(target, manifest, lastCommitted ?? -1);
        }
        else
        {
            // A query that has committed before and does not find its own list is not where it was; a new one appends after what is there.
            if (lastCommitted is { } last) Refuse(target, manifest, queryId, last);
            manifest = new(queryId);
            if (!target.IsFolder)
            {
                var file = new FileInfo(target.PathOf(target.DataName)!);
                var length = file.Exists ? file.Length : 0;
                manifest.Entry(-1)[target.DataName] = new(length, length);
            }
        }
        await manifest.SaveAsync(target, cancellationToken).ConfigureAwait(false);
        return manifest;
    }

    private static void Refuse(FileTarget target, EpochManifest? manifest, Guid queryId, long last)
    {
        if (manifest is not null)
            throw new StreamLinqException("SLQ2030", $"{target.Description} is written by the query {manifest.QueryId} (it says so in {target.ManifestPath}), and this is the query {queryId}, which has written elsewhere up to epoch {last}. Give every query a file of its own.");
        var used = target.IsFolder
            ? Directory.EnumerateFiles(target.Root, target.DataName, SearchOption.AllDirectories).Any()
            : new FileInfo(target.PathOf(target.DataName)!) is { Exists: true, Length: > 0 };
        // Nothing there: the query has had no output so far, or goes to a new place from here on.
        if (used)
            throw new StreamLinqException("SLQ2031", $"{target.Description} holds rows, but the list of its epochs {target.ManifestPath} is missing, so nobody knows which of them the query has committed (its last epoch is {last}). Bring the list back, or write to another place.");
    }

    private static void CutBack(FileTarget target, EpochManifest manifest, long last)
    {
        if (last < manifest.Dropped)
            throw new StreamLinqException("SLQ2039", $"{target.Description} holds epochs up to {manifest.Dropped} at least, and the query's checkpoint ends with {last}: it is older than the file. Restore both from the same moment, or write to another place.");

        var committed = new Dictionary<string, long>(StringComparer.Ordinal);
        foreach (var (_, files) in manifest.Epochs.Where(e => e.Key <= last))
            foreach (var (name, range) in files) committed[name] = range.To ?? range.From;

        // The first of the epochs that go says where the last committed one ends.
        var undone = manifest.Epochs.Where(e => e.Key > last).ToList();
        foreach (var (_, files) in undone)
            foreach (var (name, range) in files) committed.TryAdd(name, range.From);

        foreach (var (name, length) in committed) CutBack(target.PathOf(name)!, length);
        foreach (var (epoch, _) in undone) manifest.Epochs.Remove(epoch);
    }

    private static void CutBack(string path, long length)
    {
        var file = new FileInfo(path);
        var actual = file.Exists ? file.Length : 0;
        if (actual < length)
            throw new StreamLinqException("SLQ2032", $"{path} has {actual} bytes, but committed epochs reach to {length}: somebody has cut or replaced it, and rows are missing. Restore it, or write to another place.");
        if (actual == length) return;
        using var stream = new FileStream(path, FileMode.Open, FileAccess.Write, FileShare.ReadWrite | FileShare.Delete);
        stream.SetLength(length);
        stream.Flush(flushToDisk: true);
    }
}
