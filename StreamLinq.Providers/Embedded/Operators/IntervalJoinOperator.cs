// A join within a stretch of event time, or of all rows there are: both sides are kept until the watermark says that nothing can match them any more. A match comes with the later of its rows,
// in the order in which their partners came; rows without a match come when they can have none, in the order of their times. Nothing of that depends on how rows lie in tables.
namespace StreamLinq.Embedded;

/// <summary>What the two sides of a join share.</summary>
internal sealed class IntervalJoinOperator<TKey, TLeft, TRight, TRow, THash> : IStreamOperator<TRow>, ITableOperator<TRow>, ILaneOperator where THash : struct, IKeyHash<TKey>
{
    private readonly JoinPanes<TKey, THash> _panes;
    private readonly JoinOutput<TRow> _output;
    private readonly List<JoinPlace> _unmatched = [];
    private readonly long _keepLeft;
    private readonly long _keepRight;
    private readonly bool _isUnbounded;
    private readonly bool _hasPairs;
    private EpochTime _time = new(EpochTime.NoWatermark, EpochTime.NoWatermark, 0);
    private bool _isRestored = true;

    /// <param name="name">The name its state is kept under.</param>
    /// <param name="shape">The join.</param>
    /// <param name="seed">The query's seed.</param>
    /// <param name="context">Where the rows are, for errors.</param>
    /// <param name="order">The order among the rows of all workers; null: there is one.</param>
    public IntervalJoinOperator(string name, JoinShape shape, ulong seed, StageContext context, LaneOrder? order = null)
    {
        var node = shape.Node;
        Name = name;
        _isUnbounded = node.IsUnbounded;
        _hasPairs = node.Kind != JoinKind.Anti;
        (_keepRight, _keepLeft) = node.Interval is { } bound ? (bound.Before.Ticks, bound.After.Ticks) : (long.MaxValue, long.MaxValue);
        var isOpen = _keepLeft == long.MaxValue || _keepRight == long.MaxValue;
        _output = new JoinOutput<TRow>(name, node.IsChanging, Targets, context, order);
        var (left, right) = (new JoinRoom<TKey, TLeft>(), new JoinRoom<TKey, TRight>());
        _panes = new JoinPanes<TKey, THash>(seed, isOpen ? long.MaxValue : _keepLeft + _keepRight, left, right);
        Left = new(name, shape, _panes, left, _output, left: true, down: _keepRight, up: _keepLeft);
        Right = new(name, shape, _panes, right, _output, left: false, down: _keepLeft, up: _keepRight);
        Left.OtherSide = Right;
        Right.OtherSide = Left;
        Tables = [Left, Right];
    }

    /// <summary>Takes left rows.</summary>
    public IntervalJoinSide<TKey, TLeft, TRight, TRow, THash> Left { get; }

    /// <summary>Takes right rows.</summary>
    public IntervalJoinSide<TKey, TRight, TLeft, TRow, THash> Right { get; }

    public string Name { get; }

    public LaneOrder? Order => _output.Order;

    public long NextArrival => _output.Sequence;

    public IReadOnlyList<IStateTable> Tables { get; }

    public List<IRowTarget<TRow>> Targets { get; } = [];

    public bool SendsOnlyChanged => false;

    public long Rows => Panes.Live;

    public long RowsUpdated => Left.Stored + Right.Stored;

    public long RowsRemoved => Left.Removed + Right.Removed;

    public long RowsLate => Left.RowsLate + Right.RowsLate;

    public long MemoryBytes => _panes.MemoryBytes;

    public long? DueAt
    {
        get
        {
            if (_isUnbounded) return null;
            var (left, right) = Panes.Earliest;
            var due = Math.Min(Ticks.Later(left, _keepLeft), Ticks.Later(right, _keepRight));
            return left == long.MaxValue && right == long.MaxValue ? null : due;
        }
    }

    public void BeginEpoch(EpochTime time)
    {
        Place();
        _time = time;
        var lateUntil = _isUnbounded ? EpochTime.NoWatermark : time.LateUntil;
        Left.BeginEpoch(lateUntil);
        Right.BeginEpoch(lateUntil);
    }

    public void Flush()
    {
        if (_isUnbounded) return;
        var (left, right) = (Until(_keepLeft), Until(_keepRight));
        var until = Math.Max(left, right);
        foreach (var pane in _panes.Until(until))
        {
            if (pane.Left.IsAllDue(left) && pane.Right.IsAllDue(right))
            {
                Left.FreeAll(pane.Left, _unmatched);
                Right.FreeAll(pane.Right, _unmatched);
                continue;
            }

            Left.FreeDue(pane.Left, left, _unmatched);
            Right.FreeDue(pane.Right, right, _unmatched);
        }

        _unmatched.Sort(static (a, b) => a.Time != b.Time ? a.Time.CompareTo(b.Time) : a.Sequence.CompareTo(b.Sequence));
        foreach (var place in _unmatched)
        {
            _output.Stamp = new RowStamp(place.Time, place.Sequence);
            if (place.IsLeft) Left.SendUnmatched(place);
            else Right.SendUnmatched(place);
        }

        _unmatched.Clear();
        _output.Send();
        _panes.DropEmpty(until);
    }

    // Rows at or before this can match nothing that is still to come.
    private long Until(long keep) => _time.Watermark switch
    {
        EpochTime.EndOfTime => long.MaxValue,
        EpochTime.NoWatermark => long.MinValue,
        _ when keep == long.MaxValue => long.MinValue,
        var watermark => Ticks.Earlier(watermark, keep),
    };

    public void SendAll(IRowTarget<TRow> target)
    {
        var all = new JoinOutput<TRow>(_output, [target]);
        foreach (var place in _panes.All.SelectMany(p => Left.Places(p)).OrderBy(p => p.Sequence)) Left.SendTable(place, pairs: _hasPairs, all);
        foreach (var place in _panes.All.SelectMany(p => Right.Places(p)).OrderBy(p => p.Sequence)) Right.SendTable(place, pairs: false, all);
        all.Flush();
    }

    // What came from the checkpoint is put into panes when all of it is there, which is before anybody asks.
    private JoinPanes<TKey, THash> Panes
    {
        get
        {
            Place();
            return _panes;
        }
    }

    private void Place()
    {
        if (!_isRestored) return;
        _isRestored = false;
        Replace();
    }

    public void EndEpoch()
    {
        Left.EndEpoch();
        Right.EndEpoch();
        if (_panes.IsWorthRestart) Replace();
    }

    // Puts all rows into panes in the order in which they came: after a restart, and where the panes have become too many or too full of rows that are gone.
    private void Replace()
    {
        foreach (var pane in _panes.Restart())
        {
            Left.Take(pane);
            Right.Take(pane);
        }

        _output.Sequence = Math.Max(_output.Sequence, Math.Max(Left.AddTaken(), Right.AddTaken()));
    }
}
