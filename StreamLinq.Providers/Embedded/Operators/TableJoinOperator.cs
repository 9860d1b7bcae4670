// A join where rows of a side can be taken back: the rows of both tables are kept, with how often each is there and how many partners it has. A change of one side is a change of each of its pairs, and of rows of the
// other side that have got their first partner or lost their last. Results come in the order of the rows' partners, which is the order in which those came.
namespace StreamLinq.Embedded;

internal sealed class TableJoinOperator<TKey, TLeft, TRight, TRow, THash> : ITableOperator<TRow> where THash : struct, IKeyHash<TKey>
{
    private readonly JoinOutput<TRow> _output;
    private bool _isRestored = true;

    /// <param name="name">The name its state is kept under.</param>
    /// <param name="shape">The join.</param>
    /// <param name="seed">The query's seed.</param>
    /// <param name="context">Where the rows are, for errors.</param>
    public TableJoinOperator(string name, JoinShape shape, ulong seed, StageContext context)
    {
        Name = name;
        _output = new JoinOutput<TRow>(name, isChanging: true, Targets, context);
        Left = new(name, shape, seed, _output, left: true);
        Right = new(name, shape, seed, _output, left: false);
        Left.OtherSide = Right;
        Right.OtherSide = Left;
        Tables = [Left, Right];
    }

    /// <summary>Takes left rows.</summary>
    public TableJoinSide<TKey, TLeft, TRight, TRow, THash> Left { get; }

    /// <summary>Takes right rows.</summary>
    public TableJoinSide<TKey, TRight, TLeft, TRow, THash> Right { get; }

    public string Name { get; }

    public IReadOnlyList<IStateTable> Tables { get; }

    public List<IRowTarget<TRow>> Targets { get; } = [];

    public bool SendsOnlyChanged => false;

    public long Rows => Left.Rows + Right.Rows;

    public long RowsUpdated => Left.Updated + Right.Updated;

    public long RowsRemoved => Left.Removed + Right.Removed;

    public long MemoryBytes => Left.MemoryBytes + Right.MemoryBytes;

    // What came from the checkpoint is put in order when all of it is there, which is before the first epoch.
    public void BeginEpoch(EpochTime time)
    {
        if (!_isRestored) return;
        _isRestored = false;
        Left.Place();
        Right.Place();
        Left.CountPartners();
        Right.CountPartners();
    }

    public void Flush() => _output.Send();

    public void SendAll(IRowTarget<TRow> target)
    {
        var all = new JoinOutput<TRow>(_output, [target]);
        Left.SendTable(all, pairs: true);
        Right.SendTable(all, pairs: false);
        all.Flush();
    }

    public void EndEpoch()
    {
        Left.EndEpoch();
        Right.EndEpoch();
    }
}
