// The loop that a good programmer would write for a hopping count per key: a row is counted once, in the pane of its hop; when a window ends, the panes it is made of are added up into one table.
// No epochs, no output: what a window holds is only gone through.
namespace StreamLinq.Benchmarks;

/// <summary>Counts per key and hop. The limit.</summary>
/// <param name="hop">How far apart windows begin, in ticks.</param>
/// <param name="panes">How many hops a window is long.</param>
/// <param name="delay">How far rows may be out of order, in ticks.</param>
internal sealed class HandWrittenHopping(long hop, int panes, long delay)
{
    private const int RowsPerWatermark = 1024;

    private readonly SortedList<long, HandTable<long>> _panes = [];
    private readonly Stack<HandTable<long>> _free = new();
    private readonly HandTable<long> _window = new();
    private HandTable<long> _current = new();
    private long _start = long.MinValue;
    private long _latest = long.MinValue;
    private long _nextEnd = long.MaxValue;

    /// <summary>Rows of closed windows.</summary>
    internal long Emitted { get; private set; }

    /// <summary>The counts of these rows, added up.</summary>
    internal long Total { get; private set; }

    internal void Add(ReadOnlySpan<Row> rows)
    {
        while (!rows.IsEmpty)
        {
            var count = Math.Min(RowsPerWatermark, rows.Length);
            var (pane, start, latest) = (_current, _start, _latest);
            foreach (ref readonly var row in rows[..count])
            {
                if ((ulong)(row.Time - start) >= (ulong)hop) (pane, start) = PaneOf(row.Time);
                pane.Slot(row.Key)++;
                if (row.Time > latest) latest = row.Time;
            }

            (_current, _start, _latest) = (pane, start, latest);
            while (_nextEnd <= _latest - delay) CloseNext();
            rows = rows[count..];
        }
    }

    private (HandTable<long> Pane, long Start) PaneOf(long time)
    {
        var start = time - (time % hop);
        if (_panes.TryGetValue(start, out var pane)) return (pane, start);
        if (!_free.TryPop(out pane)) pane = new HandTable<long>();
        _panes.Add(start, pane);
        _nextEnd = Math.Min(_nextEnd, start + hop);
        return (pane, start);
    }

    private void CloseNext()
    {
        var end = _nextEnd;
        foreach (var (start, pane) in _panes)
        {
            if (start >= end) break;
            foreach (ref readonly var entry in pane.Entries)
                if (entry.Key != 0) _window.Slot(entry.Key) += entry.Value;
        }

        foreach (ref readonly var entry in _window.Entries) Total += entry.Value;
        Emitted += _window.Count;
        _window.Clear();
        _nextEnd = end + hop;
        // No later window has rows of the pane that this one began with.
        if (_panes.GetKeyAtIndex(0) > end - (panes * hop)) return;
        var first = _panes.GetValueAtIndex(0);
        _panes.RemoveAt(0);
        first.Clear();
        _free.Push(first);
        if (_panes.Count == 0) (_start, _nextEnd) = (long.MinValue, long.MaxValue);
    }
}
