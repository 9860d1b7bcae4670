// One side of a window join: its rows are put into the panes of their windows and wait there until the windows close.
namespace StreamLinq.Embedded;

/// <typeparam name="TKey">The keys.</typeparam>
/// <typeparam name="TRow">What is kept of the rows.</typeparam>
/// <typeparam name="THash">Hashes keys.</typeparam>
/// <param name="name">The join's name.</param>
/// <param name="left">Whether this is the left side.</param>
/// <param name="keeps">Whether rows come out that have no match.</param>
/// <param name="next">Gives a row of the batch its number.</param>
internal sealed class WindowJoinSide<TKey, TRow, THash>(string name, bool left, bool keeps, Func<int, long> next) : IRowTarget<JoinInput<TKey, TRow>>, IKeyedTable where THash : struct, IKeyHash<TKey>
{
    private readonly Codec<(long End, long Start, long Sequence)> _keys = Codecs.Key<(long End, long Start, long Sequence)>();
    private readonly Codec<(TKey Key, bool CanMatch, TRow Row)> _values = Codecs.Value<(TKey Key, bool CanMatch, TRow Row)>();
    private readonly ByteWriter _bytes = new();
    private readonly ByteReader _reader = new();
    private readonly List<(long Sequence, WindowSpan Pane, TKey Key, bool CanMatch, TRow Row)> _restored = [];

    public string Name { get; } = $"{name}/{(left ? "left" : "right")}";

    public string Schema => $"{_keys.Schema} -> {_values.Schema}";

    /// <summary>The windows of both sides; set once there are sides to make room for.</summary>
    public WindowJoinPanes<TKey, THash>? Panes { get; set; }

    public JoinRows<TKey, TRow> Of(JoinPane<TKey, THash> pane) => (JoinRows<TKey, TRow>)(left ? pane.Left : pane.Right);

    public void Push(JoinInput<TKey, TRow>[] rows, int from, int to, sbyte[]? weights)
    {
        for (var i = from; i < to; i++)
        {
            ref var row = ref rows[i];
            var panes = Panes!.Select(row.Time, row.End);
            if (panes.Count == 0 || !(row.CanMatch || keeps)) continue;
            var sequence = next(i);
            for (var at = 0; at < panes.Count; at++) Add(panes[at], row.Key, row.CanMatch, row.Row, sequence);
        }
    }

    private void Add(JoinPane<TKey, THash> pane, TKey key, bool canMatch, TRow row, long sequence)
    {
        var rows = Of(pane);
        if (!canMatch)
        {
            rows.Add(key, row, 0, sequence, 0, JoinMarks.Alone);
            return;
        }

        ref var slot = ref pane.FindToAdd(key);
        if ((slot.Left | slot.Right) == 0) pane.Take(ref slot, key);
        ref var head = ref left ? ref slot.Left : ref slot.Right;
        head = rows.Add(key, row, 0, sequence, head, JoinMarks.None);
    }

    public void Restore(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value)
    {
        var (end, start, sequence) = _keys.Decode(_reader, key);
        var (of, canMatch, row) = _values.Decode(_reader, value);
        _restored.Add((sequence, new WindowSpan(start, end), of, canMatch, row));
    }

    public ulong HashOf(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value, ulong seed) => LaneOfKey.HashOf(_values.Decode(_reader, value).Key, seed);

    /// <summary>Puts what came from the checkpoint where it was; gives the number after the last.</summary>
    public long AddRestored()
    {
        _restored.Sort(static (a, b) => a.Sequence.CompareTo(b.Sequence));
        foreach (var (sequence, span, key, canMatch, row) in _restored) Add(Panes!.Of(span), key, canMatch, row, sequence);
        foreach (var pane in Panes!.All) Of(pane).Save();
        var after = _restored.Count == 0 ? 0 : _restored[^1].Sequence + 1;
        _restored.Clear();
        return after;
    }

    public void WriteChanges(StateDelta delta, int table)
    {
        foreach (var pane in Panes!.Dropped)
        {
            var rows = Of(pane);
            for (var at = 0; at < rows.Saved; at++) delta.Remove(table, KeyOf(pane, rows.Entries[at].Sequence));
        }

        foreach (var pane in Panes.All)
        {
            var rows = Of(pane);
            for (var at = rows.Saved; at < rows.Count; at++)
            {
                var length = KeyOf(pane, rows.Entries[at].Sequence).Length;
                _values.Write(_bytes, (rows.Keys[at], !rows.Entries[at].IsAlone, rows.Rows[at]));
                delta.Put(table, _bytes.Slice(0, length), _bytes.Slice(length, _bytes.Length - length));
            }
        }
    }

    private ReadOnlySpan<byte> KeyOf(JoinPane<TKey, THash> pane, long sequence)
    {
        _bytes.Clear();
        _keys.Write(_bytes, (pane.End, pane.Start, sequence));
        return _bytes.Written;
    }

    public void EndEpoch()
    {
        foreach (var pane in Panes!.All) Of(pane).Save();
    }
}
