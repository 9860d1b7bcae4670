// Rows that wait for the watermark to pass their time, in the order of their times and of equal times in that of arrival. Only a row that waits over the end of an epoch is written, once, and its removal.
namespace StreamLinq.Embedded;

/// <typeparam name="TKey">The keys.</typeparam>
/// <typeparam name="TRow">What is kept of the rows.</typeparam>
/// <param name="name">The operator's name.</param>
/// <param name="keeps">Whether rows come out that have no match.</param>
internal sealed class WaitingRows<TKey, TRow>(string name, bool keeps) : IRowTarget<JoinInput<TKey, TRow>>, IStateTable
{
    private readonly Codec<(long Time, long Sequence)> _keys = Codecs.Key<(long Time, long Sequence)>();
    private readonly Codec<(TKey Key, bool CanMatch, TRow Row)> _values = Codecs.Value<(TKey Key, bool CanMatch, TRow Row)>();
    private readonly ByteReader _reader = new();
    private readonly PriorityQueue<JoinInput<TKey, TRow>, (long Time, long Sequence)> _rows = new();
    private readonly List<(long Sequence, JoinInput<TKey, TRow> Row)> _added = [];
    private readonly List<(long Time, long Sequence)> _removed = [];
    private EpochTime _time = new(EpochTime.NoWatermark, EpochTime.NoWatermark, 0);
    private long _next;
    private long _firstOfEpoch;

    public string Name { get; } = $"{name}/left";

    public string Schema => $"{_keys.Schema} -> {_values.Schema}";

    internal int Count => _rows.Count;

    internal int Added => _added.Count;

    internal int Removed => _removed.Count;

    internal long RowsLate { get; private set; }

    internal long MemoryBytes => (long)_rows.Count * (System.Runtime.CompilerServices.Unsafe.SizeOf<JoinInput<TKey, TRow>>() + (2 * sizeof(long)));

    internal long? DueAt => _rows.TryPeek(out _, out var first) ? first.Time : null;

    internal void BeginEpoch(EpochTime time)
    {
        _time = time;
        _firstOfEpoch = _next;
    }

    public void Push(JoinInput<TKey, TRow>[] rows, int from, int to, sbyte[]? weights)
    {
        for (var i = from; i < to; i++)
        {
            ref var row = ref rows[i];
            if (row.Time <= _time.LateUntil)
            {
                RowsLate++;
                continue;
            }

            if (!row.CanMatch && !keeps) continue;
            if (row.Time > _time.Watermark) _added.Add((_next, row));
            _rows.Enqueue(row, (row.Time, _next++));
        }
    }

    /// <summary>The next row whose time the watermark has passed.</summary>
    internal bool TryTake(long watermark, out JoinInput<TKey, TRow> row)
    {
        if (!_rows.TryPeek(out row, out var place) || place.Time > watermark) return false;
        _rows.Dequeue();
        if (place.Sequence < _firstOfEpoch) _removed.Add(place);
        return true;
    }

    public void Restore(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value)
    {
        var (time, sequence) = _keys.Decode(_reader, key);
        var (of, canMatch, row) = _values.Decode(_reader, value);
        _rows.Enqueue(new JoinInput<TKey, TRow>(of, row, time, 0, 0, canMatch), (time, sequence));
        _next = Math.Max(_next, sequence + 1);
    }

    public void WriteChanges(StateDelta delta, int table)
    {
        foreach (var place in _removed) delta.Remove(table, _keys, place);
        foreach (var (sequence, row) in _added) delta.Put(table, _keys, (row.Time, sequence), _values, (row.Key, row.CanMatch, row.Row));
    }

    internal void EndEpoch()
    {
        _added.Clear();
        _removed.Clear();
    }
}
