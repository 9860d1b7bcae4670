// One side of a join within a stretch of event time: each row looks for its partners among the kept rows of the other side, and is kept for those that come later.
using System.Runtime.CompilerServices;

namespace StreamLinq.Embedded;

/// <typeparam name="TKey">The keys.</typeparam>
/// <typeparam name="TOwn">What is kept of this side's rows.</typeparam>
/// <typeparam name="TOther">What is kept of the other side's.</typeparam>
/// <typeparam name="TRow">The results.</typeparam>
/// <typeparam name="THash">Hashes keys.</typeparam>
internal sealed partial class IntervalJoinSide<TKey, TOwn, TOther, TRow, THash> : IRowTarget<JoinInput<TKey, TOwn>> where THash : struct, IKeyHash<TKey>
{
    private const int SlotsAhead = 16;
    private const int RowsAhead = 8;

    private readonly JoinPanes<TKey, THash> _panes;
    private readonly JoinOutput<TRow> _output;
    private readonly JoinResult<TOwn, TOther, TRow> _result;
    private readonly JoinPairs<TOwn, TOther> _pairs;
    private readonly bool _isLeft;
    private readonly JoinKind _kind;
    private readonly JoinTime _time;
    private readonly bool _keepsOwn;
    private readonly bool _keepsOther;
    private readonly long _down;
    private readonly long _up;
    private readonly JoinRoom<TKey, TOwn> _room;
    private Found[] _found = new Found[16];
    private int _foundCount;
    private TOther _none = default!;
    private long _lateUntil = EpochTime.NoWatermark;

    /// <param name="name">The join's name.</param>
    /// <param name="shape">The join.</param>
    /// <param name="panes">The rows of both sides.</param>
    /// <param name="room">Room for this side's.</param>
    /// <param name="output">Where results go.</param>
    /// <param name="left">Whether this is the left side.</param>
    /// <param name="down">How much earlier than its own time a row's partners may be.</param>
    /// <param name="up">How much later.</param>
    public IntervalJoinSide(string name, JoinShape shape, JoinPanes<TKey, THash> panes, JoinRoom<TKey, TOwn> room, JoinOutput<TRow> output, bool left, long down, long up)
    {
        var node = shape.Node;
        Name = $"{name}/{(left ? "left" : "right")}";
        _panes = panes;
        _room = room;
        _output = output;
        _isLeft = left;
        _kind = node.Kind;
        _time = node.Interval?.Time ?? JoinTime.Later;
        (_keepsOwn, _keepsOther) = left ? (node.KeepsLeft, node.KeepsRight) : (node.KeepsRight, node.KeepsLeft);
        (_down, _up) = (down, up);
        _result = (JoinResult<TOwn, TOther, TRow>)shape.CompileResult(left);
        _pairs = new JoinPairs<TOwn, TOther>(node.Origin, (JoinCondition<TOwn, TOther>?)shape.CompileCondition(left), output.Context);
    }

    /// <summary>Rows that the epoch has put in and that stay.</summary>
    public long Stored { get; private set; }

    /// <summary>Rows from earlier epochs that go with this one.</summary>
    public long Removed { get; private set; }

    public long RowsLate { get; private set; }

    public void BeginEpoch(long lateUntil)
    {
        _lateUntil = lateUntil;
        Stored = Removed = 0;
    }

    public void Push(JoinInput<TKey, TOwn>[] rows, int from, int to, sbyte[]? weights)
    {
        var isLarge = _panes.IsLarge;
        for (var i = from; i < to; i++)
        {
            ref var row = ref rows[i];
            if (isLarge)
            {
                if (i + SlotsAhead < to) AskForSlots(ref rows[i + SlotsAhead]);
                if (i + RowsAhead < to) AskForRows(ref rows[i + RowsAhead]);
            }

            if (_output.Order is { } order) (_output.Sequence, _output.Stamp) = (order.At(i), new RowStamp(order.At(i)));
            if (row.Time <= _lateUntil) RowsLate++;
            else if (row.CanMatch) Join(ref row);
            else if (_keepsOwn) Exclude(ref row);
        }

        _output.Send();
    }

    // In an epoch all rows of one side come before those of the other, so partners are seldom near the processor. Asked for while other rows are worked on, first their slots, then their rows, they
    // cost half as much.
    private void AskForSlots(ref JoinInput<TKey, TOwn> row)
    {
        if (!row.CanMatch) return;
        _panes.Find(row.Time >> _panes.Shift)?.Prefetch(row.Key);
        _panes.Find(Beside(row.Time))?.Prefetch(row.Key);
    }

    private void AskForRows(ref JoinInput<TKey, TOwn> row)
    {
        if (!row.CanMatch) return;
        AskForRow(_panes.Find(row.Time >> _panes.Shift), row.Key);
        AskForRow(_panes.Find(Beside(row.Time)), row.Key);
    }

    private void AskForRow(JoinPane<TKey, THash>? pane, TKey key)
    {
        if (pane is null) return;
        var head = Other(ref pane.Find(key));
        if (head != 0) OtherRows(pane).Prefetch(head - 1);
    }

    // The pane next to a row's own in which partners can be.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private long Beside(long time)
    {
        var least = Math.Max(0, Ticks.Earlier(time, _down)) >> _panes.Shift;
        return least < time >> _panes.Shift ? least : Ticks.Later(time, _up) >> _panes.Shift;
    }

    private void Join(ref JoinInput<TKey, TOwn> row)
    {
        var (shift, own) = (_panes.Shift, row.Time >> _panes.Shift);
        var (least, most) = (Math.Max(0, Ticks.Earlier(row.Time, _down)), Ticks.Later(row.Time, _up));
        var pane = _panes.Of(own);
        ref var slot = ref pane.FindToAdd(row.Key);
        _foundCount = 0;
        if (least >> shift == own && most >> shift == own)
        {
            Look(pane, Other(ref slot), least, most, ref row);
        }
        else if (least <= most)
        {
            for (var number = least >> shift; number <= most >> shift; number++)
            {
                if (number == own) Look(pane, Other(ref slot), least, most, ref row);
                else if (_panes.Find(number) is { } near) Look(near, Other(ref near.Find(row.Key)), least, most, ref row);
            }
        }

        if (_foundCount == 0 || Matched(ref row)) Keep(pane, ref slot, ref row);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private ref int Other(ref JoinSlot<TKey> slot) => ref _isLeft ? ref slot.Right : ref slot.Left;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private ref int Own(ref JoinSlot<TKey> slot) => ref _isLeft ? ref slot.Left : ref slot.Right;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private JoinRows<TKey, TOwn> OwnRows(JoinPane<TKey, THash> pane) => Unsafe.As<JoinRows<TKey, TOwn>>(_isLeft ? pane.Left : pane.Right);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private JoinRows<TKey, TOther> OtherRows(JoinPane<TKey, THash> pane) => Unsafe.As<JoinRows<TKey, TOther>>(_isLeft ? pane.Right : pane.Left);

    // The chain goes from the newest row to the oldest, partners are told in the order in which they came.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void Look(JoinPane<TKey, THash> pane, int head, long least, long most, ref JoinInput<TKey, TOwn> row)
    {
        if (head != 0) LookInto(pane, head, least, most, ref row);
    }

    private void LookInto(JoinPane<TKey, THash> pane, int head, long least, long most, ref JoinInput<TKey, TOwn> row)
    {
        var others = OtherRows(pane);
        var entries = others.Entries;
        var before = _foundCount;
        while (head != 0)
        {
            var at = head - 1;
            ref var entry = ref entries[at];
            head = entry.Next;
            if ((ulong)(entry.Time - least) > (ulong)(most - least) || entry.IsFreed) continue;
            if (_pairs.HasCondition && !_pairs.Match(ref row.Row, ref others.Rows[at], row.Place)) continue;
            if (_foundCount == _found.Length) Array.Resize(ref _found, _foundCount * 2);
            _found[_foundCount++] = new Found(others, at, entry.Sequence);
            if (_isLeft && _kind is JoinKind.Semi or JoinKind.Anti) break;
        }

        if (_foundCount > before + 1) Array.Reverse(_found, before, _foundCount - before);
        if (before > 0 && _foundCount > before) Array.Sort(_found, 0, _foundCount);
    }

    // Sends what the partners that were found make of the row; says whether it is kept for more.
    private bool Matched(ref JoinInput<TKey, TOwn> row)
    {
        switch (_kind)
        {
            case JoinKind.Semi when _isLeft:
                _output.Add(_result(ref row.Row, ref _none, row.Time));
                return false;
            case JoinKind.Anti when _isLeft:
                return false;
            case JoinKind.Semi or JoinKind.Anti:
                for (var i = 0; i < _foundCount; i++) OtherSide!.Finish(_found[i].Rows, _found[i].At);
                return true;
        }

        for (var i = 0; i < _foundCount; i++)
        {
            ref var found = ref _found[i];
            ref var entry = ref found.Rows.Entries[found.At];
            ref var other = ref found.Rows.Rows[found.At];
            if (_keepsOther && !entry.IsMatched) OtherSide!.Mark(found.Rows, found.At);
            _output.Add(_result(ref row.Row, ref other, TimeOf(row.Time, entry.Time)));
        }

        return true;
    }

    private long TimeOf(long own, long other) => _time == JoinTime.Later ? Math.Max(own, other) : _time == JoinTime.Left == _isLeft ? own : other;

    private void Keep(JoinPane<TKey, THash> pane, ref JoinSlot<TKey> slot, ref JoinInput<TKey, TOwn> row)
    {
        var rows = OwnRows(pane);
        if ((slot.Left | slot.Right) == 0) pane.Take(ref slot, row.Key);
        ref var head = ref Own(ref slot);
        if (rows.Count == rows.Saved) _dirty.Add(rows);
        head = rows.Add(row.Key, row.Row, row.Time, _output.Sequence++, head, _foundCount > 0 ? JoinMarks.Matched : JoinMarks.None);
        Stored++;
        if (_foundCount == 0 && _keepsOwn && _output.IsChanging) _output.Add(_result(ref row.Row, ref _none, 0));
    }

    private readonly record struct Found(JoinRows<TKey, TOther> Rows, int At, long Sequence) : IComparable<Found>
    {
        public int CompareTo(Found other) => Sequence.CompareTo(other.Sequence);
    }
}
