// The table that a good programmer would write for the loops that the engine is measured against: open addressing, Fibonacci hash, load at most 0.75, key and value side by side.
// No check for overflow, no errors, no epochs, no seed.
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;

namespace StreamLinq.Benchmarks;

/// <summary>Values by key. A key is never 0.</summary>
internal sealed class HandTable<TValue> where TValue : struct
{
    private const ulong Odd = 0x9E3779B97F4A7C15;

    private Entry[] _entries = new Entry[256];
    private ulong[] _noted = new ulong[256 / 64];
    private int _shift = 64 - 8;

    internal int Count { get; private set; }

    /// <summary>The slots; those with key 0 are free.</summary>
    internal ReadOnlySpan<Entry> Entries => _entries;

    /// <summary>The value of a key, which is made if it is not there. The reference holds until the next key is asked for.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal ref TValue Slot(long key)
    {
        var entries = _entries;
        var slot = (int)((ulong)key * Odd >> _shift);
        while (true)
        {
            ref var entry = ref entries[slot];
            if (entry.Key == key) return ref entry.Value;
            if (entry.Key == 0) return ref Insert(key);
            slot = (slot + 1) & (entries.Length - 1);
        }
    }

    /// <summary>The same, noting which keys were asked for since <see cref="Forget"/>: what an engine has to know that tells which results have changed.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal ref TValue SlotNoting(long key)
    {
        var entries = _entries;
        var slot = (int)((ulong)key * Odd >> _shift);
        while (true)
        {
            ref var entry = ref entries[slot];
            if (entry.Key == key)
            {
                ref var noted = ref _noted[slot >> 6];
                if (((noted >> slot) & 1) == 0) noted |= 1UL << slot;
                return ref entry.Value;
            }

            if (entry.Key == 0) return ref Insert(key);
            slot = (slot + 1) & (entries.Length - 1);
        }
    }

    internal void Forget() => Array.Clear(_noted);

    /// <summary>Asks for the place of a key that is looked for soon.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal unsafe void Prefetch(long key)
    {
        if (Sse.IsSupported) Sse.Prefetch0(Unsafe.AsPointer(ref _entries[(int)((ulong)key * Odd >> _shift)]));
    }

    /// <summary>Empties it; it keeps its size.</summary>
    internal void Clear()
    {
        Array.Clear(_entries);
        Count = 0;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private ref TValue Insert(long key)
    {
        if (++Count * 4L > _entries.Length * 3L)
        {
            var old = _entries;
            _entries = new Entry[old.Length * 2];
            _noted = new ulong[_entries.Length / 64];
            _shift--;
            foreach (var entry in old)
                if (entry.Key != 0) Free(entry.Key) = entry;
        }

        ref var free = ref Free(key);
        free.Key = key;
        return ref free.Value;
    }

    private ref Entry Free(long key)
    {
        var slot = (int)((ulong)key * Odd >> _shift);
        while (_entries[slot].Key != 0) slot = (slot + 1) & (_entries.Length - 1);
        return ref _entries[slot];
    }

    internal struct Entry
    {
        public long Key;
        public TValue Value;
    }
}
