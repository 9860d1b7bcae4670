// A table with its past, over finite rows: which row of each key held from when on. It enumerates as the table that is left at the end; its past is only made if a join asks for it, as lambdas may not fit rows that were replaced.
using System.Collections;

namespace StreamLinq.Batch;

internal interface IVersionedRows<out T> : IEnumerable<T>
{
    /// <summary>Which row of the table each version is of.</summary>
    IReadOnlyList<int> Keys { get; }

    /// <summary>From when on each version holds.</summary>
    IReadOnlyList<DateTimeOffset> Times { get; }

    /// <summary>What each version is, or nothing.</summary>
    IReadOnlyList<IEnumerable<T>> Versions { get; }

    IVersionedRows<R> Expand<R>(Func<T, IEnumerable<R>> rows);
}

/// <summary>The right side of a join as of a time.</summary>
internal sealed record AsOfRows<T>(IVersionedRows<T> Table);

internal sealed class VersionedRows<T>(IEnumerable<T> now, IReadOnlyList<int> keys, IReadOnlyList<DateTimeOffset> times, Func<IReadOnlyList<IEnumerable<T>>> versions) : IVersionedRows<T>
{
    public IReadOnlyList<int> Keys => keys;

    public IReadOnlyList<DateTimeOffset> Times => times;

    public IReadOnlyList<IEnumerable<T>> Versions => versions();

    internal static VersionedRows<T> Of<K>(IEnumerable<T> now, IEnumerable<(K Key, DateTimeOffset Time, bool IsThere, T Row)> versions)
    {
        var all = versions.ToList();
        var places = new Dictionary<ValueTuple<K>, int>();
        var keys = all.ConvertAll(v => places.TryGetValue(new(v.Key), out var place) ? place : places[new(v.Key)] = places.Count);
        return new VersionedRows<T>(now, keys, all.ConvertAll(v => v.Time), () => all.ConvertAll(v => (IEnumerable<T>)(v.IsThere ? new[] { v.Row } : [])));
    }

    public IVersionedRows<R> Expand<R>(Func<T, IEnumerable<R>> rows) => new VersionedRows<R>(now.SelectMany(rows), keys, times, () => [.. Versions.Select(v => v.SelectMany(rows).ToList())]);

    public IEnumerator<T> GetEnumerator() => now.GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}
