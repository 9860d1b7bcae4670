// The resident table of a group-by: open addressing, key and accumulators side by side and nothing else, so that a row touches one cache line. What else is known of a slot lies beside the slots:
// a bit says whether the running epoch has touched it, one whether it is taken, and these stay near the processor. The first touch of an epoch notes what the group's result was, so that
// changes can be sent and written without a scan.
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.X86;

namespace StreamLinq.Embedded;

/// <summary>A key with its accumulators.</summary>
internal struct GroupEntry<TKey, TAccumulator>
{
    public TKey Key;
    public TAccumulator Accumulator;
}

/// <summary>A group that the running epoch has touched.</summary>
/// <param name="Slot">Where it is.</param>
/// <param name="Existed">Whether it was there before the epoch.</param>
/// <param name="Old">Its result before the epoch, if it was.</param>
internal readonly record struct TouchedGroup<TResult>(int Slot, bool Existed, TResult? Old);

/// <summary>What a group gives: its key and its aggregates as one row.</summary>
internal delegate TResult GroupResult<TKey, TAccumulator, TResult>(TKey key, TAccumulator accumulator);

/// <summary>The same for a group of a window.</summary>
internal delegate TResult WindowResult<TKey, TState, TResult>(TKey key, Window window, TState state);

/// <summary>Joins two parts of one group. The part that stays has the earlier rows; the other is left as it is and shares nothing that can change with the first, so it can be merged again.</summary>
internal delegate void GroupMerge<TState>(ref TState into, TState from);

/// <summary>Single writer, no locks.</summary>
internal sealed partial class GroupTable<TKey, TAccumulator, TResult, THash> where THash : struct, IKeyHash<TKey>
{
    private const int FirstCapacity = 256;
    private const int MostCapacity = 1 << 30;
    private const uint Restored = 0;
    private const int FewTouched = 1 << 16;
    private const long LargeBytes = 512 << 10;

    // Larger slots mostly lie in two cache lines.
    private const int WithinLine = 32;

    private readonly ulong _seed;
    private readonly GroupResult<TKey, TAccumulator, TResult> _result;
    private readonly Func<TKey, TKey>? _canonical;
    private readonly bool _ordered;
    private TouchedGroup<TResult>[] _touched = new TouchedGroup<TResult>[64];
    private ulong[] _touchedSlots = new ulong[FirstCapacity / 64];
    private ulong[] _takenSlots = new ulong[FirstCapacity / 64];

    // How many groups came before: the order of the groups' first rows, where groups never go one by one.
    private int[] _sequences = [];

    // When a group was last touched, where groups can leave memory; that of a free slot is that of a restored group.
    private uint[] _epochs = [];
    private int _shift = 64 - 8;
    private uint _epoch = Restored + 1;
    private int _touchedCount;

    /// <param name="seed">The query's seed.</param>
    /// <param name="result">Computes a group's row.</param>
    /// <param name="canonical">Gives the one form of a key that is kept; null where equal keys have only one form.</param>
    /// <param name="ordered">Whether the order of the groups' first rows is asked for.</param>
    public GroupTable(ulong seed, GroupResult<TKey, TAccumulator, TResult> result, Func<TKey, TKey>? canonical, bool ordered = false)
    {
        _ordered = ordered;
        if (ordered) _sequences = new int[FirstCapacity];
        _seed = seed;
        _result = result;
        _canonical = canonical;
    }

    /// <summary>The slots. Compiled loops write accumulators here; the array is another one after the table has grown, so it is read again after each <see cref="Slot"/>.</summary>
    public GroupEntry<TKey, TAccumulator>[] Entries = new GroupEntry<TKey, TAccumulator>[FirstCapacity];

    public int Count { get; private set; }

    public ReadOnlySpan<TouchedGroup<TResult>> Touched
    {
        get
        {
            if (_former is { } former) FindTouched(former, former.TouchedCount);
            return _touched.AsSpan(0, _touchedCount);
        }
    }

    public long MemoryBytes => ((Entries.Length + (_former?.Entries.Length ?? 0)) * SlotBytes) + ((long)_touched.Length * Unsafe.SizeOf<TouchedGroup<TResult>>());

    // With a quarter of a byte for its two bits, rounded up.
    private long SlotBytes => Unsafe.SizeOf<GroupEntry<TKey, TAccumulator>>() + 1 + (_ordered ? sizeof(int) : 0) + (_cold is null ? 0 : sizeof(uint));

    /// <summary>The slot of a key, which is made if it is not there.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public int Slot(TKey key)
    {
        var entries = Entries;
        var slot = (int)(default(THash).Hash(key, _seed) >> _shift);
        while (true)
        {
            if (EqualityComparer<TKey>.Default.Equals(entries[slot].Key, key)) return Has(_touchedSlots, slot) ? slot : Touch(slot, key);
            if (!Has(_takenSlots, slot)) return Insert(slot, key);
            slot = (slot + 1) & (entries.Length - 1);
        }
    }

    // There are as many bits as slots.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool Has(ulong[] slots, int slot) => ((Unsafe.Add(ref MemoryMarshal.GetArrayDataReference(slots), (uint)slot >> 6) >> slot) & 1) != 0;

    private static void Set(ulong[] slots, int slot) => slots[slot >> 6] |= 1UL << slot;

    private static void Unset(ulong[] slots, int slot) => slots[slot >> 6] &= ~(1UL << slot);

    // The key of a free slot is the default, which may be the key that is looked for.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private int Touch(int slot, TKey key)
    {
        if (!Has(_takenSlots, slot)) return Insert(slot, key);
        ref var entry = ref Entries[slot];
        MarkTouched(slot);
        Note(new TouchedGroup<TResult>(slot, true, _result(entry.Key, entry.Accumulator)));
        return slot;
    }

    private void MarkTouched(int slot)
    {
        Set(_touchedSlots, slot);
        if (_epochs.Length > 0) _epochs[slot] = _epoch;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private int Insert(int slot, TKey key)
    {
        if (_former is not null)
        {
            MoveThoseOf(key);
            slot = Search(key);
            if (Has(_takenSlots, slot)) return Has(_touchedSlots, slot) ? slot : Touch(slot, key);
            MoveSome(_former);
            slot = Search(key);
        }

        if (NeedsRoom)
        {
            Grow();
            slot = Free(key);
        }

        ref var entry = ref Entries[slot];
        Count++;
        if (_ordered) _sequences[slot] = _next++;
        Set(_takenSlots, slot);
        MarkTouched(slot);
        entry.Key = _canonical is null ? key : _canonical(key);
        if (_cold is null || !TakeAtOnce(ref entry, slot)) Note(new TouchedGroup<TResult>(slot, false, default));
        return slot;
    }

    private void Note(TouchedGroup<TResult> touched)
    {
        if (_touchedCount == _touched.Length) Array.Resize(ref _touched, _touchedCount * 2);
        if (Order is not null) NoteArrival();
        _touched[_touchedCount++] = touched;
    }

    // The slot of a key, or the one it would get.
    private int Search(TKey key)
    {
        var slot = (int)(default(THash).Hash(key, _seed) >> _shift);
        while (Has(_takenSlots, slot) && !EqualityComparer<TKey>.Default.Equals(Entries[slot].Key, key)) slot = (slot + 1) & (Entries.Length - 1);
        return slot;
    }

    private int Free(TKey key)
    {
        var slot = (int)(default(THash).Hash(key, _seed) >> _shift);
        while (Has(_takenSlots, slot)) slot = (slot + 1) & (Entries.Length - 1);
        return slot;
    }

    /// <summary>The slot of a key that is there.</summary>
    private int Find(TKey key)
    {
        MoveThoseOf(key);
        return Search(key);
    }

    /// <summary>The row of a group as it is now.</summary>
    public TResult Result(int slot)
    {
        ref var entry = ref Entries[slot];
        return _result(entry.Key, entry.Accumulator);
    }

    /// <summary>Whether most slots are far from the processor when they are asked for.</summary>
    public bool IsLarge => (long)Entries.Length * Unsafe.SizeOf<GroupEntry<TKey, TAccumulator>>() > LargeBytes;

    /// <summary>Asks for the slot where a key's search begins to be brought near the processor.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Prefetch(TKey key) => PrefetchSlot((int)(default(THash).Hash(key, _seed) >> _shift));

    /// <summary>The same for a group that the epoch has touched: in a large table each one is a cache miss, and several at a time cost hardly more than one.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void PrefetchTouched(int touched)
    {
        if (touched < _touchedCount) PrefetchSlot(_touched[touched].Slot);
    }

    /// <summary>The same for a slot.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public unsafe void PrefetchSlot(int slot)
    {
        // The pointer is not followed: should the array be moved meanwhile, the hint is lost and nothing else.
        if (!Sse.IsSupported) return;
        var entry = (byte*)Unsafe.AsPointer(ref Entries[slot]);
        Sse.Prefetch0(entry);
        if (Unsafe.SizeOf<GroupEntry<TKey, TAccumulator>>() > WithinLine) Sse.Prefetch0(entry + Unsafe.SizeOf<GroupEntry<TKey, TAccumulator>>() - 1);
    }

    /// <summary>Makes room for so many groups, before the first one comes.</summary>
    public void Reserve(long groups)
    {
        var capacity = (long)Entries.Length;
        while (capacity * 3 < groups * 4 && capacity < MostCapacity) capacity *= 2;
        if (capacity > Entries.Length) Resize((int)capacity);
    }

    /// <summary>Puts back a group from a checkpoint; it does not count as touched.</summary>
    public void Restore(TKey key, TAccumulator accumulator) => RestoreSlot(key, accumulator);

    /// <summary>The same, in the place it had among the others.</summary>
    public void Restore(TKey key, TAccumulator accumulator, int sequence)
    {
        var next = _next;
        var slot = RestoreSlot(key, accumulator);
        _sequences[slot] = sequence;
        _next = Math.Max(next, sequence + 1);
        _nextBefore = _next;
    }

    // What stands beside the groups may not be there yet, so no result is asked for. Millions of groups may come: nothing is written but the slot and its bit.
    private int RestoreSlot(TKey key, TAccumulator accumulator)
    {
        if (NeedsRoom) Grow();
        if (_former is not null)
        {
            MoveThoseOf(key);
            MoveSome(_former);
        }

        var slot = Search(key);
        ref var entry = ref Entries[slot];
        if (!Has(_takenSlots, slot))
        {
            Count++;
            if (_ordered) _sequences[slot] = _next++;
            Set(_takenSlots, slot);
            entry.Key = _canonical is null ? key : _canonical(key);
        }

        entry.Accumulator = accumulator;
        return slot;
    }

    /// <summary>How many groups came before that of a slot.</summary>
    public int SequenceOf(int slot) => _sequences[slot];

    /// <summary>The slots in use in the order of the groups' first rows, for tables that groups do not leave one by one.</summary>
    /// <param name="order">A buffer, used if it is large enough.</param>
    public ReadOnlySpan<int> InOrder(ref int[] order)
    {
        FinishGrowth();
        if (_next != Count) return InOrderWithGaps(ref order);
        if (order.Length < Count) order = new int[Entries.Length];
        for (var slot = 0; slot < Entries.Length; slot++)
            if (Has(_takenSlots, slot)) order[_sequences[slot]] = slot;
        return order.AsSpan(0, Count);
    }

    /// <summary>Empties the table and keeps its size, which the next pane is likely to need too.</summary>
    public void Clear()
    {
        EndEpoch([]);
        _former = null;
        Array.Clear(Entries);
        Array.Clear(_takenSlots);
        Array.Clear(_epochs);
        Count = _next = _nextBefore = 0;
    }

    /// <summary>The slots in use, in no order that means anything.</summary>
    public IEnumerable<int> Slots()
    {
        FinishGrowth();
        for (var slot = 0; slot < Entries.Length; slot++)
            if (Has(_takenSlots, slot)) yield return slot;
    }

    /// <summary>Ends the epoch: removes groups that are gone and forgets what was touched.</summary>
    public void EndEpoch(IReadOnlyList<TKey> gone)
    {
        ForgetTouched();
        if (RuntimeHelpers.IsReferenceOrContainsReferences<TResult>()) Array.Clear(_touched, 0, _touchedCount);
        if (_touched.Length > FewTouched && _touchedCount < _touched.Length / 8) _touched = new TouchedGroup<TResult>[_touched.Length / 4];
        _touchedCount = 0;
        _epoch++;
        foreach (var key in gone) Remove(key);
        _nextBefore = _next;
        CountInserted();
    }

    // A few bits one by one, many all at once.
    private void ForgetTouched()
    {
        var all = Touched;
        if (all.Length > _touchedSlots.Length) Array.Clear(_touchedSlots);
        else
            foreach (ref readonly var touched in all) Unset(_touchedSlots, touched.Slot);
    }

    // Linear probing without tombstones: what follows moves up, so that no search ends too early.
    private void Remove(TKey key) => RemoveAt(Find(key));

    private void RemoveAt(int hole)
    {
        var mask = Entries.Length - 1;
        Count--;
        for (var next = (hole + 1) & mask; Has(_takenSlots, next); next = (next + 1) & mask)
        {
            var home = (int)(default(THash).Hash(Entries[next].Key, _seed) >> _shift);
            if (((next - home) & mask) < ((next - hole) & mask)) continue;
            Entries[hole] = Entries[next];
            if (_ordered) _sequences[hole] = _sequences[next];
            if (_epochs.Length > 0) _epochs[hole] = _epochs[next];
            hole = next;
        }

        Entries[hole] = default;
        Unset(_takenSlots, hole);
        if (_epochs.Length > 0) _epochs[hole] = Restored;
    }
}
