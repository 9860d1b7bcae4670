// What happens when files of a sink are opened: they are brought back to the last committed epoch, or it is said why that cannot be done. Nothing that another query has committed is ever cut.
// May itself be cut short by a crash at any point: cutting, renaming and deleting twice is the same as once, and the manifest forgets only after the files have.
using StreamLinq.Embedded;

namespace StreamLinq.Sinks;

internal static class EpochFilesRecovery
{
    internal static EpochManifest Run(IStorage storage, FileTarget target, Guid queryId, long? lastCommitted)
    {
        var manifest = ManifestFile.Load(storage, target, query => query == queryId ? lastCommitted ?? -1 : -1);
        if (manifest is not null && manifest.QueryId == queryId)
        {
            // A process that has failed to flush its last record may have left it where it is read and yet not on the disk, and flushing it again does nothing: so it is written anew before anything follows from it.
            ManifestFile.Replace(storage, target, manifest, long.MaxValue).Dispose();
            CutBack(storage, target, manifest, lastCommitted ?? -1);
            return manifest;
        }

        // A query that has committed before and does not find its own list is not where it was; a new one appends after what is there.
        if (lastCommitted is { } last) Refuse(storage, target, manifest, queryId, last);
        if (target.IsFolder) return EpochManifest.New(queryId, manifest is null ? NextNumber(storage, target) : TakeOver(storage, target, manifest));
        using var file = storage.Open(target.DataName, create: false);
        return EpochManifest.New(queryId, 1, new ManifestEntry(0, "", 0, file?.Length ?? 0));
    }

    private static void Refuse(IStorage storage, FileTarget target, EpochManifest? manifest, Guid queryId, long last)
    {
        if (manifest is not null)
            throw new StreamLinqException("SLQ2030", $"{target.Description} is written by the query {manifest.QueryId} (it says so in {target.ManifestPath}), and this is the query {queryId}, which has written elsewhere up to epoch {last}. Give every query a file of its own.");
        // Nothing there: the query has had no output so far, or goes to a new place from here on.
        if (HasRows(storage, target))
            throw new StreamLinqException("SLQ2031", $"{target.Description} holds rows, but the list of its epochs {target.ManifestPath} is missing, so nobody knows which of them the query has committed (its last epoch is {last}). Bring the list back, or write to another place.");
    }

    private static bool HasRows(IStorage storage, FileTarget target)
    {
        if (target.IsFolder) return storage.List("").Any(name => target.NumberOf(name) is not null);
        using var file = storage.Open(target.DataName, create: false);
        return file is { Length: > 0 };
    }

    private static void CutBack(IStorage storage, FileTarget target, EpochManifest manifest, long last)
    {
        if (last < manifest.Dropped)
            throw new StreamLinqException("SLQ2039", $"{target.Description} holds epochs up to {manifest.Dropped} at least, and the query's checkpoint ends with {last}: it is older than the file. Restore both from the same moment, or write to another place.");

        manifest.CutBackTo(last);
        foreach (var file in manifest.Files.Values.ToList())
        {
            if (manifest.LengthAfter(last, file.Number) is not { } length)
            {
                // No committed epoch knows it.
                Delete(storage, target.OpenName(file.Folder, file.Number));
                manifest.Remove(file.Number);
            }
            else if (!CutBack(storage, target, file, length) || file.IsFinished)
            {
                Finish(storage, target, file);
                manifest.Apply(new ManifestRecord { Finished = [file.Number], Gone = [file.Number] });
            }
        }
    }

    // False if the file has its final name: the promise of that was on disk before, but need not be found again if the disk has lost what came last.
    private static bool CutBack(IStorage storage, FileTarget target, ManifestEntry entry, long length)
    {
        var name = target.OpenName(entry.Folder, entry.Number);
        using var file = storage.Open(name, create: false);
        if (file is null && target.IsFolder)
        {
            using var finished = storage.Open(target.FinalName(entry.Folder, entry.Number), create: false);
            // A reader may have taken a finished file away.
            if (entry.IsFinished || finished?.Length == length) return false;
        }

        var actual = file?.Length ?? 0;
        if (actual < length)
            throw new StreamLinqException("SLQ2032", $"{target.PathOf(name)} has {actual} bytes, but committed epochs reach to {length}: somebody has cut or replaced it, and rows are missing. Restore it, or write to another place.");
        if (actual == length) return true;
        file!.Truncate(length);
        file.Flush();
        return true;
    }

    // The files that a query has left which does not come back: of each, the epochs that were written to their end.
    private static long TakeOver(IStorage storage, FileTarget target, EpochManifest manifest)
    {
        foreach (var entry in manifest.Files.Values)
        {
            var name = target.OpenName(entry.Folder, entry.Number);
            if (manifest.LengthAfter(long.MaxValue, entry.Number) is not { } length)
            {
                Delete(storage, name);
                continue;
            }

            using (var file = storage.Open(name, create: false))
            {
                if (file?.Length > length)
                {
                    file.Truncate(length);
                    file.Flush();
                }
            }

            Finish(storage, target, entry);
        }

        return manifest.NextNumber;
    }

    // Names are made durable also where nothing is left to do: a start that did it may have been cut short before that.
    private static void Finish(IStorage storage, FileTarget target, ManifestEntry entry)
    {
        var (open, final) = (target.OpenName(entry.Folder, entry.Number), target.FinalName(entry.Folder, entry.Number));
        if (IsThere(storage, open)) storage.Rename(open, final);
        storage.FlushFolder(FolderOf(final));
    }

    private static void Delete(IStorage storage, string name)
    {
        storage.Delete(name);
        storage.FlushFolder(FolderOf(name));
    }

    private static bool IsThere(IStorage storage, string name)
    {
        using var file = storage.Open(name, create: false);
        return file is not null;
    }

    internal static string FolderOf(string name) => name.LastIndexOf('/') is var slash and >= 0 ? name[..slash] : "";

    private static long NextNumber(IStorage storage, FileTarget target) => storage.List("").Max(target.NumberOf) + 1 ?? 1;
}
