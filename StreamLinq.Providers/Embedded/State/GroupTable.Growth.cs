// The part of a group table that grows. Of a large table the groups move a few at a time, with each new one: all at once would stall the stream for a second per ten million.
// A search looks into the new slots alone. A group that is not found there has yet to move or is new, and only then the former slots are asked: so a row whose group has moved pays nothing.
// A group moves with all that stand behind it up to a free slot. So a former slot that is free says that all groups whose search begins there have moved, or never were.
using System.Numerics;

namespace StreamLinq.Embedded;

internal sealed partial class GroupTable<TKey, TAccumulator, TResult, THash>
{
    private const long MovedAtOnceBytes = 256 << 10;

    // A table doubles when it is three quarters full, so all must have moved when three quarters as many new groups have come as there were slots.
    private const int SlotsPerNewGroup = 8;
    private const int TouchedPerNewGroup = 4;

    private Former? _former;

    /// <summary>How many groups have yet to move to the slots they get by the last growth.</summary>
    internal int Unmoved => _former?.Left ?? 0;

    private bool NeedsRoom => (Count + 1) * 4L > Entries.Length * 3L;

    private void Grow()
    {
        BeginResize(Entries.Length * 2);
        if (_former!.Entries.Length * SlotBytes <= MovedAtOnceBytes) FinishGrowth();
    }

    private void Resize(int capacity)
    {
        BeginResize(capacity);
        FinishGrowth();
    }

    private void BeginResize(int capacity)
    {
        FinishGrowth();
        _former = new Former(Entries, _takenSlots, _touchedSlots, _sequences, _epochs, _shift, Count, _touchedCount);
        Entries = new GroupEntry<TKey, TAccumulator>[capacity];
        _takenSlots = new ulong[capacity / 64];
        _touchedSlots = new ulong[capacity / 64];
        if (_ordered) _sequences = new int[capacity];
        if (_cold is not null) _epochs = new uint[capacity];
        _shift = 64 - BitOperations.Log2((uint)capacity);
    }

    // Before all slots are gone through.
    private void FinishGrowth()
    {
        if (_former is not { } former) return;
        while (former.Left > 0) MoveNext(former);
        FindTouched(former, former.TouchedCount);
        _former = null;
    }

    private void MoveSome(Former former)
    {
        for (var i = 0; i < SlotsPerNewGroup && former.Left > 0; i++) MoveNext(former);
        FindTouched(former, Math.Min(former.Found + TouchedPerNewGroup, former.TouchedCount));
        if (former.Left == 0 && former.Found == former.TouchedCount) _former = null;
    }

    private void MoveNext(Former former)
    {
        if (Has(former.Taken, former.Next)) Move(former, former.Next);
        former.Next++;
    }

    // Moves the groups among which a key's is, if it is there still.
    private void MoveThoseOf(TKey key)
    {
        if (_former is not { } former) return;
        var slot = (int)(default(THash).Hash(key, _seed) >> former.Shift);
        if (Has(former.Taken, slot)) Move(former, slot);
    }

    private void Move(Former former, int slot)
    {
        var mask = former.Entries.Length - 1;
        for (; Has(former.Taken, slot); slot = (slot + 1) & mask)
        {
            ref var entry = ref former.Entries[slot];
            var free = Free(entry.Key);
            Entries[free] = entry;
            Set(_takenSlots, free);
            if (Has(former.Touched, slot)) Set(_touchedSlots, free);
            if (_ordered) _sequences[free] = former.Sequences[slot];
            if (former.Epochs.Length > 0) _epochs[free] = former.Epochs[slot];
            Unset(former.Taken, slot);
            former.Left--;
        }
    }

    // What was touched before the table grew is known by its former slot, which still has the key.
    private void FindTouched(Former former, int until)
    {
        for (; former.Found < until; former.Found++)
        {
            ref var touched = ref _touched[former.Found];
            touched = touched with { Slot = Find(former.Entries[touched.Slot].Key) };
        }
    }

    /// <summary>The slots before the last growth, while groups move out of them.</summary>
    private sealed class Former(GroupEntry<TKey, TAccumulator>[] entries, ulong[] taken, ulong[] touched, int[] sequences, uint[] epochs, int shift, int groups, int touchedCount)
    {
        internal readonly GroupEntry<TKey, TAccumulator>[] Entries = entries;
        internal readonly ulong[] Taken = taken;
        internal readonly ulong[] Touched = touched;
        internal readonly int[] Sequences = sequences;
        internal readonly uint[] Epochs = epochs;
        internal readonly int Shift = shift;

        /// <summary>How many of the touched groups are known by their slots here.</summary>
        internal readonly int TouchedCount = touchedCount;

        /// <summary>How many of these are known by their new slots already.</summary>
        internal int Found;

        /// <summary>The slot to look at next.</summary>
        internal int Next;

        /// <summary>How many groups are here.</summary>
        internal int Left = groups;
    }
}
