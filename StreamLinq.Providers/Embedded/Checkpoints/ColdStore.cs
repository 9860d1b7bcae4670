// The entries of a query's tables that are not in memory. With a checkpoint they are in its base, which folds keep up to date: an entry may leave memory once its last change is folded.
// Without one they are written to a store of their own in a temporary folder when they leave; it is deleted when the query stops, and what a killed process has left, by the next one that needs room.
namespace StreamLinq.Embedded;

/// <summary>Reads, and where nobody else does it writes, entries that have left memory. One caller at a time.</summary>
internal sealed class ColdStore : IDisposable
{
    private const string SpillPrefix = "streamlinq-spill-";
    private readonly BaseStore _store;
    private readonly BaseReader _reader;
    private readonly BaseWriter? _writer;
    private readonly IDisposable? _owned;

    private ColdStore(BaseStore store, bool writes, IDisposable? owned)
    {
        _store = store;
        _reader = store.Read();
        _writer = writes ? store.Write() : null;
        _owned = owned;
    }

    /// <summary>Whether entries that leave must be written; else folds have done it.</summary>
    internal bool Writes => _writer is not null;

    /// <summary>What the store itself takes in memory.</summary>
    internal long MemoryBytes => _store.MemoryBytes;

    /// <summary>Over the base of a checkpoint, which owns it.</summary>
    internal static ColdStore Over(BaseStore store) => new(store, writes: false, owned: null);

    /// <summary>A store of its own in a new folder below another.</summary>
    internal static async ValueTask<ColdStore> SpillAsync(string root, CheckpointOptions options, ulong seed, CancellationToken cancellationToken)
    {
        DeleteAbandoned(root);
        var storage = new FileStorage(Path.Combine(root, SpillPrefix + Guid.NewGuid().ToString("N")));
        var folder = new SpillFolder(storage.Location, storage.Lock());
        try
        {
            var store = await BaseStore.OpenAsync(storage, options.Layout, options, seed, stored: null, cancellationToken, durable: false).ConfigureAwait(false);
            return new ColdStore(store, writes: true, folder);
        }
        catch
        {
            folder.Dispose();
            throw;
        }
    }

    /// <summary>Looks keys up, given by number; the visitor is told of each, in no order that means anything.</summary>
    internal void Read(int table, ReadOnlySpan<int> tags, Action<int, ByteWriter> writeKey, ReadVisitor visit)
    {
        var key = new ByteWriter();
        var shifts = _store.Shifts;
        var doubtful = _store.IsCompacting ? new List<int>() : null;
        foreach (var tag in tags)
        {
            key.Clear();
            writeKey(tag, key);
            _reader.Begin(table, key.Written, tag, Tell);
        }

        _reader.Complete();
        _store.ThrowIfFailed();
        // A read that was under way while the log's beginning moved past its record has found nothing. The index knows the copy by now.
        if (doubtful is { Count: > 0 }) Read(table, System.Runtime.InteropServices.CollectionsMarshal.AsSpan(doubtful), writeKey, visit);

        void Tell(int tag, bool found, ReadOnlySpan<byte> value)
        {
            if (!found && (doubtful is not null || _store.IsCompacting || _store.Shifts != shifts)) (doubtful ??= []).Add(tag);
            else visit(tag, found, value);
        }
    }

    /// <summary>Writes an entry that leaves memory.</summary>
    internal void Put(int table, ReadOnlySpan<byte> key, ReadOnlySpan<byte> value) => _writer!.Write(table, key, removed: false, value);

    /// <summary>Removes an entry, if it is there.</summary>
    internal void Remove(int table, ReadOnlySpan<byte> key) => _writer!.Write(table, key, removed: true, default);

    public void Dispose()
    {
        _reader.Dispose();
        _writer?.Dispose();
        if (_owned is null) return;
        _store.Dispose();
        _owned.Dispose();
    }

    private static void DeleteAbandoned(string root)
    {
        if (!Directory.Exists(root)) return;
        foreach (var folder in Directory.EnumerateDirectories(root, SpillPrefix + "*"))
        {
            try
            {
                new SpillFolder(folder, new FileStorage(folder).Lock()).Dispose();
            }
            catch (Exception error) when (error is StreamLinqException or IOException or UnauthorizedAccessException)
            {
                // Another process holds it, or deletes it just now.
            }
        }
    }

    private sealed class SpillFolder(string path, IDisposable held) : IDisposable
    {
        public void Dispose()
        {
            held.Dispose();
            Directory.Delete(path, recursive: true);
        }
    }
}
