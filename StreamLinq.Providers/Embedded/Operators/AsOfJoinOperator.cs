// A join as of the left row's time: left rows wait until the watermark has passed their time, because until then a version may come that held then; versions stay until no row that is still to come can ask for them.
// Results come in the order of the left rows' times, of equal times in that of arrival; of several rows of the table in the order in which their versions came. So a restart changes nothing.
namespace StreamLinq.Embedded;

internal sealed class AsOfJoinOperator<TTable, TKey, TLeft, TRight, TRow> : IStreamOperator<TRow>
{
    private readonly JoinOutput<TRow> _output;
    private readonly JoinResult<TLeft, TRight, TRow> _result;
    private readonly JoinPairs<TLeft, TRight> _pairs;
    private readonly StageContext _context;
    private readonly bool _keepsLeft;
    private readonly List<RowVersion<TKey, TRight>> _found = [];
    private TRight _noRight = default!;
    private EpochTime _time = new(EpochTime.NoWatermark, EpochTime.NoWatermark, 0);

    /// <param name="name">The name its state is kept under.</param>
    /// <param name="shape">The join.</param>
    /// <param name="context">Where the rows are, for errors.</param>
    public AsOfJoinOperator(string name, JoinShape shape, StageContext context)
    {
        Name = name;
        _context = context;
        _keepsLeft = shape.Node.KeepsLeft;
        _output = new JoinOutput<TRow>(name, isChanging: false, Targets, context);
        _result = (JoinResult<TLeft, TRight, TRow>)shape.CompileResult(left: true);
        _pairs = new JoinPairs<TLeft, TRight>(shape.Node.Origin, (JoinCondition<TLeft, TRight>?)shape.CompileCondition(left: true), context);
        Left = new(name, _keepsLeft);
        Right = new(name, dropsLate: shape.Node.AsOf!.IsThere is not null);
        Tables = [Left, Right];
    }

    /// <summary>Takes left rows.</summary>
    public WaitingRows<TKey, TLeft> Left { get; }

    /// <summary>Takes versions.</summary>
    public TableVersions<TTable, TKey, TRight> Right { get; }

    public string Name { get; }

    public IReadOnlyList<IStateTable> Tables { get; }

    public List<IRowTarget<TRow>> Targets { get; } = [];

    public long Rows => Left.Count + Right.Count;

    public long RowsUpdated => Left.Added + Right.Added;

    public long RowsRemoved => Left.Removed + Right.Removed;

    public long RowsLate => Left.RowsLate + Right.RowsLate;

    public long MemoryBytes => Left.MemoryBytes + Right.MemoryBytes;

    public long? DueAt => Left.DueAt is not { } left ? Right.DueAt : Right.DueAt is { } right && right < left ? right : left;

    public void BeginEpoch(EpochTime time)
    {
        _time = time;
        Left.BeginEpoch(time);
        Right.BeginEpoch(time);
    }

    public void Flush()
    {
        (_context.Place, _context.RowBase) = ($"the waiting rows of {Name}", 0);
        var place = 0;
        while (Left.TryTake(_time.Watermark, out var row)) Find(ref row, place++);
        _output.Send();
        Right.Forget(_time.Watermark);
    }

    private void Find(ref JoinInput<TKey, TLeft> row, int place)
    {
        _found.Clear();
        if (row.CanMatch) Right.Find(row.Key, row.Time, _found);
        var hasMatch = false;
        foreach (var version in _found)
        {
            if (_pairs.HasCondition && !_pairs.Match(ref row.Row, ref version.Row, place)) continue;
            hasMatch = true;
            _output.Add(_result(ref row.Row, ref version.Row, row.Time));
        }

        if (!hasMatch && _keepsLeft) _output.Add(_result(ref row.Row, ref _noRight, row.Time));
    }

    public void EndEpoch()
    {
        Left.EndEpoch();
        Right.EndEpoch();
    }
}
