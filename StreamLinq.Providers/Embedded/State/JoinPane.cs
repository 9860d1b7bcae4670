// One stretch of time of a join: the rows of both sides that lie in it, and one table of their keys, so that a row is put in and its partners are found with one search.
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;

namespace StreamLinq.Embedded;

/// <summary>A key and the newest row of each side, plus one; both 0: the slot is free.</summary>
internal struct JoinSlot<TKey>
{
    public TKey Key;
    public int Left;
    public int Right;
}

/// <summary>Single writer.</summary>
internal sealed class JoinPane<TKey, THash>(ulong seed, JoinRows left, JoinRows right) where THash : struct, IKeyHash<TKey>
{
    private const int FirstCapacity = 16;

    private JoinSlot<TKey>[] _slots = new JoinSlot<TKey>[FirstCapacity];
    private int _shift = 64 - 4;
    private int _used;

    /// <summary>Where it begins.</summary>
    public long Start { get; set; }

    /// <summary>Where the last of its windows ends, where panes are parts of windows.</summary>
    public long End { get; set; }

    public JoinRows Left { get; set; } = left;

    public JoinRows Right { get; set; } = right;

    public int Live => Left.Live + Right.Live;

    public long SlotBytes => (long)_slots.Length * Unsafe.SizeOf<JoinSlot<TKey>>();

    public long MemoryBytes => SlotBytes + Left.MemoryBytes + Right.MemoryBytes;

    /// <summary>The slot of a key; a free one if the key is not there, and then the caller fills it or leaves it. The reference is good until the next call.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public ref JoinSlot<TKey> Find(TKey key)
    {
        var slots = _slots;
        var at = (int)(default(THash).Hash(key, seed) >> _shift);
        while (true)
        {
            ref var slot = ref slots[at];
            if ((slot.Left | slot.Right) == 0 || EqualityComparer<TKey>.Default.Equals(slot.Key, key)) return ref slot;
            at = (at + 1) & (slots.Length - 1);
        }
    }

    /// <summary>Asks for the slot where a key's search begins to be brought near the processor.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public unsafe void Prefetch(TKey key)
    {
        // The pointer is not followed: should the array be moved meanwhile, the hint is lost and nothing else.
        if (Sse.IsSupported) Sse.Prefetch0(Unsafe.AsPointer(ref _slots[(int)(default(THash).Hash(key, seed) >> _shift)]));
    }

    /// <summary>The same, with room made for the key before.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public ref JoinSlot<TKey> FindToAdd(TKey key)
    {
        if (_used * 4L >= _slots.Length * 3L) Grow();
        return ref Find(key);
    }

    /// <summary>Must be called when a slot that was free is filled.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Take(ref JoinSlot<TKey> slot, TKey key)
    {
        slot.Key = key;
        _used++;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void Grow()
    {
        var old = _slots;
        _slots = new JoinSlot<TKey>[old.Length * 2];
        _shift--;
        foreach (ref var slot in old.AsSpan())
            if ((slot.Left | slot.Right) != 0) Find(slot.Key) = slot;
    }

    /// <summary>Empty again, for another stretch of time; the table keeps its size, which the next stretch is likely to need too.</summary>
    public void Clear()
    {
        Array.Clear(_slots);
        _used = 0;
    }
}
