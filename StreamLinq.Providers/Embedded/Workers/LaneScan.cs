// Gives every lane all rows of a source where they are, and each takes those of its keys: no row is carried from one worker to another, which costs as much as what is done with it.
// That needs a batch that stays as it is until the epoch ends, rows of which nothing can fail (it would fail once per lane), and few lanes. All others go through the exchange.
namespace StreamLinq.Embedded;

/// <summary>Used by the thread that runs the epoch.</summary>
internal sealed class LaneScan<TRow> : IRowTarget<TRow>, IExchange
{
    /// <summary>With more lanes than this, looking at all rows costs each of them more than an exchange.</summary>
    internal const int MostLanes = 4;

    private readonly Lanes _lanes;
    private readonly LaneInput _input;
    private readonly IRowTarget<TRow> _exchange;
    private readonly LaneRowsPool<TRow>[] _pools;

    /// <param name="lanes">The lanes.</param>
    /// <param name="input">The operator's input.</param>
    /// <param name="exchange">What takes batches that do not stay, and small ones.</param>
    /// <param name="pools">What takes from a batch the rows of a lane's keys, by lane.</param>
    public LaneScan(Lanes lanes, LaneInput input, IRowTarget<TRow> exchange, LaneRowsPool<TRow>[] pools) => (_lanes, _input, _exchange, _pools) = (lanes, input, exchange, pools);

    public void Push(TRow[] rows, int from, int to, sbyte[]? weights)
    {
        if (!_lanes.Context.RowsStay || to - from < Lanes.FewRows)
        {
            _exchange.Push(rows, from, to, weights);
            return;
        }

        _input.Enter(this);
        for (var lane = 0; lane < _pools.Length; lane++)
        {
            var batch = _pools[lane].Take();
            batch.Refer(rows, from, to, _input.Next, _lanes.Context);
            _lanes.Post(lane, batch, begins: lane > 0);
        }

        _input.Next += to - from;
        _lanes.ThrowIfFailed();
    }

    void IExchange.Close()
    {
        // Batches go out whole; there are no rows in hand.
    }

    void IExchange.EndBatch() => _lanes.ThrowIfFailed();
}
