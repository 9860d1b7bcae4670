// The loops that a good programmer would write for one query and no other: the limit that the engine is measured against. Open addressing, Fibonacci hash, load at most 0.75,
// key and value side by side, no check for overflow, no errors, no epochs, no output.
using System.Runtime.CompilerServices;

namespace StreamLinq.Benchmarks;

/// <summary>Adds up a value per key: 16 bytes per slot. The limit.</summary>
internal sealed class HandWrittenSum
{
    private Entry[] _entries;
    private int _shift;
    private int _count;

    internal HandWrittenSum() => (_entries, _shift) = (new Entry[256], 64 - 8);

    internal long Keys => _count;

    internal long Total => _entries.Sum(e => e.Sum);

    internal void Add(ReadOnlySpan<Row> rows)
    {
        foreach (ref readonly var row in rows) Slot(row.Key).Sum += row.Value;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private ref Entry Slot(long key)
    {
        var entries = _entries;
        var slot = (int)((ulong)key * 0x9E3779B97F4A7C15 >> _shift);
        while (true)
        {
            ref var entry = ref entries[slot];
            if (entry.Key == key) return ref entry;
            if (entry.Key == 0) return ref Insert(key);
            slot = (slot + 1) & (entries.Length - 1);
        }
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private ref Entry Insert(long key)
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
        return ref free;
    }

    private ref Entry Free(long key)
    {
        var slot = (int)((ulong)key * 0x9E3779B97F4A7C15 >> _shift);
        while (_entries[slot].Key != 0) slot = (slot + 1) & (_entries.Length - 1);
        return ref _entries[slot];
    }

    private struct Entry
    {
        public long Key, Sum;
    }
}

/// <summary>Counts and adds up per key: what the measured query does, 24 bytes per slot.</summary>
internal sealed class HandWrittenCountAndSum
{
    private Entry[] _entries;
    private int _shift;
    private int _count;

    internal HandWrittenCountAndSum() => (_entries, _shift) = (new Entry[256], 64 - 8);

    internal long Keys => _count;

    internal long Total => _entries.Sum(e => e.Sum);

    internal void Add(ReadOnlySpan<Row> rows)
    {
        foreach (ref readonly var row in rows)
        {
            ref var entry = ref Slot(row.Key);
            entry.Count++;
            entry.Sum += row.Value;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private ref Entry Slot(long key)
    {
        var entries = _entries;
        var slot = (int)((ulong)key * 0x9E3779B97F4A7C15 >> _shift);
        while (true)
        {
            ref var entry = ref entries[slot];
            if (entry.Key == key) return ref entry;
            if (entry.Key == 0) return ref Insert(key);
            slot = (slot + 1) & (entries.Length - 1);
        }
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private ref Entry Insert(long key)
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
        return ref free;
    }

    private ref Entry Free(long key)
    {
        var slot = (int)((ulong)key * 0x9E3779B97F4A7C15 >> _shift);
        while (_entries[slot].Key != 0) slot = (slot + 1) & (_entries.Length - 1);
        return ref _entries[slot];
    }

    private struct Entry
    {
        public long Key, Count, Sum;
    }
}
