// The different values of a part of a group, for CountDistinct in windows. The codec reads and writes them as a list, in the order in which they first came.
namespace StreamLinq.Embedded;

/// <summary>A set of values, compared as keys are. Single writer.</summary>
internal sealed class DistinctValues<TValue>
{
    private readonly HashSet<TValue> _set;

    public DistinctValues(List<TValue> values) => _set = new HashSet<TValue>(values, SeededEquality<TValue>.Instance);

    /// <summary>A copy of the values.</summary>
    public List<TValue> Values => [.. _set];

    public static DistinctValues<TValue> Add(DistinctValues<TValue>? values, TValue value)
    {
        values ??= new DistinctValues<TValue>([]);
        values._set.Add(value);
        return values;
    }

    /// <summary>Adds the values of another set, which stays as it is and shares nothing with the result.</summary>
    public static DistinctValues<TValue>? Merge(DistinctValues<TValue>? into, DistinctValues<TValue>? from)
    {
        if (from is null) return into;
        into ??= new DistinctValues<TValue>([]);
        into._set.UnionWith(from._set);
        return into;
    }

    public static long CountOf(DistinctValues<TValue>? values) => values?._set.Count ?? 0;
}
