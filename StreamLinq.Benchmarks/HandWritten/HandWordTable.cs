// The table of the hand-written loop over strings: as the one over longs, with a quick hash over the characters that nobody hostile must feed. No string is copied.
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace StreamLinq.Benchmarks;

/// <summary>Sums by word.</summary>
internal sealed class HandWordTable
{
    private const ulong Odd = 0x9E3779B97F4A7C15;

    private Entry[] _entries = new Entry[256];
    private int _shift = 64 - 8;
    private int _count;

    internal long Total => _entries.Sum(e => e.Sum);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal ref long Slot(string word)
    {
        var entries = _entries;
        var slot = (int)(Hash(word) >> _shift);
        while (true)
        {
            ref var entry = ref entries[slot];
            if (entry.Word is null) return ref Insert(word);
            if (ReferenceEquals(entry.Word, word) || entry.Word == word) return ref entry.Sum;
            slot = (slot + 1) & (entries.Length - 1);
        }
    }

    private static ulong Hash(string word)
    {
        var bytes = MemoryMarshal.AsBytes(word.AsSpan());
        var hash = (ulong)bytes.Length;
        for (; bytes.Length >= 8; bytes = bytes[8..]) hash = (hash ^ MemoryMarshal.Read<ulong>(bytes)) * Odd;
        foreach (var character in MemoryMarshal.Cast<byte, char>(bytes)) hash = (hash ^ character) * Odd;
        return (hash ^ (hash >> 32)) * Odd;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private ref long Insert(string word)
    {
        if (++_count * 4L > _entries.Length * 3L)
        {
            var old = _entries;
            _entries = new Entry[old.Length * 2];
            _shift--;
            foreach (var entry in old)
                if (entry.Word is not null) Free(entry.Word) = entry;
        }

        ref var free = ref Free(word);
        free.Word = word;
        return ref free.Sum;
    }

    private ref Entry Free(string word)
    {
        var slot = (int)(Hash(word) >> _shift);
        while (_entries[slot].Word is not null) slot = (slot + 1) & (_entries.Length - 1);
        return ref _entries[slot];
    }

    private struct Entry
    {
        public string Word;
        public long Sum;
    }
}
