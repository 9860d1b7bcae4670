// Adds rows up before the exchange: each lane takes whole batches, whatever their keys, into a table of its own, and at the end of the epoch gathers from the tables of all lanes what belongs to its keys.
// For few keys an exchange costs about as much as the work itself, and half of all rows on one key would be the work of one lane; for many keys the parts would be nearly as large as the whole.
// So an epoch does what would have been right for the one before. Which of the two it does cannot be told from its rows, nor from their order.
namespace StreamLinq.Embedded;

/// <summary>Takes the rows of a source, and hands them to the exchange or to the lanes as they come. Used by the thread that runs the epoch.</summary>
internal sealed class PreAggregation<TRow, TKey, TState, TResult, THash> : IRowTarget<TRow>, IExchange, ILaneParts where THash : struct, IKeyHash<TKey>
{
    private const int MostGroups = 1 << 16;
    private const int RowsPerGroup = 8;

    // A batch may be all rows there are, and is shared out all the same.
    private const int ReferredAtOnce = 1 << 13;
    private const long KeptBytes = 1 << 20;

    private readonly Lanes _lanes;
    private readonly LaneInput _input;
    private readonly ulong _seed;
    private readonly IRowTarget<TRow> _exchange;
    private readonly GroupMerge<TState> _merge;
    private readonly (GroupTable<TKey, TState, TResult, THash> Table, LaneOrder Order)[] _owners;
    private readonly (GroupTable<TKey, TState, TResult, THash> Table, LaneOrder Order, IRowTarget<TRow> Stage)[] _parts;
    private readonly LaneRowsPool<TRow>[] _pools;
    private bool _addsUp;
    private bool _hasAddedUp;
    private int _next;
    private long _rows;

    /// <param name="lanes">The lanes.</param>
    /// <param name="input">The operator's input.</param>
    /// <param name="seed">The query's seed.</param>
    /// <param name="exchange">What takes the rows where adding up does not pay.</param>
    /// <param name="owners">The tables of the operator's copies, and their order, by lane.</param>
    /// <param name="stages">What adds rows up in such a table, by lane.</param>
    /// <param name="merge">Joins two parts of a group, whichever came first.</param>
    public PreAggregation(
        Lanes lanes, LaneInput input, ulong seed, IRowTarget<TRow> exchange, IReadOnlyList<(GroupTable<TKey, TState, TResult, THash> Table, LaneOrder Order)> owners,
        Func<int, GroupTable<TKey, TState, TResult, THash>, IRowTarget<TRow>> stages, GroupMerge<TState> merge)
    {
        (_lanes, _input, _seed, _exchange, _merge, _owners) = (lanes, input, seed, exchange, merge, [.. owners]);
        _parts = [.. Enumerable.Range(0, lanes.Count).Select(Part)];
        _pools = [.. _parts.Select((p, lane) => new LaneRowsPool<TRow>(p.Stage, p.Order, p.Order, lanes[lane].Context))];
        input.Parts = this;

        (GroupTable<TKey, TState, TResult, THash>, LaneOrder, IRowTarget<TRow>) Part(int lane)
        {
            var order = new LaneOrder();
            var table = new GroupTable<TKey, TState, TResult, THash>(seed, static (_, _) => default!, Canonical.For<TKey>()) { Order = order };
            return (table, order, stages(lane, table));
        }
    }

    public long MemoryBytes
    {
        get
        {
            var bytes = 0L;
            foreach (var part in _parts) bytes += part.Table.MemoryBytes;
            return bytes;
        }
    }

    public void Push(TRow[] rows, int from, int to, sbyte[]? weights)
    {
        _rows += to - from;
        if (!_addsUp)
        {
            _exchange.Push(rows, from, to, weights);
            return;
        }

        _hasAddedUp = true;
        _input.Enter(this);
        var stays = _lanes.Context.RowsStay;
        while (from < to)
        {
            var count = Math.Min(stays ? ReferredAtOnce : LaneRows<TRow>.Capacity, to - from);
            var batch = _pools[_next].Take();
            if (stays) batch.Refer(rows, from, from + count, _input.Next, _lanes.Context);
            else batch.Copy(rows, from, count, _input.Next, _lanes.Context);
            _lanes.Post(_next, batch, begins: true);
            _input.Next += count;
            from += count;
            _next = (_next + 1) % _parts.Length;
        }

        _lanes.ThrowIfFailed();
    }

    /// <summary>Once the lanes are through with all rows: gives each of them what belongs to its keys, and decides about the next epoch.</summary>
    public void Gather()
    {
        if (_hasAddedUp)
        {
            var groups = 0L;
            foreach (var part in _parts) groups += part.Table.Touched.Length;
            _lanes.ForEach(groups >= Lanes.FewRows, GatherInto);
            _lanes.ForEach(false, Empty);
        }

        var touched = 0L;
        foreach (var owner in _owners) touched += owner.Table.Touched.Length;
        _addsUp = touched <= MostGroups && _rows >= Lanes.FewRows && _rows >= touched * RowsPerGroup;
        (_rows, _hasAddedUp) = (0, false);
    }

    // In the order in which the groups came: so the first part of a group is the one that came first, and tells when.
    private void GatherInto(int lane)
    {
        var (table, order) = _owners[lane];
        var heads = new int[_parts.Length];
        for (var i = 0; i < heads.Length; i++) heads[i] = NextOf(i, -1, lane);
        try
        {
            while (true)
            {
                var first = -1;
                for (var i = 0; i < heads.Length; i++)
                    if (heads[i] >= 0 && (first < 0 || _parts[i].Table.ArrivedAt(heads[i]) < _parts[first].Table.ArrivedAt(heads[first]))) first = i;
                if (first < 0) return;
                var from = _parts[first].Table;
                ref var part = ref from.Entries[from.Touched[heads[first]].Slot];
                order.Begin(from.ArrivedAt(heads[first]));
                var slot = table.Slot(part.Key);
                _merge(ref table.Entries[slot].Accumulator, part.Accumulator);
                heads[first] = NextOf(first, heads[first], lane);
            }
        }
        catch (OverflowException error)
        {
            throw new AggregateFailureException(_lanes.Context.Place, error);
        }
    }

    private int NextOf(int part, int touched, int lane)
    {
        var table = _parts[part].Table;
        var all = table.Touched;
        while (++touched < all.Length)
            if (LaneOfKey.Of(default(THash).Hash(table.Entries[all[touched].Slot].Key, _seed), _owners.Length) == lane) return touched;
        return -1;
    }

    private void Empty(int lane)
    {
        var table = _parts[lane].Table;
        // A table that begins small again is copied twice while it grows; one that stays large is memory that nobody gets back while epochs are of another kind.
        if (table.MemoryBytes > KeptBytes) table.Reset();
        else table.Clear();
    }

    void IExchange.Close()
    {
        // Batches go out whole; there are no rows in hand.
    }

    void IExchange.EndBatch() => _lanes.ThrowIfFailed();
}

/// <summary>What lanes have added up of an operator's rows before they went to their owners.</summary>
internal interface ILaneParts
{
    long MemoryBytes { get; }

    /// <summary>Gives the parts to their owners. The lanes are through with all rows.</summary>
    void Gather();
}
