// GroupBy in windows whose results are final: a row per key and window leaves once, when the watermark closes the window, and the window's table goes with it.
// Groups leave in the order of their first rows, windows in the order of their ends.
namespace StreamLinq.Embedded;

internal sealed class WindowOperator<TKey, TState, TRow, THash> : IStreamOperator<TRow>, ILaneOperator where THash : struct, IKeyHash<TKey>
{
    private const int SendEvery = 4096;
    private const int Ahead = 8;
    private const long MergedAtOnce = 8 << 20;

    private readonly WindowPanes<TKey, TState, byte, THash> _panes;
    private readonly WindowResult<TKey, TState, TRow> _result;
    private readonly GroupMerge<TState> _merge;
    private readonly StageContext _context;
    private readonly RowBuffer<TRow> _results = new();
    private readonly GroupTable<TKey, TState, byte, THash> _merged;
    private readonly ByteReader _reader = new();
    private readonly List<(long Pane, int Place)> _cameFrom = [];
    private int[] _order = [];

    public WindowOperator(WindowPanes<TKey, TState, byte, THash> panes, ulong seed, WindowResult<TKey, TState, TRow> result, GroupMerge<TState> merge, StageContext context)
    {
        _merged = new GroupTable<TKey, TState, byte, THash>(seed, static (_, _) => 0, canonical: null, ordered: true);
        _panes = panes;
        _result = result;
        _merge = merge;
        _context = context;
        Tables = [panes, panes.Parts];
    }

    public string Name => _panes.Name;

    public LaneOrder? Order => _panes.Order;

    public IReadOnlyList<IStateTable> Tables { get; }

    public List<IRowTarget<TRow>> Targets { get; } = [];

    public long Rows => _panes.Count;

    public long RowsOnDisk => _panes.CountOnDisk;

    public long RowsUpdated { get; private set; }

    public long RowsRemoved { get; private set; }

    public long RowsLate => _panes.RowsLate;

    public long WindowsMissed => _panes.WindowsMissed;

    public long MemoryBytes => _panes.MemoryBytes;

    public long? DueAt => _panes.DueAt;

    public void BeginEpoch(EpochTime time) => _panes.BeginEpoch(time);

    public void BeforeFlush(IReadOnlyList<ILaneOperator> lanes) =>
        WindowPanes<TKey, TState, byte, THash>.Rank([.. lanes.Select(l => ((WindowOperator<TKey, TState, TRow, THash>)l)._panes)]);

    public void Flush()
    {
        _context.Place = $"the results of {Name}";
        _context.RowBase = 0;
        RowsUpdated = _panes.Panes.Sum(p => (long)p.Table.Touched.Length);
        foreach (var (window, panes) in _panes.Closing())
        {
            var span = new Window(new DateTimeOffset(window.Start, TimeSpan.Zero), new DateTimeOffset(window.End, TimeSpan.Zero));
            if (panes.Any(p => p.Runs.Count > 0)) SendParts(span, panes);
            else if (panes is [var only]) SendGroups(span, only.Table, only.Span.End);
            else SendMerged(span, panes);
        }

        Send();
        RowsRemoved = _panes.DropClosed();
    }

    private void SendGroups(Window window, GroupTable<TKey, TState, byte, THash> table, long pane)
    {
        var slots = table.InOrder(ref _order);
        for (var i = 0; i < slots.Length; i++)
        {
            if (i + Ahead < slots.Length) table.PrefetchSlot(slots[i + Ahead]);
            ref var entry = ref table.Entries[slots[i]];
            Add(_result(entry.Key, window, entry.Accumulator), window, (pane, table.SequenceOf(slots[i])));
        }
    }

    private void SendMerged(Window window)
    {
        var slots = _merged.InOrder(ref _order);
        for (var i = 0; i < slots.Length; i++)
        {
            if (i + Ahead < slots.Length) _merged.PrefetchSlot(slots[i + Ahead]);
            ref var entry = ref _merged.Entries[slots[i]];
            Add(_result(entry.Key, window, entry.Accumulator), window, Order is null ? default : _cameFrom[i]);
        }

        _merged.Clear();
        _cameFrom.Clear();
    }

    // A pane is part of several windows, so its accumulators are copied into the window's and never given away.
    private void SendMerged(Window window, IReadOnlyList<Pane<TKey, TState, byte, THash>> panes)
    {
        foreach (var pane in panes)
        {
            var slots = pane.Table.InOrder(ref _order);
            for (var i = 0; i < slots.Length; i++)
            {
                if (i + Ahead < slots.Length) pane.Table.PrefetchSlot(slots[i + Ahead]);
                ref var entry = ref pane.Table.Entries[slots[i]];
                Merge(entry.Key, entry.Accumulator, (pane.Span.End, pane.Table.SequenceOf(slots[i])));
            }
        }

        SendMerged(window);
    }

    // What is out of memory is read part by part, as many at a time as are worth it; each key is in the same part everywhere.
    private void SendParts(Window window, IReadOnlyList<Pane<TKey, TState, byte, THash>> panes)
    {
        for (int part = 0, end; part < PaneRun<TKey, TState>.Parts; part = end)
        {
            long bytes = 0;
            for (end = part; end < PaneRun<TKey, TState>.Parts && bytes < MergedAtOnce; end++) bytes += panes.Sum(p => p.Runs.Sum(r => r.BytesOf(end)));
            foreach (var pane in panes)
            {
                foreach (var run in pane.Runs)
                    for (var p = part; p < end; p++) run.Read(p, _reader, (key, state) => Merge(key, state, (end, _cameFrom.Count)));
                foreach (var slot in pane.Table.InOrder(ref _order))
                {
                    var at = pane.Table.PartOf(slot, PaneRun<TKey, TState>.PartOf);
                    if (at >= part && at < end) Merge(pane.Table.Entries[slot].Key, pane.Table.Entries[slot].Accumulator, (end, _cameFrom.Count));
                }
            }

            SendMerged(window);
        }
    }

    // The slot comes first: the table may grow, and its entries are others then.
    private void Merge(TKey key, TState state, (long Pane, int Place) from)
    {
        var slot = _merged.Slot(key);
        if (Order is not null && _merged.Count > _cameFrom.Count) _cameFrom.Add(from);
        _merge(ref _merged.Entries[slot].Accumulator, state);
    }

    private void Add(TRow row, Window window, (long Pane, int Place) from)
    {
        _results.Add(row);
        Order?.Stamp(_results.Count, new RowStamp(window.End.UtcTicks, window.Start.UtcTicks, from.Pane, from.Place));
        if (_results.Count >= SendEvery) Send();
    }

    private void Send()
    {
        var count = _results.Count;
        _results.Flush(Targets);
        _context.RowBase += count;
    }

    public void EndEpoch() => _panes.EndEpoch();
}
