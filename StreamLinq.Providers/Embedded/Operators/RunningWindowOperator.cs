// GroupBy in windows that are shown while they are open: each touched group sends its old row away and its new row on. When a window closes its table goes and its rows stay as they are.
namespace StreamLinq.Embedded;

internal sealed class RunningWindowOperator<TKey, TState, TRow, THash> : ITableOperator<TRow>, ILaneOperator where THash : struct, IKeyHash<TKey>
{
    private const int SendEvery = 4096;

    private readonly WindowPanes<TKey, TState, TRow, THash> _panes;
    private readonly StageContext _context;
    private readonly bool _keepsClosed;
    private readonly RowBuffer<TRow> _changes = new();

    /// <param name="panes">The windows.</param>
    /// <param name="keepsClosed">Whether closed windows are still asked for: by an output that shows the whole table.</param>
    /// <param name="context">Where the rows are, for errors.</param>
    public RunningWindowOperator(WindowPanes<TKey, TState, TRow, THash> panes, bool keepsClosed, StageContext context)
    {
        _panes = panes;
        _keepsClosed = keepsClosed;
        _context = context;
        Tables = [panes];
    }

    public string Name => _panes.Name;

    public LaneOrder? Order => _panes.Order;

    public IReadOnlyList<IStateTable> Tables { get; }

    public List<IRowTarget<TRow>> Targets { get; } = [];

    public bool SendsOnlyChanged => false;

    public long Rows => _panes.Count;

    public long RowsUpdated { get; private set; }

    public long RowsRemoved { get; private set; }

    public long RowsLate => _panes.RowsLate;

    public long WindowsMissed => _panes.WindowsMissed;

    public long MemoryBytes => _panes.MemoryBytes;

    public long? DueAt => _keepsClosed ? null : _panes.DueAt;

    public void BeginEpoch(EpochTime time) => _panes.BeginEpoch(time);

    public void BeforeFlush(IReadOnlyList<ILaneOperator> lanes) =>
        WindowPanes<TKey, TState, TRow, THash>.Rank([.. lanes.Select(l => ((RunningWindowOperator<TKey, TState, TRow, THash>)l)._panes)]);

    public void Flush()
    {
        _context.Place = $"the changes of {Name}";
        _context.RowBase = 0;
        RowsUpdated = 0;
        foreach (var pane in _panes.Panes)
        {
            RowsUpdated += pane.Table.Touched.Length;
            for (var i = 0; i < pane.Table.Touched.Length; i++)
            {
                ref readonly var touched = ref pane.Table.Touched[i];
                if (touched.Existed) _changes.Add(touched.Old!, -1);
                _changes.Add(pane.Table.Result(touched.Slot), 1);
                Order?.Stamp(_changes.Count, new RowStamp(pane.Span.End, pane.Span.Start, pane.Table.ArrivedAt(i)));
                if (_changes.Count >= SendEvery) Send();
            }
        }

        Send();
        RowsRemoved = _keepsClosed ? 0 : _panes.DropClosed();
    }

    private void Send()
    {
        var count = _changes.Count;
        _changes.Flush(Targets);
        _context.RowBase += count;
    }

    public void SendAll(IRowTarget<TRow> target)
    {
        var all = new RowBuffer<TRow>();
        IRowTarget<TRow>[] targets = [target];
        foreach (var pane in _panes.Panes)
            foreach (var slot in pane.Table.Slots())
            {
                all.Add(pane.Table.Result(slot), 1);
                if (all.Count >= SendEvery) all.Flush(targets);
            }

        all.Flush(targets);
    }

    public void EndEpoch() => _panes.EndEpoch();
}
