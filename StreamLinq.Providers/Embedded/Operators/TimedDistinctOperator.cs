// DistinctBy within a stretch of event time: a key is kept until the watermark has reached the time of its first row plus that stretch. Repeats do not extend it.
namespace StreamLinq.Embedded;

internal sealed class TimedDistinctOperator<TKey, TRow, THash> : IRowTarget<(TKey Key, DateTimeOffset Time, TRow Row)>, IStreamOperator<TRow>, ILaneOperator, IKeyedTable where THash : struct, IKeyHash<TKey>
{
    private readonly GroupTable<TKey, long, byte, THash> _table;
    private readonly long _within;
    private readonly PriorityQueue<TKey, long> _ends = new();
    private readonly Codec<TKey> _keys = Codecs.Key<TKey>();
    private readonly Codec<long> _values = Codecs.Value<long>();
    private readonly ByteReader _reader = new();
    private readonly RowBuffer<TRow> _first = new();
    private readonly List<TKey> _gone = [];
    private EpochTime _time = new(EpochTime.NoWatermark, EpochTime.NoWatermark, 0);

    public TimedDistinctOperator(string name, ulong seed, TimeSpan within, LaneOrder? order)
    {
        Order = order;
        Name = name;
        _within = within.Ticks;
        _table = new GroupTable<TKey, long, byte, THash>(seed, static (_, _) => 0, Canonical.For<TKey>());
        Tables = [this];
    }

    public string Name { get; }

    public LaneOrder? Order { get; }

    public string Schema => $"{_keys.Schema} -> {_values.Schema}";

    public IReadOnlyList<IStateTable> Tables { get; }

    public List<IRowTarget<TRow>> Targets { get; } = [];

    public long Rows => _table.Count - _gone.Count;

    public long RowsUpdated { get; private set; }

    public long RowsRemoved => _gone.Count;

    public long RowsLate { get; private set; }

    public long MemoryBytes => _table.MemoryBytes;

    public long? DueAt => _ends.TryPeek(out _, out var end) ? end : null;

    public void BeginEpoch(EpochTime time)
    {
        _time = time;
        RowsUpdated = 0;
    }

    public void Push((TKey Key, DateTimeOffset Time, TRow Row)[] rows, int from, int to, sbyte[]? weights)
    {
        for (var i = from; i < to; i++)
        {
            var time = rows[i].Time.UtcTicks;
            if (time <= _time.LateUntil)
            {
                RowsLate++;
                continue;
            }

            var known = _table.Count;
            var slot = _table.Slot(rows[i].Key);
            if (_table.Count == known) continue;
            var end = _within > DateTimeOffset.MaxValue.Ticks - time ? EpochTime.EndOfTime : time + _within;
            _table.Entries[slot].Accumulator = end;
            _ends.Enqueue(_table.Entries[slot].Key, end);
            _first.Add(rows[i].Row);
            Order?.Stamp(_first.Count, Order.At(i));
            RowsUpdated++;
        }

        _first.Flush(Targets);
    }

    public void Flush()
    {
        while (_ends.TryPeek(out var key, out var end) && end <= _time.Watermark)
        {
            _gone.Add(key);
            _ends.Dequeue();
        }
    }

    public void Restore(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value)
    {
        var restored = _keys.Decode(_reader, key);
        var end = _values.Decode(_reader, value);
        _table.Restore(restored, end);
        _ends.Enqueue(restored, end);
    }

    public ulong HashOf(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value, ulong seed) => LaneOfKey.HashOf(_keys.Decode(_reader, key), seed);

    public void WriteChanges(StateDelta delta, int table)
    {
        foreach (var touched in _table.Touched)
        {
            if (touched.Existed) continue;
            ref var entry = ref _table.Entries[touched.Slot];
            delta.Put(table, _keys, entry.Key, _values, entry.Accumulator);
        }

        foreach (var key in _gone) delta.Remove(table, _keys, key);
    }

    public void EndEpoch()
    {
        _table.EndEpoch(_gone);
        _gone.Clear();
    }
}
