// Scatters rows by the hash of their key: each lane gets the rows of its keys, in the order in which they came. Lanes work while more rows come, except for operators that send on what they make of a
// row at once: there the epoch waits for each batch, so that all that follows sees rows in the same order as with one worker.
namespace StreamLinq.Embedded;

/// <typeparam name="TRow">The rows.</typeparam>
/// <typeparam name="TKey">Their key.</typeparam>
/// <typeparam name="TOf">Where it is.</typeparam>
/// <typeparam name="THash">Hashes keys.</typeparam>
internal sealed class Exchange<TRow, TKey, TOf, THash> : IRowTarget<TRow>, IOpenExchange
    where TOf : struct, IKeyOf<TRow, TKey> where THash : struct, IKeyHash<TKey>
{
    private readonly Lanes _lanes;
    private readonly LaneInput _input;
    private readonly ulong _seed;
    private readonly bool _isWeighted;
    private readonly Action? _done;
    private readonly IRowTarget<TRow>[] _targets;
    private readonly LaneOrder[] _orders;
    private readonly LaneBatch<TRow>?[] _open;
    private readonly List<LaneBatch<TRow>>[] _batches;
    private string _place = "";

    /// <param name="lanes">The lanes.</param>
    /// <param name="input">The operator's input.</param>
    /// <param name="seed">The query's seed.</param>
    /// <param name="isWeighted">Whether rows can be taken back.</param>
    /// <param name="targets">What takes the rows, by lane.</param>
    /// <param name="orders">The operator's order, by lane.</param>
    /// <param name="done">Called when the lanes have done a batch, where the epoch waits for each.</param>
    public Exchange(Lanes lanes, LaneInput input, ulong seed, bool isWeighted, IRowTarget<TRow>[] targets, LaneOrder[] orders, Action? done)
    {
        (_lanes, _input, _seed, _isWeighted, _targets, _orders, _done) = (lanes, input, seed, isWeighted, targets, orders, done);
        _open = new LaneBatch<TRow>?[lanes.Count];
        _batches = [.. Enumerable.Range(0, lanes.Count).Select(_ => new List<LaneBatch<TRow>>())];
    }

    public void Push(TRow[] rows, int from, int to, sbyte[]? weights)
    {
        if (!ReferenceEquals(_place, _lanes.Context.Place)) Close();
        _place = _lanes.Context.Place;
        var arrived = _input.Take(this, to - from) - from;
        if (_isWeighted) Scatter(rows, from, to, weights!, arrived);
        else Scatter(rows, from, to, arrived);
        if (_done is null) return;
        Close();
        _done();
    }

    private void Scatter(TRow[] rows, int from, int to, long arrived)
    {
        for (var i = from; i < to; i++)
        {
            ref var row = ref rows[i];
            var lane = LaneOfKey.Of(default(THash).Hash(default(TOf).Of(ref row), _seed), _open.Length);
            if ((_open[lane] ?? Open(lane)).Add(row, arrived + i)) Send(lane, begins: true);
        }
    }

    private void Scatter(TRow[] rows, int from, int to, sbyte[] weights, long arrived)
    {
        for (var i = from; i < to; i++)
        {
            ref var row = ref rows[i];
            var lane = LaneOfKey.Of(default(THash).Hash(default(TOf).Of(ref row), _seed), _open.Length);
            if ((_open[lane] ?? Open(lane)).Add(row, arrived + i, weights[i])) Send(lane, begins: true);
        }
    }

    private LaneBatch<TRow> Open(int lane)
    {
        var batch = _batches[lane].Find(static b => b.IsFree);
        if (batch is null) _batches[lane].Add(batch = new LaneBatch<TRow>(_isWeighted, _targets[lane], _orders[lane], _lanes[lane].Context));
        batch.Take();
        (batch.Place, batch.RowBase) = (_place, _lanes.Context.RowBase);
        return _open[lane] = batch;
    }

    private void Send(int lane, bool begins)
    {
        var batch = _open[lane]!;
        _open[lane] = null;
        _lanes.Post(lane, batch, begins);
    }

    public void Close()
    {
        var rows = 0;
        foreach (var batch in _open) rows += batch?.Count ?? 0;
        for (var lane = 0; lane < _open.Length; lane++)
            if (_open[lane] is not null) Send(lane, begins: lane > 0 && rows >= Lanes.FewRows);
    }
}
