// How often each value occurs in each group: what CountDistinct keeps. A table of its own, so that an epoch writes the pairs that changed and not whole sets.
namespace StreamLinq.Embedded;

/// <summary>Counts pairs of group and value. Single writer.</summary>
internal sealed class ValueCounts<TKey, TValue>(ulong seed)
{
    private readonly GroupTable<(TKey Key, TValue Value), long, long, CompiledHash<(TKey, TValue)>> _pairs = new(seed, static (_, count) => count, Canonical.For<(TKey, TValue)>());

    public GroupTable<(TKey Key, TValue Value), long, long, CompiledHash<(TKey, TValue)>> Pairs => _pairs;

    /// <summary>Adds one occurrence, or takes one back (weight -1). Gives by how much the number of different values has changed: 1, 0 or -1.</summary>
    public long Add(TKey key, TValue value, long weight)
    {
        var slot = _pairs.Slot((key, value));   // before Entries is read: the table may grow
        ref var count = ref _pairs.Entries[slot].Accumulator;
        var before = count;
        count += weight;
        return (count != 0 ? 1 : 0) - (before != 0 ? 1 : 0);
    }
}
