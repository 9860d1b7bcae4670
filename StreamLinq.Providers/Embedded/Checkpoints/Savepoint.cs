// A savepoint: a copy of a checkpoint from which another query can start. It is whole once it has a manifest, which is written last; until then a mark says that the copy was begun,
// so that one that was cut short is begun anew and never taken for whole, and nothing that was not copied is ever cleared away.
namespace StreamLinq.Embedded;

internal static class Savepoint
{
    internal const string MarkName = "copy.tmp";
    private const int ChunkBytes = 1 << 20;

    /// <summary>Copies a checkpoint that no query has open into an empty folder. Throws SLQ2040, SLQ2041, SLQ2042, SLQ2044, and SLQ2048 if there is something in the folder already.</summary>
    internal static async ValueTask ExportAsync(IStorage from, IStorage to, CancellationToken cancellationToken) => await from.RunAsync(
        () =>
        {
            using var fromLock = from.Lock();
            CopyTo(from, to, Whole(from), cancellationToken);
        },
        cancellationToken).ConfigureAwait(false);

    /// <summary>Copies a checkpoint that the caller has open, and to which nobody writes meanwhile, into an empty folder. Throws SLQ2040 if that is in use, and SLQ2048 if there is something in it.</summary>
    internal static void CopyTo(IStorage from, IStorage to, Manifest manifest, CancellationToken cancellationToken)
    {
        using var toLock = to.Lock();
        if (!IsFree(to)) throw CheckpointErrors.NotASavepoint(to.Location, "there is something in the folder already. Use an empty one.");
        Copy(from, to, manifest, cancellationToken);
    }

    /// <summary>Copies a savepoint into an empty checkpoint folder, as the beginning of another query. Does nothing if there is a checkpoint. Throws SLQ2048 if the savepoint is none.</summary>
    internal static async ValueTask ImportAsync(IStorage savepoint, IStorage to, CancellationToken cancellationToken) => await to.RunAsync(
        () =>
        {
            using var toLock = to.Lock();
            if (!IsFree(to)) return;
            using var fromLock = savepoint.Lock();
            Copy(savepoint, to, Whole(savepoint) with { QueryId = Guid.NewGuid() }, cancellationToken);
        },
        cancellationToken).ConfigureAwait(false);

    private static Manifest Whole(IStorage storage)
    {
        if (Manifest.Read(storage) is { } manifest) return manifest;
        throw CheckpointErrors.NotASavepoint(storage.Location, storage.List("").Contains(MarkName)
            ? "the copy was cut short. Make it again."
            : "there is no manifest.json in it, so it is not, or not wholly, a checkpoint.");
    }

    // Free: empty, or with what a copy that was cut short has left. The lock's file does not count.
    private static bool IsFree(IStorage to)
    {
        var names = to.List("");
        var isCopy = names.Contains(MarkName);
        if (!names.Contains(Manifest.FileName)) return isCopy || !names.Any(IsContent);
        // The copy was finished, and only the mark was left.
        if (isCopy)
        {
            to.Delete(MarkName);
            to.FlushFolder("");
        }

        return false;
    }

    private static void Copy(IStorage from, IStorage to, Manifest manifest, CancellationToken cancellationToken)
    {
        using (var mark = to.Open(MarkName, create: true)!) mark.Flush();
        to.FlushFolder("");
        foreach (var name in to.List("").Where(IsContent)) to.Delete(name);
        var folders = new HashSet<string>(StringComparer.Ordinal) { "" };
        var buffer = new byte[ChunkBytes];
        foreach (var name in from.List("").Where(n => IsContent(n) && n != Manifest.FileName))
        {
            using var source = from.Open(name, create: false)!;
            using var target = to.Open(name, create: true)!;
            for (long at = 0; at < source.Length;)
            {
                cancellationToken.ThrowIfCancellationRequested();
                var count = source.Read(at, buffer);
                if (count == 0) break;
                target.Write(at, buffer.AsSpan(0, count));
                at += count;
            }

            target.Flush();
            for (var folder = name; folder.LastIndexOf('/') is var slash and > 0;) folders.Add(folder = folder[..slash]);
        }

        foreach (var folder in folders) to.FlushFolder(folder);
        manifest.Write(to);
        to.Delete(MarkName);
        to.FlushFolder("");
    }

    private static bool IsContent(string name) => name is not (MarkName or FileStorage.LockName or Manifest.TemporaryName);
}
