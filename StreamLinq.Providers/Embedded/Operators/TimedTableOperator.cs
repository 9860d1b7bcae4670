// ToTable by event time: of each key the change with the latest time counts, of equal times the later arrival. A key whose row was deleted is remembered until the watermark has passed the deletion: an older change
// that comes after that is late, and late changes are dropped. So a retraction may come before its insertion, and keys that are gone take no room for ever.
namespace StreamLinq.Embedded;

internal sealed class TimedTableOperator<TKey, TRow, TResult, THash> : ITableOperator<TResult>, IRowTarget<LatestInput<TKey, TRow>>, IStateTable where THash : struct, IKeyHash<TKey>
{
    private const int SendEvery = 4096;

    private readonly GroupTable<TKey, (TRow Row, long Time, byte Mark), (bool IsThere, TResult Row), THash> _table;
    private readonly StageContext _context;
    private readonly Codec<TKey> _keys = Codecs.Key<TKey>();
    private readonly Codec<(TRow Row, long Time, byte Mark)> _values = Codecs.Value<(TRow Row, long Time, byte Mark)>();
    private readonly ByteReader _reader = new();
    private readonly RowBuffer<TResult> _changes = new();
    private readonly PriorityQueue<TKey, long> _deleted = new();
    private readonly List<TKey> _forgotten = [];
    private EpochTime _time = new(EpochTime.NoWatermark, EpochTime.NoWatermark, 0);

    /// <param name="name">The name its state is kept under.</param>
    /// <param name="seed">The query's seed.</param>
    /// <param name="result">Makes the row of the table.</param>
    /// <param name="context">Where it says where it stands.</param>
    public TimedTableOperator(string name, ulong seed, GroupResult<TKey, (TRow Row, long Time, byte Mark), TResult> result, StageContext context)
    {
        Name = name;
        _context = context;
        _table = new(seed, (key, latest) => latest.Mark == (byte)LatestMark.Row ? (true, result(key, latest)) : default, Canonical.For<TKey>());
        Tables = [this];
    }

    public string Name { get; }

    public bool SendsOnlyChanged => false;

    public string Schema => $"{_keys.Schema} -> {_values.Schema}";

    public IReadOnlyList<IStateTable> Tables { get; }

    public List<IRowTarget<TResult>> Targets { get; } = [];

    public long Rows => _table.Count - _forgotten.Count;

    public long RowsUpdated { get; private set; }

    public long RowsRemoved => _forgotten.Count;

    public long RowsLate { get; private set; }

    public long MemoryBytes => _table.MemoryBytes;

    public long? DueAt => _deleted.TryPeek(out _, out var time) ? time : null;

    public void BeginEpoch(EpochTime time) => _time = time;

    public void Push(LatestInput<TKey, TRow>[] rows, int from, int to, sbyte[]? weights)
    {
        for (var i = from; i < to; i++)
        {
            if (rows[i].Latest.Time <= _time.LateUntil)
            {
                RowsLate++;
                continue;
            }

            var slot = _table.Slot(rows[i].Key);
            ref var entry = ref _table.Entries[slot];
            LatestRow.Merge(ref entry.Accumulator, rows[i].Latest);
            if (rows[i].Latest.Mark == (byte)LatestMark.Gone) _deleted.Enqueue(entry.Key, rows[i].Latest.Time);
        }
    }

    public void Flush()
    {
        _context.Place = $"the changes of {Name}";
        _context.RowBase = 0;
        Forget();
        RowsUpdated = _table.Touched.Length - _forgotten.Count;
        foreach (ref readonly var touched in _table.Touched)
        {
            var (wasThere, old) = touched.Old;
            var (isThere, now) = _table.Result(touched.Slot);
            if (wasThere) _changes.Add(old, -1);
            if (isThere) _changes.Add(now, 1);
            if (_changes.Count >= SendEvery) Send();
        }

        Send();
    }

    // What was deleted at or before the watermark can be set by nothing that is still to come.
    private void Forget()
    {
        while (_deleted.TryPeek(out var key, out var time) && time <= _time.Watermark)
        {
            _deleted.Dequeue();
            var slot = _table.Slot(key);
            ref var latest = ref _table.Entries[slot].Accumulator;
            if (latest.Mark != (byte)LatestMark.Unknown && (latest.Mark != (byte)LatestMark.Gone || latest.Time > time)) continue;
            latest.Mark = (byte)LatestMark.Forgotten;
            _forgotten.Add(_table.Entries[slot].Key);
        }
    }

    private void Send()
    {
        var count = _changes.Count;
        _changes.Flush(Targets);
        _context.RowBase += count;
    }

    public void SendAll(IRowTarget<TResult> target)
    {
        var all = new RowBuffer<TResult>();
        IRowTarget<TResult>[] targets = [target];
        foreach (var slot in _table.Slots())
        {
            var (isThere, row) = _table.Result(slot);
            if (isThere) all.Add(row, 1);
            if (all.Count >= SendEvery) all.Flush(targets);
        }

        all.Flush(targets);
    }

    public void Restore(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value)
    {
        var restored = _keys.Decode(_reader, key);
        var latest = _values.Decode(_reader, value);
        _table.Restore(restored, latest);
        if (latest.Mark == (byte)LatestMark.Gone) _deleted.Enqueue(restored, latest.Time);
    }

    public void WriteChanges(StateDelta delta, int table)
    {
        foreach (ref readonly var touched in _table.Touched)
        {
            ref var entry = ref _table.Entries[touched.Slot];
            if (entry.Accumulator.Mark != (byte)LatestMark.Forgotten) delta.Put(table, _keys, entry.Key, _values, entry.Accumulator);
            else if (touched.Existed) delta.Remove(table, _keys, entry.Key);
        }
    }

    public void EndEpoch()
    {
        _table.EndEpoch(_forgotten);
        _forgotten.Clear();
    }
}
