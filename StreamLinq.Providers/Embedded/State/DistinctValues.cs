// The different values of a part of a group, for CountDistinct in windows. The codec reads and writes them as a list, in the order in which they first came.
using System.Security.Cryptography;

namespace StreamLinq.Embedded;

/// <summary>A set of values, compared as keys are. Single writer.</summary>
internal sealed class DistinctValues<TValue>
{
    private readonly HashSet<TValue> _set;

    public DistinctValues(List<TValue> values) => _set = new HashSet<TValue>(values, SeededEquality.Instance);

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

    // The values come from outside: without the seed they could be chosen to collide.
    private sealed class SeededEquality : IEqualityComparer<TValue>
    {
        internal static readonly SeededEquality Instance = new();

        private readonly ulong _seed = BitConverter.ToUInt64(RandomNumberGenerator.GetBytes(sizeof(ulong)));

        public bool Equals(TValue? x, TValue? y) => EqualityComparer<TValue>.Default.Equals(x, y);

        public int GetHashCode(TValue obj) => (int)(default(CompiledHash<TValue>).Hash(obj, _seed) >> 32);
    }
}
