// Scatters rows by the hash of their key: each lane gets the rows of its keys, in the order in which they came. Lanes work while more rows come, except for operators that send on what they make of a
// row at once: there the epoch waits for each batch, so that all that follows sees rows in the same order as with one worker.
using System.Runtime.CompilerServices;

namespace StreamLinq.Embedded;

/// <summary>A loop adds rows one by one, and says when its batch is through; or a batch is pushed. Used by the thread that runs the epoch.</summary>
/// <typeparam name="TRow">The rows.</typeparam>
/// <typeparam name="TKey">Their key.</typeparam>
/// <typeparam name="TOf">Where it is.</typeparam>
/// <typeparam name="THash">Hashes keys.</typeparam>
internal sealed class Exchange<TRow, TKey, TOf, THash> : IRowTarget<TRow>, IExchange
    where TOf : struct, IKeyOf<TRow, TKey> where THash : struct, IKeyHash<TKey>
{
    private const int FarthestPlace = 1 << 30;

    private readonly Lanes _lanes;
    private readonly LaneInput _input;
    private readonly ulong _seed;
    private readonly bool _isWeighted;
    private readonly Action? _done;
    private readonly IRowTarget<TRow>[] _targets;
    private readonly LaneOrder[] _orders;
    private readonly LaneBatch<TRow>[] _open;
    private readonly List<LaneBatch<TRow>>[] _batches;
    private long _base;
    private int _place = -1;
    private string _reading = "";

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
        _batches = [.. Enumerable.Range(0, lanes.Count).Select(_ => new List<LaneBatch<TRow>>())];
        _open = [.. Enumerable.Range(0, lanes.Count).Select(Taken)];
    }

    /// <summary>Adds a row. Never throws: what fails on a lane is told by <see cref="EndBatch"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Add(TRow row)
    {
        if (_place < 0) Begin();
        var lane = LaneOfKey.Of(default(THash).Hash(default(TOf).Of(ref row), _seed), _open.Length);
        if (_open[lane].Add(ref row, _place++)) Send(lane, begins: true);
    }

    /// <summary>Adds a row that comes or goes.</summary>
    public void Add(TRow row, sbyte weight)
    {
        if (_place < 0) Begin();
        var lane = LaneOfKey.Of(default(THash).Hash(default(TOf).Of(ref row), _seed), _open.Length);
        if (_open[lane].Add(ref row, _place++, weight)) Send(lane, begins: true);
    }

    public void EndBatch()
    {
        _input.Next = _place < 0 ? _input.Next : _base + _place;
        _place = -1;
        _lanes.ThrowIfFailed();
        if (_done is null) return;
        Close();
        _done();
    }

    public void Push(TRow[] rows, int from, int to, sbyte[]? weights)
    {
        if (_isWeighted)
            for (var i = from; i < to; i++) Add(rows[i], weights![i]);
        else
            for (var i = from; i < to; i++) Add(rows[i]);
        EndBatch();
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void Begin()
    {
        _input.Enter(this);
        if (!ReferenceEquals(_reading, _lanes.Context.Place) || _input.Next - _base > FarthestPlace) Close();
        _reading = _lanes.Context.Place;
        if (RowsInHand() == 0)
        {
            _base = _input.Next;
            foreach (var batch in _open) batch.Take(_base, _lanes.Context);
        }

        _place = (int)(_input.Next - _base);
    }

    private int RowsInHand()
    {
        var rows = 0;
        foreach (var batch in _open) rows += batch.Count;
        return rows;
    }

    private LaneBatch<TRow> Taken(int lane)
    {
        var batch = _batches[lane].Find(static b => b.IsFree);
        if (batch is null) _batches[lane].Add(batch = new LaneBatch<TRow>(_isWeighted, _targets[lane], _orders[lane], _lanes[lane].Context));
        batch.Take(_base, _lanes.Context);
        return batch;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void Send(int lane, bool begins)
    {
        _lanes.Post(lane, _open[lane], begins);
        _open[lane] = Taken(lane);
    }

    public void Close()
    {
        var begins = RowsInHand() >= Lanes.FewRows;
        for (var lane = 0; lane < _open.Length; lane++)
            if (_open[lane].Count > 0) Send(lane, begins && lane > 0);
    }
}
