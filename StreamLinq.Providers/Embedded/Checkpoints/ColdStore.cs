// The entries of a query's tables that are not in memory. With a checkpoint they are in its base, which folds keep up to date: an entry may leave memory once its last change is folded.
// Without one they are written to a store of their own, in the run's temporary folder, when they leave.
using System.Numerics;
using System.Runtime.InteropServices;

namespace StreamLinq.Embedded;

/// <summary>Reads, and where nobody else does it writes, entries that have left memory. Thread-safe; whoever comes second waits.</summary>
internal sealed class ColdStore : IDisposable
{
    private const int PagesOfBudget = 64;
    private const long LeastPageBytes = 256 << 10;
    private const long LeastIndexBytes = 16 << 10;
    private readonly BaseStore _store;
    private readonly BaseReader _reader;
    private readonly ColdWriter? _writer;
    private readonly ByteWriter _key = new();
    private readonly Dictionary<int, ColdRows> _rows = [];
    private readonly Lock _lock = new();

    private ColdStore(BaseStore store, int? writtenAtOnce)
    {
        _store = store;
        _reader = store.Read();
        _writer = writtenAtOnce is { } most ? new ColdWriter(store.Write(), _lock, most) : null;
    }

    /// <summary>Whether entries that leave must be written; else folds have done it.</summary>
    internal bool Writes => _writer is not null;

    /// <summary>What the store itself takes in memory.</summary>
    internal long MemoryBytes => _writer is null ? _store.MemoryBytes : _store.MemoryOf(SpilledKeys()) + _writer.MemoryBytes;

    /// <summary>Over the base of a checkpoint, which owns it.</summary>
    internal static ColdStore Over(BaseStore store) => new(store, writtenAtOnce: null);

    /// <summary>A store of its own. Who does not fit the budget is likely to be several times larger, so the index gets up to half of it: it cannot grow, and a search behind full buckets is slow.</summary>
    internal static async ValueTask<ColdStore> SpillAsync(IStorage storage, CheckpointOptions options, long budget, ulong seed, CancellationToken cancellationToken)
    {
        var layout = options.Layout with { PageBytes = (int)Math.Min(options.Layout.PageBytes, Math.Max(LeastPageBytes, PowerOfTwo(budget / PagesOfBudget))) };
        var sized = options with { IndexBytes = Math.Max(LeastIndexBytes, PowerOfTwo(budget / 2)) };
        return new ColdStore(await BaseStore.OpenAsync(storage, layout, sized, seed, stored: null, cancellationToken, durable: false).ConfigureAwait(false), layout.PageBytes);

        static long PowerOfTwo(long most) => (long)BitOperations.RoundUpToPowerOf2((ulong)most + 1) / 2;
    }

    /// <summary>How many of a table's entries are not in memory, counted by those who move them.</summary>
    internal ColdRows RowsOf(int table)
    {
        lock (_lock) return _rows.TryGetValue(table, out var rows) ? rows : _rows[table] = new ColdRows();
    }

    private long SpilledKeys()
    {
        lock (_lock) return _rows.Values.Sum(r => r.Count);
    }

    /// <summary>Looks keys up, given by number; the visitor is told of each, in no order that means anything.</summary>
    internal void Read(int table, ReadOnlySpan<int> tags, Action<int, ByteWriter> writeKey, ReadVisitor visit)
    {
        lock (_lock)
        {
            _writer?.WriteGathered();
            ReadAlone(table, tags, writeKey, visit);
        }
    }

    private void ReadAlone(int table, ReadOnlySpan<int> tags, Action<int, ByteWriter> writeKey, ReadVisitor visit)
    {
        var shifts = _store.Shifts;
        var doubtful = new List<int>();
        LookUp(table, tags, writeKey, (tag, found, value) =>
        {
            // A read that was under way while the log's beginning moved past its record has found nothing.
            if (!found && (_store.IsCompacting || _store.Shifts != shifts)) doubtful.Add(tag);
            else visit(tag, found, value);
        });
        // The index knows the copy by now, and the beginning moves once per compaction: what is not found again is not there.
        if (doubtful.Count > 0) LookUp(table, CollectionsMarshal.AsSpan(doubtful), writeKey, visit);
    }

    private void LookUp(int table, ReadOnlySpan<int> tags, Action<int, ByteWriter> writeKey, ReadVisitor visit)
    {
        foreach (var tag in tags)
        {
            _key.Clear();
            writeKey(tag, _key);
            _reader.Begin(table, _key.Written, tag, visit);
        }

        _reader.Complete();
        _store.ThrowIfFailed();
    }

    /// <summary>Writes an entry that leaves memory.</summary>
    internal void Put(int table, ReadOnlySpan<byte> key, ReadOnlySpan<byte> value) => _writer!.Put(table, key, value);

    /// <summary>Removes an entry, if it is there.</summary>
    internal void Remove(int table, ReadOnlySpan<byte> key)
    {
        lock (_lock) _writer!.Remove(table, key);
    }

    public void Dispose()
    {
        _reader.Dispose();
        _writer?.Dispose();
        if (Writes) _store.Dispose();
    }
}
