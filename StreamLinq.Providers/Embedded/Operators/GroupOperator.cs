// GroupBy without a window: the stage before it updates the table row by row; at the end of the epoch each touched group sends its old row away and its new row on.
// Groups are sent in the order in which the epoch first touched them, which is the order of its rows and no other.
using System.Runtime.CompilerServices;

namespace StreamLinq.Embedded;

internal sealed class GroupOperator<TKey, TState, TRow, THash> : ITableOperator<TRow>, ILaneOperator, IColdTable, IKeyedTable, IFrugalTable where THash : struct, IKeyHash<TKey>
{
    private const int SendEvery = 4096;
    private const int FlushedAtOnce = 1 << 16;
    private const int Ahead = 8;
    private const int ObjectBytes = 48;
    private const int Sampled = 16;
    private const int RestoredAtOnce = 32;

    private readonly GroupTable<TKey, TState, TRow, THash> _table;
    private readonly Func<TState, bool>? _isAlive;
    private readonly StageContext _context;
    private readonly Func<TRow, TRow, bool>? _exactlySame = ExactEquality.Of<TRow>();
    private readonly Func<TRow, TRow, bool> _same;
    private readonly Codec<TKey> _keys = Codecs.Key<TKey>();
    private readonly Codec<TState> _states = Codecs.Value<TState>();
    private readonly ByteWriter _bytes = new();
    private readonly ByteReader _reader = new();
    private readonly RowBuffer<TRow> _changes = new();
    private readonly List<TKey> _gone = [];
    private readonly List<(TKey Key, TState State)> _restoring = [];
    private readonly IReadOnlyList<IStateTable> _tables;
    private readonly IReadOnlyList<IGroupSide> _sides;
    private readonly GroupMerge<TState>? _merge;
    private ColdEntries<TKey, TState>? _cold;
    private long _epoch;
    private long _sampledBytes;
    private int _flushed;

    /// <param name="name">The name its state is kept under.</param>
    /// <param name="table">The groups.</param>
    /// <param name="isAlive">Whether a group still has rows; null where groups never go.</param>
    /// <param name="merge">Joins two parts of a group without a trace; null where that cannot be done.</param>
    /// <param name="sides">The tables that aggregates keep beside the groups.</param>
    /// <param name="context">Where it says where it stands.</param>
    public GroupOperator(
        string name, GroupTable<TKey, TState, TRow, THash> table, Func<TState, bool>? isAlive, GroupMerge<TState>? merge, IReadOnlyList<IGroupSide> sides, StageContext context)
    {
        _merge = merge;
        _same = _exactlySame ?? SureEquality.Of<TRow>();
        Name = name;
        _table = table;
        _isAlive = isAlive;
        _context = context;
        _sides = sides;
        _tables = [this, .. sides];
    }

    public string Name { get; }

    public LaneOrder? Order { get; init; }

    /// <summary>Takes from the old and the new row of a group what both have; null where rows are sent as they are.</summary>
    public RowDifference<TRow>? Difference { private get; init; }

    public bool SendsOnlyNew { private get; set; }

    public Action? Changed { private get; set; }

    public bool SendsOnlyChanged => _exactlySame is not null;

    public string Schema => $"{_keys.Schema} -> {_states.Schema}";

    public IReadOnlyList<IStateTable> Tables => _tables;

    public List<IRowTarget<TRow>> Targets { get; } = [];

    public long Rows => _table.Count + _table.ColdRows - _gone.Count;

    public long TotalRows => Rows;

    public long RowsOnDisk => _table.ColdRows;

    public long RowsUpdated { get; private set; }

    public long RowsRemoved { get; private set; }

    public long MemoryBytes => TableBytes + _sides.Sum(s => s.SideBytes);

    long IColdTable.MemoryBytes => TableBytes;

    private long TableBytes => _table.MemoryBytes + (_cold?.MemoryBytes ?? 0) + HeapBytes;

    private static bool HasObjects => RuntimeHelpers.IsReferenceOrContainsReferences<TKey>() || RuntimeHelpers.IsReferenceOrContainsReferences<TState>();

    // What keys and states that are objects hold beside the slots, told from what they take when written.
    private long HeapBytes => HasObjects ? _table.Count * (ObjectBytes + (2 * _sampledBytes)) : 0;

    public void Flush()
    {
        _context.Place = $"the changes of {Name}";
        _context.RowBase = 0;
        TakeTouched();
        Sample();
        RowsUpdated = _table.Touched.Length;
        RowsRemoved = 0;
        _flushed = 0;
        if (Changed is null) FlushMore();
        else if (HasChanged()) Changed();
    }

    // Lanes bring their changes together when all of them are there.
    public bool FlushMore()
    {
        var all = _table.Touched;
        if (_flushed == all.Length || Changed is not null) return false;
        var to = Order is null ? Math.Min(all.Length, _flushed + FlushedAtOnce) : all.Length;
        for (; _flushed < to; _flushed++)
        {
            _table.PrefetchTouched(_flushed + Ahead);
            ref readonly var touched = ref all[_flushed];
            var alive = _isAlive is null || _isAlive(_table.Entries[touched.Slot].Accumulator);
            if (alive)
            {
                var now = _table.Result(touched.Slot);
                if (touched.Existed)
                {
                    var old = touched.Old!;
                    if (_same(old, now)) continue;
                    Difference?.Invoke(ref old, ref now);
                    if (!SendsOnlyNew) _changes.Add(old, -1);
                }

                _changes.Add(now, 1);
            }
            else
            {
                if (touched.Existed) _changes.Add(touched.Old!, -1);
                _gone.Add(_table.Entries[touched.Slot].Key);
                if (touched.Existed) RowsRemoved++;
            }

            Order?.Stamp(_changes.Count, _table.ArrivedAt(_flushed));
            if (_changes.Count >= SendEvery) Send();
        }

        Send();
        return _flushed < all.Length;
    }

    private bool HasChanged()
    {
        foreach (ref readonly var touched in _table.Touched)
            if (!touched.Existed || !_same(touched.Old!, _table.Result(touched.Slot))) return true;
        return false;
    }

    private void Sample()
    {
        if (!HasObjects || _table.Touched.Length == 0) return;
        _bytes.Clear();
        var count = Math.Min(Sampled, _table.Touched.Length);
        foreach (ref readonly var touched in _table.Touched[^count..])
        {
            ref var entry = ref _table.Entries[touched.Slot];
            _keys.Write(_bytes, entry.Key);
            _states.Write(_bytes, entry.Accumulator);
        }

        _sampledBytes = Math.Max(_bytes.Length / count, _sampledBytes - (_sampledBytes / Sampled));
    }

    private void TakeTouched()
    {
        try
        {
            _table.TakeTouched();
        }
        catch (OverflowException error)
        {
            throw new AggregateFailureException(_context.Place, error);
        }
    }

    private void Send()
    {
        var count = _changes.Count;
        _changes.Flush(Targets);
        _context.RowBase += count;
    }

    public void SendAll(IRowTarget<TRow> target)
    {
        IRowTarget<TRow>[] targets = [target];
        foreach (var slot in _table.Slots())
        {
            if (_isAlive is not null && !_isAlive(_table.Entries[slot].Accumulator)) continue;
            _changes.Add(_table.Result(slot), 1);
            if (_changes.Count >= SendEvery) _changes.Flush(targets);
        }

        _changes.Flush(targets);
    }

    public void Expect(long rows) => _table.Reserve(rows);

    // In a large table each entry is a cache miss, and several at a time cost hardly more than one.
    public void Restore(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value)
    {
        if (_restoring.Count == RestoredAtOnce) Restored();
        var restored = _keys.Decode(_reader, key);
        _table.Prefetch(restored);
        _restoring.Add((restored, _states.Decode(_reader, value)));
    }

    public void Restored()
    {
        foreach (var (key, state) in _restoring) _table.Restore(key, state);
        _restoring.Clear();
    }

    public ulong HashOf(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value, ulong seed) => LaneOfKey.HashOf(_keys.Decode(_reader, key), seed);

    public void UseCold(ColdStore store, int table)
    {
        _cold = new ColdEntries<TKey, TState>(store, table, _keys, _states);
        _table.UseCold(_cold, _merge);
    }

    public void BeginCold(long? totalRows)
    {
        if (totalRows is { } total) _cold!.Rows = total - _table.Count;
    }

    public void RestoreRemoval(ReadOnlySpan<byte> key)
    {
        Restored();
        var removed = _keys.Decode(_reader, key);
        _table.RestoreRemoval(removed);
        _cold?.Remove(removed, epoch: 0);
    }

    public TableRoom Keep(long bytes, long foldedEpochs)
    {
        if (foldedEpochs >= 0) _cold!.Folded(foldedEpochs);
        return _table.Keep(bytes - HeapBytes, foldedEpochs, _isAlive is null ? null : state => !_isAlive(state));
    }

    public void WriteChanges(StateDelta delta, int table)
    {
        var all = _table.Touched;
        for (var i = 0; i < all.Length; i++)
        {
            _table.PrefetchTouched(i + Ahead);
            ref readonly var touched = ref all[i];
            ref var entry = ref _table.Entries[touched.Slot];
            if (_isAlive is null || _isAlive(entry.Accumulator)) delta.Put(table, _keys, entry.Key, _states, entry.Accumulator);
            else if (touched.Existed) delta.Remove(table, _keys, entry.Key);
        }
    }

    public void EndEpoch()
    {
        _epoch++;
        if (_cold is not null)
            foreach (var key in _gone) _cold.Remove(key, _epoch);
        _table.EndEpoch(_gone);
        _gone.Clear();
        foreach (var side in _sides) side.EndEpoch();
    }
}
