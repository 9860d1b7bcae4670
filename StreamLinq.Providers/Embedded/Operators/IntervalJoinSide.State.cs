// The kept rows of one side: what comes out of them without a match, how they are freed, and what the checkpoint has of them: an entry per row, written when the row is kept, when it has its first
// match (where that matters) and when it goes.
namespace StreamLinq.Embedded;

internal sealed partial class IntervalJoinSide<TKey, TOwn, TOther, TRow, THash> : IKeyedTable
{
    private readonly Codec<long> _keys = Codecs.Key<long>();
    private readonly Codec<(TKey Key, long Time, byte Marks, TOwn Row)> _values = Codecs.Value<(TKey Key, long Time, byte Marks, TOwn Row)>();
    private readonly ByteWriter _bytes = new();
    private readonly ByteReader _reader = new();
    private readonly List<JoinRows> _dirty = [];
    private readonly List<long> _goneRows = [];
    private readonly List<(JoinRows Rows, int At)> _marked = [];
    private readonly List<Taken> _taken = [];

    public string Name { get; }

    public string Schema => $"{_keys.Schema} -> {_values.Schema}";

    /// <summary>The other side; set once both are there.</summary>
    public IntervalJoinSide<TKey, TOther, TOwn, TRow, THash>? OtherSide { get; set; }

    // A row that can match nothing comes out at once. It is kept only where it is part of a table.
    private void Exclude(ref JoinInput<TKey, TOwn> row)
    {
        _output.Add(_result(ref row.Row, ref _none, row.Time));
        if (!_output.IsChanging) return;
        var rows = OwnRows(_panes.Of(0));
        if (rows.Count == rows.Saved) _dirty.Add(rows);
        rows.Add(row.Key, row.Row, row.Time, _output.Sequence++, 0, JoinMarks.Alone);
        Stored++;
    }

    /// <summary>A kept row has its first match.</summary>
    public void Mark(JoinRows<TKey, TOwn> rows, int at)
    {
        rows.Entries[at].Marks |= JoinMarks.Matched;
        if (at < rows.Saved) _marked.Add((rows, at));
        if (_output.IsChanging) _output.TakeBack(_result(ref rows.Rows[at], ref _none, 0));
    }

    /// <summary>A kept row has its first match, and nothing more is asked of it.</summary>
    public void Finish(JoinRows<TKey, TOwn> rows, int at)
    {
        if (_kind == JoinKind.Semi) _output.Add(_result(ref rows.Rows[at], ref _none, rows.Entries[at].Time));
        else if (_output.IsChanging) _output.TakeBack(_result(ref rows.Rows[at], ref _none, 0));
        rows.Free(at);
        Forget(rows, at);
    }

    private void Forget(JoinRows rows, int at)
    {
        if (at >= rows.Saved)
        {
            Stored--;
            return;
        }

        Removed++;
        _goneRows.Add(rows.Entries[at].Sequence);
    }

    /// <summary>Frees the rows at or before a time.</summary>
    /// <param name="rows">The rows.</param>
    /// <param name="until">The time.</param>
    /// <param name="unmatched">Gets those that come out without a match.</param>
    public void FreeDue(JoinRows rows, long until, List<JoinPlace> unmatched) => rows.FreeDue(until, (of, at) =>
    {
        AddUnmatched(of, at, unmatched);
        Forget(of, at);
    });

    /// <summary>Frees all rows; what they were stays readable until the epoch has ended.</summary>
    public void FreeAll(JoinRows rows, List<JoinPlace> unmatched)
    {
        if (_keepsOwn || rows.Freed > 0)
        {
            for (var at = 0; at < rows.Count; at++)
            {
                if (rows.Entries[at].IsFreed) continue;
                AddUnmatched(rows, at, unmatched);
                if (at < rows.Saved) Removed++;
                else Stored--;
            }
        }
        else
        {
            Removed += rows.Saved;
            Stored -= rows.Count - rows.Saved;
        }

        _room.AddGone(rows);
    }

    private void AddUnmatched(JoinRows rows, int at, List<JoinPlace> unmatched)
    {
        ref var entry = ref rows.Entries[at];
        if (_keepsOwn && !entry.IsMatched) unmatched.Add(new JoinPlace(rows, at, entry.Time, entry.Sequence, _isLeft));
    }

    /// <summary>Sends a row of this side without a match.</summary>
    public void SendUnmatched(JoinPlace place) => _output.Add(_result(ref ((JoinRows<TKey, TOwn>)place.Rows).Rows[place.Index], ref _none, place.Time));

    /// <summary>The rows of this side in a pane.</summary>
    public IEnumerable<JoinPlace> Places(JoinPane<TKey, THash> pane)
    {
        var rows = OwnRows(pane);
        for (var at = 0; at < rows.Count; at++)
            if (!rows.Entries[at].IsFreed) yield return new JoinPlace(rows, at, rows.Entries[at].Time, rows.Entries[at].Sequence, _isLeft);
    }

    /// <summary>Sends what there is of a row in the table: itself without a match, or its pairs if they are asked for.</summary>
    public void SendTable(JoinPlace place, bool pairs, JoinOutput<TRow> output)
    {
        var rows = (JoinRows<TKey, TOwn>)place.Rows;
        ref var row = ref rows.Rows[place.Index];
        ref var entry = ref rows.Entries[place.Index];
        if (_keepsOwn && !entry.IsMatched) output.Add(_result(ref row, ref _none, 0));
        if (!pairs || entry.IsAlone) return;
        var input = new JoinInput<TKey, TOwn>(rows.Keys[place.Index], row, 0, 0, JoinPairs<TOwn, TOther>.Told, true);
        var pane = _panes.Of(0);
        _foundCount = 0;
        Look(pane, Other(ref pane.Find(input.Key)), 0, long.MaxValue, ref input);
        for (var i = 0; i < _foundCount; i++) output.Add(_result(ref row, ref _found[i].Rows.Rows[_found[i].At], 0));
    }

    public void Restore(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value)
    {
        var (of, time, marks, row) = _values.Decode(_reader, value);
        _taken.Add(new Taken(_keys.Decode(_reader, key), of, row, time, (JoinMarks)marks));
    }

    public ulong HashOf(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value, ulong seed) => LaneOfKey.HashOf(_values.Decode(_reader, value).Key, seed);

    /// <summary>Takes the rows of this side out of a pane.</summary>
    public void Take(JoinPane<TKey, THash> pane)
    {
        var rows = OwnRows(pane);
        foreach (var place in Places(pane)) _taken.Add(new Taken(place.Sequence, rows.Keys[place.Index], rows.Rows[place.Index], place.Time, rows.Entries[place.Index].Marks));
    }

    /// <summary>Puts the rows that were taken, or came from the checkpoint, into panes; gives the number after the last.</summary>
    public long AddTaken()
    {
        _taken.Sort();
        foreach (var taken in _taken)
        {
            var pane = _panes.Of(taken.Time >> _panes.Shift);
            var rows = OwnRows(pane);
            if (taken.Marks.HasFlag(JoinMarks.Alone))
            {
                rows.Add(taken.Key, taken.Row, taken.Time, taken.Sequence, 0, taken.Marks);
                continue;
            }

            ref var slot = ref pane.FindToAdd(taken.Key);
            if ((slot.Left | slot.Right) == 0) pane.Take(ref slot, taken.Key);
            ref var head = ref Own(ref slot);
            head = rows.Add(taken.Key, taken.Row, taken.Time, taken.Sequence, head, taken.Marks);
        }

        foreach (var pane in _panes.All) OwnRows(pane).Save();
        var next = _taken.Count == 0 ? 0 : _taken[^1].Sequence + 1;
        _taken.Clear();
        return next;
    }

    public void WriteChanges(StateDelta delta, int table)
    {
        foreach (var sequence in _goneRows) delta.Remove(table, KeyOf(sequence));
        foreach (var rows in _room.Gone)
            for (var at = 0; at < rows.Saved; at++)
                if (!rows.Entries[at].IsFreed) delta.Remove(table, KeyOf(rows.Entries[at].Sequence));
        foreach (var (rows, at) in _marked)
            if (at < rows.Count) Put(delta, table, (JoinRows<TKey, TOwn>)rows, at);
        foreach (var rows in _dirty)
            for (var at = rows.Saved; at < rows.Count; at++) Put(delta, table, (JoinRows<TKey, TOwn>)rows, at);
    }

    private void Put(StateDelta delta, int table, JoinRows<TKey, TOwn> rows, int at)
    {
        ref var entry = ref rows.Entries[at];
        if (rows.IsGone || entry.IsFreed) return;
        var length = KeyOf(entry.Sequence).Length;
        _values.Write(_bytes, (rows.Keys[at], entry.Time, (byte)entry.Marks, rows.Rows[at]));
        delta.Put(table, _bytes.Slice(0, length), _bytes.Slice(length, _bytes.Length - length));
    }

    private ReadOnlySpan<byte> KeyOf(long sequence)
    {
        _bytes.Clear();
        _keys.Write(_bytes, sequence);
        return _bytes.Written;
    }

    public void EndEpoch()
    {
        foreach (var rows in _dirty) rows.Save();
        _room.EndEpoch();
        _dirty.Clear();
        _goneRows.Clear();
        _marked.Clear();
    }

    private readonly record struct Taken(long Sequence, TKey Key, TOwn Row, long Time, JoinMarks Marks) : IComparable<Taken>
    {
        public int CompareTo(Taken other) => Sequence.CompareTo(other.Sequence);
    }
}
