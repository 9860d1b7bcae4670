// The part of a group table that deals with groups out of memory. A row for such a group makes a new entry, as for a group that never was; at the end of the epoch all new entries are looked up
// at once, with many reads under way, and what is found is merged in front of what the epoch brought. So rows never wait for a disk. Where parts of a group cannot be merged exactly,
// each is looked up when its first row comes.
using System.Numerics;

namespace StreamLinq.Embedded;

internal sealed partial class GroupTable<TKey, TAccumulator, TResult, THash>
{
    private const int SampledSlots = 4096;
    private const double GrowsAt = 0.74;
    private const double LeastFull = 0.3;
    private const double GivenUp = 0.1;

    private ColdEntries<TKey, TAccumulator>? _cold;
    private GroupMerge<TAccumulator>? _merge;
    private int[] _unknown = [];
    private int _inserted;
    private int _before;

    /// <summary>How many groups are out of memory.</summary>
    internal long ColdRows => _cold?.Rows ?? 0;

    /// <summary>From now on groups may be out of memory.</summary>
    /// <param name="cold">Which.</param>
    /// <param name="merge">Joins the part of a group that was out of memory with the part that the epoch brought; null where they cannot be joined.</param>
    internal void UseCold(ColdEntries<TKey, TAccumulator> cold, GroupMerge<TAccumulator>? merge)
    {
        _cold = cold;
        _merge = merge;
        // What is there already was touched before anybody asked when, and may be the first to leave.
        _epochs = new uint[Entries.Length];
    }

    private bool TakeAtOnce(ref GroupEntry<TKey, TAccumulator> entry, int slot)
    {
        if (_merge is not null || !_cold!.TryTake(entry.Key, out var state)) return false;
        entry.Accumulator = state;
        Note(new TouchedGroup<TResult>(slot, true, _result(entry.Key, state)));
        return true;
    }

    /// <summary>Brings back what the epoch has touched of the groups out of memory. Before anything is sent or written.</summary>
    /// <param name="from">The first touch that is not known yet.</param>
    internal void TakeTouched(int from = 0)
    {
        if (_merge is null || ColdRows == 0) return;
        var all = Touched;
        if (_unknown.Length < _touchedCount) _unknown = new int[_touched.Length];
        var count = 0;
        for (var i = from; i < _touchedCount; i++)
            if (!all[i].Existed) _unknown[count++] = i;
        _cold!.Take(_unknown.AsSpan(0, count), touched => Entries[_touched[touched].Slot].Key, Join);
        if (_unknown.Length > FewTouched && count < _unknown.Length / 8) _unknown = [];
    }

    private void Join(int touched, TAccumulator earlier)
    {
        ref var entry = ref Entries[_touched[touched].Slot];
        var old = _result(entry.Key, earlier);
        _merge!(ref earlier, entry.Accumulator);
        entry.Accumulator = earlier;
        _touched[touched] = new TouchedGroup<TResult>(_touched[touched].Slot, true, old);
    }

    /// <summary>Takes back a restored group.</summary>
    internal void RestoreRemoval(TKey key)
    {
        var slot = Find(key);
        if (Has(_takenSlots, slot)) RemoveAt(slot);
    }

    /// <summary>Between epochs: lets groups leave so that the slots take so many bytes at most, with room for new ones; those that have not been touched for the longest time first. Says what room there is then.</summary>
    /// <param name="bytes">What the slots may take.</param>
    /// <param name="epochs">Groups that were touched later than in so many epochs of the table stay; 0: only restored ones may leave, less: none.</param>
    /// <param name="isOver">Whether a group is over: it leaves nothing behind.</param>
    internal TableRoom Keep(long bytes, long epochs, Func<TAccumulator, bool>? isOver)
    {
        // While a table doubles it is there once more, in half the size.
        var most = Math.Max(SlotsIn(bytes * 2 / 3), Math.Min(Entries.Length, SlotsIn(bytes)));
        // A table that doubles within an epoch and is halved after it would be copied twice per epoch.
        var full = Math.Max(LeastFull, GrowsAt - (1.25 * _inserted / most));
        if (Room() is var room and not TableRoom.None) return room;
        // Where groups have gone by themselves, a table may be too large and hold few.
        var excess = Count - (int)(most * (full - GivenUp));
        if (epochs >= 0 && excess > 0) Evict((uint)Math.Min(Restored + epochs, _epoch - 1), excess, isOver);
        while (Entries.Length > most && Count < Entries.Length / 2 * GrowsAt) Resize(Entries.Length / 2);
        return Room();

        TableRoom Room() => Entries.Length < most || (Entries.Length == most && Count + _inserted < most * full) ? TableRoom.Enough
            : Entries.Length == most && Count < most * full ? TableRoom.Little : TableRoom.None;
    }

    // The largest size that takes no more.
    private int SlotsIn(long bytes) => (int)Math.Clamp((long)BitOperations.RoundUpToPowerOf2((ulong)Math.Max(1, bytes / SlotBytes) + 1) / 2, FirstCapacity, MostCapacity);

    // How many groups an epoch brings into memory, by the last ones.
    private void CountInserted()
    {
        _inserted = Math.Max(Count - _before, _inserted - (_inserted / 4));
        _before = Count;
    }

    /// <summary>The slots in use sorted into parts by the hash of their keys, within a part in the order of the groups' first rows.</summary>
    internal int[] SlotsByPart(Func<ulong, int> partOf, int parts, out int[] starts)
    {
        starts = new int[parts + 1];
        int[] order = [];
        var inOrder = InOrder(ref order);
        foreach (var slot in inOrder) starts[PartOf(slot, partOf) + 1]++;
        for (var part = 0; part < parts; part++) starts[part + 1] += starts[part];
        var next = starts[..^1];
        var slots = new int[inOrder.Length];
        foreach (var slot in inOrder) slots[next[PartOf(slot, partOf)]++] = slot;
        return slots;
    }

    /// <summary>The part of a slot's key.</summary>
    internal int PartOf(int slot, Func<ulong, int> partOf) => partOf(default(THash).Hash(Entries[slot].Key, _seed));

    /// <summary>Empties the table and gives its memory back.</summary>
    internal void Reset()
    {
        EndEpoch([]);
        _former = null;
        Count = 0;
        _takenSlots = [];
        Entries = [];
        Resize(FirstCapacity);
        _touched = new TouchedGroup<TResult>[64];
        Count = _before = _next = _nextBefore = 0;
    }

    private void Evict(uint through, int count, Func<TAccumulator, bool>? isOver)
    {
        FinishGrowth();
        var (oldest, part) = OldestOf((double)count / Count);
        // Between two free slots no search crosses: what stays of such a stretch is put back into it.
        var mask = Entries.Length - 1;
        var begin = 0;
        while (Has(_takenSlots, begin)) begin++;
        var staying = new List<(GroupEntry<TKey, TAccumulator> Entry, uint Epoch)>();
        for (var i = 1; i <= Entries.Length; i++)
        {
            var slot = (begin + i) & mask;
            ref var entry = ref Entries[slot];
            if (!Has(_takenSlots, slot))
            {
                foreach (var (one, epoch) in staying) PutBack(one, epoch);
                staying.Clear();
                continue;
            }

            // Of those of the last epoch that leaves, a part goes, from everywhere: a table that is empty here and full there is slow to search.
            var touched = _epochs[slot];
            if (touched > through || touched > oldest || (touched == oldest && Scattered(i) >= part)) staying.Add((entry, touched));
            else
            {
                if (isOver is null || !isOver(entry.Accumulator)) _cold!.Leave(entry.Key, entry.Accumulator);
                Count--;
            }

            entry = default;
            _epochs[slot] = Restored;
            Unset(_takenSlots, slot);
        }

        _before = Count;
    }

    private void PutBack(GroupEntry<TKey, TAccumulator> entry, uint epoch)
    {
        var free = Free(entry.Key);
        Entries[free] = entry;
        _epochs[free] = epoch;
        Set(_takenSlots, free);
    }

    // A number from 0 to 1 for each slot, without order.
    private static double Scattered(int slot) => (uint)slot * 2654435769u * (1.0 / uint.MaxValue);

    // The epoch by which about such a part of the groups was touched for the last time, and the part of its own groups that belongs to it.
    private (uint Epoch, double Part) OldestOf(double part)
    {
        var step = Math.Max(1, Entries.Length / SampledSlots);
        var sample = new List<uint>(SampledSlots);
        for (var slot = 0; slot < Entries.Length; slot += step)
            if (Has(_takenSlots, slot)) sample.Add(_epochs[slot]);
        if (sample.Count == 0) return (uint.MaxValue, 1);
        sample.Sort();
        var at = Math.Min(sample.Count - 1, (int)Math.Ceiling(part * sample.Count));
        var (first, last) = (sample.IndexOf(sample[at]), sample.LastIndexOf(sample[at]));
        return (sample[at], (double)(at + 1 - first) / (last + 1 - first));
    }
}
