// The open windows of a window join: a pane per slice of time that several windows share, or per window. Both sides put their rows into the same panes; a pane is dropped whole when its last window
// has closed.
namespace StreamLinq.Embedded;

/// <summary>Single writer.</summary>
internal sealed class WindowJoinPanes<TKey, THash> where THash : struct, IKeyHash<TKey>
{
    private readonly WindowAssigner? _assigner;
    private readonly long _grace;
    private readonly ulong _seed;
    private readonly Func<JoinRows> _left;
    private readonly Func<JoinRows> _right;
    private readonly SortedDictionary<(long End, long Start), JoinPane<TKey, THash>> _panes = [];
    private readonly List<JoinPane<TKey, THash>> _selected = [];
    private readonly List<JoinPane<TKey, THash>> _dropped = [];
    private readonly List<WindowSpan> _windows = [];
    private EpochTime _time = new(EpochTime.NoWatermark, EpochTime.NoWatermark, 0);
    private WindowSpan _slice;

    /// <param name="window">The windows.</param>
    /// <param name="seed">The query's seed.</param>
    /// <param name="left">Makes room for left rows.</param>
    /// <param name="right">Makes room for right rows.</param>
    public WindowJoinPanes(PlanWindow window, ulong seed, Func<JoinRows> left, Func<JoinRows> right)
    {
        _assigner = window.Windowing is null ? null : WindowAssigner.For(window.Windowing, share: true);
        _grace = window.Grace.Ticks;
        _seed = seed;
        _left = left;
        _right = right;
    }

    /// <summary>Rows that every one of their windows refused.</summary>
    public long RowsLate { get; private set; }

    /// <summary>Pairs of a row and a window that was closed.</summary>
    public long WindowsMissed { get; private set; }

    public IEnumerable<JoinPane<TKey, THash>> All => _panes.Values;

    /// <summary>The panes that the epoch has dropped.</summary>
    public IReadOnlyList<JoinPane<TKey, THash>> Dropped => _dropped;

    public long Live => _panes.Values.Sum(p => (long)p.Live);

    public long MemoryBytes => _panes.Values.Sum(p => p.MemoryBytes);

    private bool SharesSlices => _assigner is { SharesSlices: true };

    public void BeginEpoch(EpochTime time)
    {
        _time = time;
        _slice = default;
    }

    /// <summary>The panes of a row; none if it is late for all of its windows. The list is good until the next call.</summary>
    /// <param name="time">The row's time, or where the window it carries begins.</param>
    /// <param name="end">Where the window it carries ends.</param>
    public IReadOnlyList<JoinPane<TKey, THash>> Select(long time, long end)
    {
        if (_selected.Count > 0 && (_assigner is null ? _slice == new WindowSpan(time, end) : time >= _slice.Start && time < _slice.End)) return _selected;
        _selected.Clear();
        _slice = new WindowSpan(time, end);
        _windows.Clear();
        if (_assigner is null) _windows.Add(_slice);
        else if (_assigner.TrySlice(time, out _slice)) _assigner.AddWindows(_slice, _windows);
        else return Refuse(1);
        var refused = _windows.RemoveAll(IsClosed);
        if (_windows.Count == 0) return Refuse(refused);
        if (SharesSlices) _selected.Add(Of(_slice));
        else foreach (var window in _windows) _selected.Add(Of(window));
        WindowsMissed += refused;
        // Where some windows are closed each row counts as missed by them, so the slice is not kept at hand.
        if (refused > 0) _slice = default;
        return _selected;
    }

    private List<JoinPane<TKey, THash>> Refuse(int windows)
    {
        RowsLate++;
        WindowsMissed += windows;
        return _selected;
    }

    private bool IsClosed(WindowSpan window) => _grace != TimeSpan.MaxValue.Ticks && Ends(window.End) <= _time.LateUntil;

    private long Ends(long end) => _grace > EpochTime.EndOfTime - end ? EpochTime.EndOfTime : end + _grace;

    private bool Closes(long end) => _time.Watermark == EpochTime.EndOfTime || (_grace != TimeSpan.MaxValue.Ticks && Ends(end) <= _time.Watermark);

    /// <summary>The pane of a window or a slice.</summary>
    public JoinPane<TKey, THash> Of(WindowSpan span)
    {
        if (!_panes.TryGetValue((span.End, span.Start), out var pane))
            _panes[(span.End, span.Start)] = pane = new JoinPane<TKey, THash>(_seed, _left(), _right()) { Start = span.Start, End = span.End };
        return pane;
    }

    private List<WindowSpan> WindowsOf(JoinPane<TKey, THash> pane)
    {
        _windows.Clear();
        if (SharesSlices) _assigner!.AddWindows(new WindowSpan(pane.Start, pane.End), _windows);
        else _windows.Add(new WindowSpan(pane.Start, pane.End));
        return _windows;
    }

    /// <summary>The earliest watermark that closes a window.</summary>
    public long? DueAt
    {
        get
        {
            if (_grace == TimeSpan.MaxValue.Ticks) return _panes.Count > 0 ? EpochTime.EndOfTime : null;
            long? due = null;
            foreach (var pane in _panes.Values)
            {
                if (due <= Ends(pane.End)) break;
                foreach (var window in WindowsOf(pane))
                    if (Ends(window.End) is var ends && ends > _time.Watermark && (due is null || ends < due)) due = ends;
            }

            return due;
        }
    }

    /// <summary>The windows that the epoch's watermark closes, by end and start, each with its panes.</summary>
    public IEnumerable<(WindowSpan Window, IReadOnlyList<JoinPane<TKey, THash>> Panes)> Closing()
    {
        var closing = new SortedDictionary<(long End, long Start), List<JoinPane<TKey, THash>>>();
        foreach (var pane in _panes.Values)
        {
            if (!Closes(pane.End)) break;
            foreach (var window in WindowsOf(pane))
            {
                if (!Closes(window.End) || IsClosed(window)) continue;
                if (!closing.TryGetValue((window.End, window.Start), out var panes)) closing[(window.End, window.Start)] = panes = [];
                panes.Add(pane);
            }
        }

        return closing.Select(c => (new WindowSpan(c.Key.Start, c.Key.End), (IReadOnlyList<JoinPane<TKey, THash>>)c.Value));
    }

    /// <summary>Drops the panes whose last window the epoch's watermark closes.</summary>
    public void DropClosed()
    {
        foreach (var pane in _panes.Values)
        {
            if (!Closes(pane.End)) break;
            if (Closes(WindowsOf(pane)[^1].End)) _dropped.Add(pane);
        }

        foreach (var pane in _dropped) _panes.Remove((pane.End, pane.Start));
        _selected.Clear();
    }

    public void EndEpoch() => _dropped.Clear();
}
