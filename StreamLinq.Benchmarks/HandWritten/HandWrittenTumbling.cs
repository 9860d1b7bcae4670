// The loop that a good programmer would write for a tumbling count per key: a table per open window, found by one unsigned comparison as long as rows stay in it; a watermark every 1024 rows;
// tables of closed windows are used again. No epochs, no output: what a closed window holds is only gone through.
namespace StreamLinq.Benchmarks;

/// <summary>Counts per key and window: 16 bytes per slot. The limit.</summary>
/// <param name="window">How long a window is, in ticks.</param>
/// <param name="delay">How far rows may be out of order, in ticks.</param>
internal sealed class HandWrittenTumbling(long window, long delay)
{
    private const int RowsPerWatermark = 1024;

    private readonly List<Pane> _open = [];
    private readonly Stack<Pane> _free = new();
    private Pane _current = new();
    private long _latest = long.MinValue;
    private long _closedTo = long.MinValue;

    /// <summary>Rows of closed windows.</summary>
    internal long Emitted { get; private set; }

    /// <summary>The counts of these rows, added up.</summary>
    internal long Total { get; private set; }

    internal void Add(ReadOnlySpan<Row> rows)
    {
        while (!rows.IsEmpty)
        {
            var count = Math.Min(RowsPerWatermark, rows.Length);
            AddSome(rows[..count]);
            if (_open.Count > 0 && _open[0].Start + window <= _latest - delay) Close(_latest - delay);
            rows = rows[count..];
        }
    }

    private void AddSome(ReadOnlySpan<Row> rows)
    {
        var (pane, latest) = (_current, _latest);
        foreach (ref readonly var row in rows)
        {
            if ((ulong)(row.Time - pane.Start) >= (ulong)window)
            {
                if (row.Time < _closedTo) continue;
                pane = PaneOf(row.Time);
            }

            pane.Counts.Slot(row.Key)++;
            if (row.Time > latest) latest = row.Time;
        }

        (_current, _latest) = (pane, latest);
    }

    private Pane PaneOf(long time)
    {
        foreach (var open in _open)
            if ((ulong)(time - open.Start) < (ulong)window) return open;
        if (!_free.TryPop(out var pane)) pane = new Pane();
        pane.Start = time - (time % window);
        _open.Add(pane);
        _open.Sort((a, b) => a.Start.CompareTo(b.Start));
        return pane;
    }

    private void Close(long watermark)
    {
        while (_open.Count > 0 && _open[0].Start + window <= watermark)
        {
            var pane = _open[0];
            _open.RemoveAt(0);
            _closedTo = pane.Start + window;
            foreach (ref readonly var entry in pane.Counts.Entries) Total += entry.Value;
            Emitted += pane.Counts.Count;
            pane.Counts.Clear();
            _free.Push(pane);
        }

        _current = _open.Count > 0 ? _open[0] : new Pane();
    }

    private sealed class Pane
    {
        // No window: no time is in it.
        internal long Start { get; set; } = long.MinValue;

        internal HandTable<long> Counts { get; } = new();
    }
}
