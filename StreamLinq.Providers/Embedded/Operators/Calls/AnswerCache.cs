// Answers kept for later rows: so many, the one that was not used for the longest time goes first, and none is used for longer than it may. An answer that there is nothing is one too.
using System.Diagnostics.CodeAnalysis;

namespace StreamLinq.Embedded;

/// <summary>One thread at a time.</summary>
/// <param name="size">How many; 0: none.</param>
/// <param name="keepFor">For how long; zero: until it has to make room.</param>
/// <param name="clock">The clock.</param>
internal sealed class AnswerCache<TKey, TAnswer>(long size, TimeSpan keepFor, TimeProvider clock)
{
    private readonly Dictionary<ValueTuple<TKey>, LinkedListNode<Entry>> _entries = [];
    private readonly LinkedList<Entry> _byUse = [];

    private sealed record Entry(TKey Key, TAnswer Answer, long At);

    internal int Count => _entries.Count;

    internal bool TryGet(TKey key, [MaybeNullWhen(false)] out TAnswer answer)
    {
        answer = default;
        if (size == 0 || !_entries.TryGetValue(new(key), out var entry)) return false;
        if (keepFor > TimeSpan.Zero && clock.GetElapsedTime(entry.Value.At) >= keepFor)
        {
            Remove(entry);
            return false;
        }

        _byUse.Remove(entry);
        _byUse.AddLast(entry);
        answer = entry.Value.Answer;
        return true;
    }

    internal void Put(TKey key, TAnswer answer)
    {
        if (size == 0) return;
        if (_entries.TryGetValue(new(key), out var known)) Remove(known);
        if (_entries.Count >= size) Remove(_byUse.First!);
        _entries[new(key)] = _byUse.AddLast(new Entry(key, answer, clock.GetTimestamp()));
    }

    private void Remove(LinkedListNode<Entry> entry)
    {
        _entries.Remove(new(entry.Value.Key));
        _byUse.Remove(entry);
    }
}
