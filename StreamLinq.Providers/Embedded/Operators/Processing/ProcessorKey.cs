// What a Process operator keeps of one key: a place per declared state, and how much of it is there. Keys of which nothing is left are dropped by that count, without looking at any state.
namespace StreamLinq.Embedded;

/// <summary>One key of a Process operator. Single writer.</summary>
internal abstract class ProcessorKey(byte[] bytes, int states)
{
    /// <summary>The key's canonical bytes: the beginning of every key its state is stored under, and what orders timers of one time.</summary>
    public byte[] Bytes { get; } = bytes;

    /// <summary>What the state with that number keeps; null: nothing.</summary>
    public object?[] States { get; } = new object?[states];

    /// <summary>How many values, list items, map entries and timers there are.</summary>
    public int Entries { get; set; }

    /// <summary>Whether the last committed epoch left something of it.</summary>
    public bool IsKept { get; set; }

    public bool IsTouched { get; set; }

    public bool IsChanged { get; set; }

    /// <summary>When its state is to be looked through for what has lived long enough.</summary>
    public long SweepAt { get; set; } = long.MaxValue;
}

internal sealed class ProcessorKey<TKey>(TKey key, byte[] bytes, int states) : ProcessorKey(bytes, states)
{
    public TKey Key { get; } = key;
}
