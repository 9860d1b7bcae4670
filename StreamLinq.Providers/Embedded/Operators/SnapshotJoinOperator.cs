// A join with a table as it is in the epoch: the rows of a stream wait until the table has all changes of their epoch, so that it makes no difference which of the two was read first, and a replay gives the same. What the
// table becomes later changes no result, so nothing of the stream is kept; of the table all rows are, by key and in the order in which they came.
namespace StreamLinq.Embedded;

internal sealed class SnapshotJoinOperator<TKey, TLeft, TRight, TRow, THash> : IStreamOperator<TRow>, IRowTarget<JoinInput<TKey, TLeft>> where THash : struct, IKeyHash<TKey>
{
    private readonly JoinOutput<TRow> _output;
    private readonly JoinResult<TLeft, TRight, TRow> _result;
    private readonly JoinPairs<TLeft, TRight> _pairs;
    private readonly StageContext _context;
    private readonly bool _keepsLeft;
    private readonly List<JoinInput<TKey, TLeft>> _rows = [];
    private TRight _noRight = default!;
    private bool _isRestored = true;

    /// <param name="name">The name its state is kept under.</param>
    /// <param name="shape">The join.</param>
    /// <param name="seed">The query's seed.</param>
    /// <param name="context">Where the rows are, for errors.</param>
    public SnapshotJoinOperator(string name, JoinShape shape, ulong seed, StageContext context)
    {
        Name = name;
        _context = context;
        _keepsLeft = shape.Node.KeepsLeft;
        _output = new JoinOutput<TRow>(name, isChanging: false, Targets, context);
        _result = (JoinResult<TLeft, TRight, TRow>)shape.CompileResult(left: true);
        _pairs = new JoinPairs<TLeft, TRight>(shape.Node.Origin, (JoinCondition<TLeft, TRight>?)shape.CompileCondition(left: true), context);

        // The table has no partners: none of its changes is a change of a result.
        Right = new(name, shape, seed, _output, left: false) { OtherSide = new(name, shape, seed, _output, left: true) };
        Tables = [Right];
    }

    /// <summary>Takes left rows.</summary>
    public IRowTarget<JoinInput<TKey, TLeft>> Left => this;

    /// <summary>Takes changes of the table.</summary>
    public TableJoinSide<TKey, TRight, TLeft, TRow, THash> Right { get; }

    public string Name { get; }

    public IReadOnlyList<IStateTable> Tables { get; }

    public List<IRowTarget<TRow>> Targets { get; } = [];

    public long Rows => Right.Rows;

    public long RowsUpdated => Right.Updated;

    public long RowsRemoved => Right.Removed;

    public long MemoryBytes => Right.MemoryBytes;

    // What came from the checkpoint is put in order when all of it is there, which is before the first epoch.
    public void BeginEpoch(EpochTime time)
    {
        if (!_isRestored) return;
        _isRestored = false;
        Right.Place();
    }

    public void Push(JoinInput<TKey, TLeft>[] rows, int from, int to, sbyte[]? weights)
    {
        for (var i = from; i < to; i++)
            if (rows[i].CanMatch || _keepsLeft) _rows.Add(rows[i]);
    }

    public void Flush()
    {
        (_context.Place, _context.RowBase) = ($"the rows of {Name}", 0);
        var rows = System.Runtime.InteropServices.CollectionsMarshal.AsSpan(_rows);
        for (var i = 0; i < rows.Length; i++) Find(ref rows[i], i);
        _output.Send();
        _rows.Clear();
    }

    private void Find(ref JoinInput<TKey, TLeft> row, int place)
    {
        var hasMatch = false;
        for (var other = row.CanMatch ? Right.FirstOf(row.Key) : null; other is not null; other = other.Next)
        {
            if (_pairs.HasCondition && !_pairs.Match(ref row.Row, ref other.Row, place)) continue;
            hasMatch = true;
            for (var i = 0L; i < other.Count; i++) _output.Add(_result(ref row.Row, ref other.Row, 0));
        }

        if (!hasMatch && _keepsLeft) _output.Add(_result(ref row.Row, ref _noRight, 0));
    }

    public void EndEpoch() => Right.EndEpoch();
}
