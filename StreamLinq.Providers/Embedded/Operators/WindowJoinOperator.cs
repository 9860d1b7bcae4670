// A join within windows: both sides keep their rows until a window closes, then its pairs come out, in the order of the left rows and for each in the order of the right ones, and last the right
// rows without a match. Rows in several windows match in each.
namespace StreamLinq.Embedded;

internal sealed class WindowJoinOperator<TKey, TLeft, TRight, TRow, THash> : IStreamOperator<TRow>, ILaneOperator where THash : struct, IKeyHash<TKey>
{
    private readonly WindowJoinPanes<TKey, THash> _panes;
    private readonly JoinOutput<TRow> _output;
    private readonly JoinResult<TLeft, TRight, TRow> _result;
    private readonly JoinPairs<TLeft, TRight> _pairs;
    private readonly StageContext _context;
    private readonly LogicalJoin _node;
    private readonly List<JoinPlace> _left = [];
    private readonly List<JoinPlace> _right = [];
    private readonly List<JoinPlace> _found = [];
    private TLeft _noLeft = default!;
    private TRight _noRight = default!;
    private bool _isRestored = true;

    /// <param name="name">The name its state is kept under.</param>
    /// <param name="shape">The join.</param>
    /// <param name="seed">The query's seed.</param>
    /// <param name="context">Where the rows are, for errors.</param>
    /// <param name="order">The order among the rows of all workers; null: there is one.</param>
    public WindowJoinOperator(string name, JoinShape shape, ulong seed, StageContext context, LaneOrder? order = null)
    {
        Name = name;
        _node = shape.Node;
        _context = context;
        _output = new JoinOutput<TRow>(name, isChanging: false, Targets, context, order);
        _result = (JoinResult<TLeft, TRight, TRow>)shape.CompileResult(left: true);
        _pairs = new JoinPairs<TLeft, TRight>(_node.Origin, (JoinCondition<TLeft, TRight>?)shape.CompileCondition(left: true), context);
        Left = new(name, left: true, _node.KeepsLeft, Next);
        Right = new(name, left: false, _node.KeepsRight, Next);
        _panes = new(_node.Windows!.Left, seed, static () => new JoinRows<TKey, TLeft>(), static () => new JoinRows<TKey, TRight>());
        Left.Panes = Right.Panes = _panes;
        Tables = [Left, Right];
    }

    /// <summary>Takes left rows.</summary>
    public WindowJoinSide<TKey, TLeft, THash> Left { get; }

    /// <summary>Takes right rows.</summary>
    public WindowJoinSide<TKey, TRight, THash> Right { get; }

    public string Name { get; }

    public LaneOrder? Order => _output.Order;

    public long NextArrival => _output.Sequence;

    public IReadOnlyList<IStateTable> Tables { get; }

    public List<IRowTarget<TRow>> Targets { get; } = [];

    public long Rows => Panes.Live;

    public long RowsUpdated { get; private set; }

    public long RowsRemoved { get; private set; }

    public long RowsLate => _panes.RowsLate;

    public long WindowsMissed => _panes.WindowsMissed;

    public long MemoryBytes => _panes.MemoryBytes;

    public long? DueAt => Panes.DueAt;

    // What came from the checkpoint is put into panes when all of it is there, which is before anybody asks.
    private WindowJoinPanes<TKey, THash> Panes
    {
        get
        {
            if (_isRestored) Place();
            return _panes;
        }
    }

    public void BeginEpoch(EpochTime time)
    {
        Panes.BeginEpoch(time);
    }

    // The number of a row that is kept.
    private long Next(int row)
    {
        if (_output.Order is { } order) _output.Sequence = order.At(row);
        return _output.Sequence++;
    }

    private void Place()
    {
        _isRestored = false;
        _output.Sequence = Math.Max(Left.AddRestored(), Right.AddRestored());
    }

    public void Flush()
    {
        (_context.Place, _context.RowBase) = ($"the windows of {Name}", 0);
        foreach (var (window, panes) in _panes.Closing()) Close(window, panes);
        _output.Send();
        _panes.DropClosed();
        RowsUpdated = _panes.All.Sum(p => (long)(p.Left.Count - p.Left.Saved + p.Right.Count - p.Right.Saved));
        RowsRemoved = _panes.Dropped.Sum(p => (long)p.Left.Saved + p.Right.Saved);
    }

    private void Close(WindowSpan window, IReadOnlyList<JoinPane<TKey, THash>> panes)
    {
        var time = window.End - 1;
        Gather(panes, left: true, _left);
        foreach (var place in _left)
        {
            var rows = (JoinRows<TKey, TLeft>)place.Rows;
            ref var row = ref rows.Rows[place.Index];
            _output.Stamp = new RowStamp(window.End, window.Start, 0, place.Sequence);
            _found.Clear();
            if (!rows.Entries[place.Index].IsAlone) Find(panes, rows.Keys[place.Index], ref row, place.Index);
            if (_node.Kind is JoinKind.Semi or JoinKind.Anti)
            {
                if (_found.Count > 0 == (_node.Kind == JoinKind.Semi)) _output.Add(_result(ref row, ref _noRight, time));
                continue;
            }

            foreach (var found in _found)
            {
                found.Rows.Entries[found.Index].Marks |= JoinMarks.Matched;
                _output.Add(_result(ref row, ref ((JoinRows<TKey, TRight>)found.Rows).Rows[found.Index], time));
            }

            if (_found.Count == 0 && _node.KeepsLeft) _output.Add(_result(ref row, ref _noRight, time));
        }

        if (!_node.KeepsRight) return;
        Gather(panes, left: false, _right);
        foreach (var place in _right)
        {
            ref var entry = ref place.Rows.Entries[place.Index];
            _output.Stamp = new RowStamp(window.End, window.Start, 1, place.Sequence);
            if (!entry.IsMatched) _output.Add(_result(ref _noLeft, ref ((JoinRows<TKey, TRight>)place.Rows).Rows[place.Index], time));
            // The row may be in another window, too.
            entry.Marks &= ~JoinMarks.Matched;
        }
    }

    private void Gather(IReadOnlyList<JoinPane<TKey, THash>> panes, bool left, List<JoinPlace> places)
    {
        places.Clear();
        foreach (var pane in panes)
        {
            var rows = left ? pane.Left : pane.Right;
            for (var at = 0; at < rows.Count; at++) places.Add(new JoinPlace(rows, at, 0, rows.Entries[at].Sequence, left));
        }

        if (panes.Count > 1) places.Sort(static (a, b) => a.Sequence.CompareTo(b.Sequence));
    }

    private void Find(IReadOnlyList<JoinPane<TKey, THash>> panes, TKey key, ref TLeft row, int index)
    {
        foreach (var pane in panes)
        {
            var rows = Right.Of(pane);
            for (var head = pane.Find(key).Right; head != 0; head = rows.Entries[head - 1].Next)
            {
                if (_pairs.HasCondition && !_pairs.Match(ref row, ref rows.Rows[head - 1], index)) continue;
                _found.Add(new JoinPlace(rows, head - 1, 0, rows.Entries[head - 1].Sequence, false));
                if (_node.Kind is JoinKind.Semi or JoinKind.Anti) return;
            }
        }

        if (panes.Count > 1) _found.Sort(static (a, b) => a.Sequence.CompareTo(b.Sequence));
        else _found.Reverse();
    }

    public void EndEpoch()
    {
        Left.EndEpoch();
        Right.EndEpoch();
        _panes.EndEpoch();
    }
}
