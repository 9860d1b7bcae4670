// The loop that a good programmer would write for a join within a stretch of time: a pane per side and stretch, a table of chains in each; a row looks into the two or three panes of the other side that its
// partners can lie in, and is put into one of its own. Panes that the watermark has passed are used again. No epochs, no output: pairs are only counted and added up.
using System.Runtime.CompilerServices;

namespace StreamLinq.Benchmarks;

/// <summary>The limit. Batches are of the left and the right side in turn.</summary>
internal sealed class HandWrittenJoin
{
    /// <summary>How much earlier or later than its own time the partner of a row may be: on each side lie ten thousand rows in that stretch, if there are two million in ten seconds.</summary>
    internal const long BoundTicks = TimeSpan.TicksPerSecond / 20;

    private const long PaneTicks = 2 * BoundTicks;
    private const int Panes = 16;

    private readonly Pane[] _left = Made();
    private readonly Pane[] _right = Made();
    private bool _isRight;
    private long _latest = long.MinValue;

    /// <summary>Pairs.</summary>
    internal long Pairs { get; private set; }

    /// <summary>The values of the pairs, added up.</summary>
    internal long Total { get; private set; }

    internal void Add(ReadOnlySpan<Row> rows)
    {
        var (own, other) = _isRight ? (_right, _left) : (_left, _right);
        var (pairs, total, latest) = (0L, 0L, _latest);
        foreach (ref readonly var row in rows)
        {
            var (least, most) = (row.Time - BoundTicks, row.Time + BoundTicks);
            for (var number = least / PaneTicks; number <= most / PaneTicks; number++)
            {
                var pane = other[number & (Panes - 1)];
                if (pane.Number != number) continue;
                for (var at = pane.Head(row.Key); at != 0; at = pane.Entries[at - 1].Next)
                {
                    ref var entry = ref pane.Entries[at - 1];
                    if ((ulong)(entry.Time - least) > 2 * BoundTicks) continue;
                    pairs++;
                    total += entry.Value + row.Value;
                }
            }

            var ownNumber = row.Time / PaneTicks;
            var mine = own[ownNumber & (Panes - 1)];
            // Sixteen panes hold far more than delay and bound: what was here before is long out of reach.
            if (mine.Number != ownNumber) mine.Begin(ownNumber);
            mine.Add(row);
            if (row.Time > latest) latest = row.Time;
        }

        (Pairs, Total, _latest) = (Pairs + pairs, Total + total, latest);
        _isRight = !_isRight;
    }

    private static Pane[] Made() => [.. Enumerable.Range(0, Panes).Select(_ => new Pane())];

    private sealed class Pane
    {
        private Slot[] _slots = new Slot[256];
        private int _shift = 64 - 8;
        private int _used;
        private int _count;

        internal Entry[] Entries = new Entry[256];

        internal long Number { get; private set; } = long.MinValue;

        internal void Begin(long number)
        {
            Number = number;
            if (_count > 0) Array.Clear(_slots);
            _used = _count = 0;
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        internal int Head(long key) => SlotOf(key).Head;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        internal void Add(in Row row)
        {
            ref var slot = ref SlotOf(row.Key);
            if (slot.Key == 0) slot = ref Insert(row.Key);
            if (_count == Entries.Length) Array.Resize(ref Entries, _count * 2);
            Entries[_count] = new Entry { Time = row.Time, Value = row.Value, Next = slot.Head };
            slot.Head = ++_count;
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private ref Slot SlotOf(long key)
        {
            var slots = _slots;
            var at = (int)((ulong)key * 0x9E3779B97F4A7C15 >> _shift);
            while (true)
            {
                ref var slot = ref slots[at];
                if (slot.Key == key || slot.Key == 0) return ref slot;
                at = (at + 1) & (slots.Length - 1);
            }
        }

        [MethodImpl(MethodImplOptions.NoInlining)]
        private ref Slot Insert(long key)
        {
            if (++_used * 4L > _slots.Length * 3L)
            {
                var old = _slots;
                _slots = new Slot[old.Length * 2];
                _shift--;
                foreach (var slot in old)
                    if (slot.Key != 0) SlotOf(slot.Key) = slot;
            }

            ref var free = ref SlotOf(key);
            free.Key = key;
            return ref free;
        }

        private struct Slot
        {
            public long Key;
            public int Head;
        }

        internal struct Entry
        {
            public long Time, Value;
            public int Next;
        }
    }
}
