// An operator that several workers share, as everybody else sees it: one operator, with one table per kind of state, that sends its rows in the order in which one worker would send them.
// Each lane has a copy for its keys. What the copies send is gathered when the lanes rest, put in order, and goes on from the thread that runs the epoch.
namespace StreamLinq.Embedded;

internal sealed class LanedOperator<TRow> : ITableOperator<TRow>, IStreamOperator<TRow>, IFrugalTable
{
    private const int SendEvery = 4096;

    private readonly Lanes _lanes;
    private readonly ILaneOperator[] _copies;
    private readonly LaneInput _input;
    private readonly LaneOutbox<TRow>[] _outboxes;
    private readonly RowBuffer<TRow> _merged = new();
    private readonly bool _countsOnDiskAlike;
    private readonly bool[] _changed;
    private Action? _tellChanged;

    /// <param name="lanes">The lanes.</param>
    /// <param name="copies">The operator, by lane.</param>
    /// <param name="input">Its input.</param>
    /// <param name="seed">The query's seed.</param>
    public LanedOperator(Lanes lanes, IReadOnlyList<ILaneOperator> copies, LaneInput input, ulong seed)
    {
        _lanes = lanes;
        _copies = [.. copies];
        _input = input;
        _outboxes = [.. copies.Select((c, lane) => new LaneOutbox<TRow>(c.Order!, lanes[lane].Context))];
        for (var lane = 0; lane < _copies.Length; lane++) TargetsOf(_copies[lane]).Add(_outboxes[lane]);
        Tables = [.. copies[0].Tables.Select((_, table) => LanedTable.Of([.. copies.Select(c => (IKeyedTable)c.Tables[table])], seed))];
        _countsOnDiskAlike = Tables[0] is IColdTable;
        _changed = new bool[_copies.Length];
    }

    public string Name => _copies[0].Name;

    public IReadOnlyList<IStateTable> Tables { get; }

    public List<IRowTarget<TRow>> Targets { get; } = [];

    public bool SendsOnlyNew
    {
        set
        {
            foreach (var copy in _copies.Cast<IFrugalTable>()) copy.SendsOnlyNew = value;
        }
    }

    public Action? Changed
    {
        set
        {
            _tellChanged = value;
            for (var lane = 0; lane < _copies.Length; lane++)
            {
                var copy = lane;
                ((IFrugalTable)_copies[lane]).Changed = () => _changed[copy] = true;
            }
        }
    }

    public bool SendsOnlyChanged => _copies[0] is ITableOperator<TRow> { SendsOnlyChanged: true };

    // Each copy counts all that is in the one store of the checkpoint.
    public long Rows => _copies.Sum(c => c.Rows) - (_countsOnDiskAlike ? (_copies.Length - 1) * _copies[0].RowsOnDisk : 0);

    public long RowsOnDisk => _countsOnDiskAlike ? _copies[0].RowsOnDisk : _copies.Sum(c => c.RowsOnDisk);

    public long RowsUpdated => _copies.Sum(c => c.RowsUpdated);

    public long RowsRemoved => _copies.Sum(c => c.RowsRemoved);

    public long MemoryBytes => _copies.Sum(c => c.MemoryBytes) + (_input.Parts?.MemoryBytes ?? 0);

    public long RowsLate => _copies.Sum(c => c.RowsLate);

    public long WindowsMissed => _copies.Sum(c => c.WindowsMissed);

    public long? DueAt => _copies.Min(c => c.DueAt);

    public long? DueAtClock => _copies.Min(c => c.DueAtClock);

    public void BeginEpoch(EpochTime time)
    {
        foreach (var copy in _copies)
        {
            copy.BeginEpoch(time);
            _input.Next = Math.Max(_input.Next, copy.NextArrival);
        }
    }

    public void Flush()
    {
        var rows = _input.Rows;
        _input.Flush();
        _lanes.Finish();
        _input.Parts?.Gather();
        _copies[0].BeforeFlush(_copies);
        _lanes.ForEach(rows >= Lanes.FewRows || Rows >= SendEvery, lane => _copies[lane].Flush());
        SendOn();
        if (_changed.Contains(true)) _tellChanged!();
        _changed.AsSpan().Clear();
    }

    /// <summary>Sends on what the copies have sent. The lanes rest.</summary>
    internal void SendOn()
    {
        var context = _lanes.Context;
        var (place, rowBase) = (context.Place, context.RowBase);
        var from = Array.Find(_outboxes, o => o.HasRow);
        if (from is null) return;
        if (!ReferenceEquals(from.Place, place)) (context.Place, context.RowBase) = (from.Place, 0);
        Merge();
        Send();
        foreach (var outbox in _outboxes) outbox.Clear();
        (context.Place, context.RowBase) = (place, rowBase);
    }

    private void Merge()
    {
        while (true)
        {
            // The lane whose turn it is, and the one after it: rows of the first go on until it is the other's turn.
            LaneOutbox<TRow>? first = null, second = null;
            foreach (var outbox in _outboxes)
            {
                if (!outbox.HasRow) continue;
                if (first is null || outbox.IsBefore(first)) (first, second) = (outbox, first);
                else if (second is null || outbox.IsBefore(second)) second = outbox;
            }

            if (first is null) return;
            do
            {
                Add(first);
            }
            while (first.HasRow && (second is null || !second.IsBefore(first)));
        }
    }

    private void Add(LaneOutbox<TRow> from)
    {
        var weight = from.Weight;
        // A row that goes and the one that comes for it stay together.
        if (_merged.Count >= SendEvery && !(weight > 0 && _merged.Weights![_merged.Count - 1] < 0)) Send();
        if (weight == 0) _merged.Add(from.Row);
        else _merged.Add(from.Row, weight);
        from.Next();
    }

    private void Send()
    {
        var count = _merged.Count;
        _merged.Flush(Targets);
        _lanes.Context.RowBase += count;
    }

    public void SendAll(IRowTarget<TRow> target)
    {
        foreach (var copy in _copies) ((ITableOperator<TRow>)copy).SendAll(target);
    }

    public void EndEpoch() => _lanes.ForEach(RowsUpdated + RowsRemoved >= SendEvery, lane => _copies[lane].EndEpoch());

    private static List<IRowTarget<TRow>> TargetsOf(ILaneOperator copy) => copy is ITableOperator<TRow> table ? table.Targets : ((IStreamOperator<TRow>)copy).Targets;
}
