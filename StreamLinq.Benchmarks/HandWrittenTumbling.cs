// The loop that a good programmer would write for a tumbling count per key: a table per open window, found by one unsigned comparison as long as rows stay in it; a watermark every 1024 rows;
// tables of closed windows are used again. Hashing and probing as in the other loops. No epochs, no output: what a closed window holds is only gone through.
using System.Runtime.CompilerServices;

namespace StreamLinq.Benchmarks;

/// <summary>Counts per key and window: 16 bytes per slot. The limit.</summary>
internal sealed class HandWrittenTumbling
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

    /// <summary>Rows whose window was closed already.</summary>
    internal long Late { get; private set; }

    internal void Add(ReadOnlySpan<Row> rows)
    {
        while (!rows.IsEmpty)
        {
            var count = Math.Min(RowsPerWatermark, rows.Length);
            AddSome(rows[..count]);
            if (_open.Count > 0 && _open[0].Start + Rows.WindowTicks <= _latest - Rows.DelayTicks) Close(_latest - Rows.DelayTicks);
            rows = rows[count..];
        }
    }

    private void AddSome(ReadOnlySpan<Row> rows)
    {
        var (pane, latest) = (_current, _latest);
        foreach (ref readonly var row in rows)
        {
            if ((ulong)(row.Time - pane.Start) >= Rows.WindowTicks)
            {
                if (row.Time < _closedTo)
                {
                    Late++;
                    continue;
                }

                pane = PaneOf(row.Time);
            }

            pane.Slot(row.Key)++;
            if (row.Time > latest) latest = row.Time;
        }

        (_current, _latest) = (pane, latest);
    }

    private Pane PaneOf(long time)
    {
        foreach (var open in _open)
            if ((ulong)(time - open.Start) < Rows.WindowTicks) return open;
        return Open(time - (time % Rows.WindowTicks));
    }

    private Pane Open(long start)
    {
        if (!_free.TryPop(out var pane)) pane = new Pane();
        pane.Start = start;
        _open.Add(pane);
        _open.Sort((a, b) => a.Start.CompareTo(b.Start));
        return pane;
    }

    private void Close(long watermark)
    {
        while (_open.Count > 0 && _open[0].Start + Rows.WindowTicks <= watermark)
        {
            var pane = _open[0];
            _open.RemoveAt(0);
            _closedTo = pane.Start + Rows.WindowTicks;
            var (rows, total) = pane.Take();
            Emitted += rows;
            Total += total;
            _free.Push(pane);
        }

        _current = _open.Count > 0 ? _open[0] : new Pane();
    }

    private sealed class Pane
    {
        private Entry[] _entries = new Entry[256];
        private int _shift = 64 - 8;
        private int _count;

        // No window: no time is in it.
        internal long Start { get; set; } = long.MinValue;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        internal ref long Slot(long key)
        {
            var entries = _entries;
            var slot = (int)((ulong)key * 0x9E3779B97F4A7C15 >> _shift);
            while (true)
            {
                ref var entry = ref entries[slot];
                if (entry.Key == key) return ref entry.Count;
                if (entry.Key == 0) return ref Insert(key);
                slot = (slot + 1) & (entries.Length - 1);
            }
        }

        internal (long Rows, long Total) Take()
        {
            var total = 0L;
            foreach (ref var entry in _entries.AsSpan()) total += entry.Count;
            Array.Clear(_entries);
            long rows = _count;
            _count = 0;
            return (rows, total);
        }

        [MethodImpl(MethodImplOptions.NoInlining)]
        private ref long Insert(long key)
        {
            if (++_count * 4L > _entries.Length * 3L)
            {
                var old = _entries;
                _entries = new Entry[old.Length * 2];
                _shift--;
                foreach (var entry in old)
                    if (entry.Key != 0) Free(entry.Key) = entry;
            }

            ref var free = ref Free(key);
            free.Key = key;
            return ref free.Count;
        }

        private ref Entry Free(long key)
        {
            var slot = (int)((ulong)key * 0x9E3779B97F4A7C15 >> _shift);
            while (_entries[slot].Key != 0) slot = (slot + 1) & (_entries.Length - 1);
            return ref _entries[slot];
        }

        private struct Entry
        {
            public long Key, Count;
        }
    }
}
