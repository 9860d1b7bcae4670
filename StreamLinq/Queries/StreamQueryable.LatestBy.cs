// LatestBy: the last row of each key, as a table.
using System.Linq.Expressions;

namespace StreamLinq;

public static partial class StreamQueryable
{
    /// <summary>The latest row of each key by event time; of equal times the later arrival. The table knows its past, so it can be joined as of a time (<c>AsOf</c>).</summary>
    /// <typeparam name="T">The rows.</typeparam>
    /// <typeparam name="K">The key, compared by value.</typeparam>
    /// <param name="source">A stream with event time.</param>
    /// <param name="key">The key, which is also the table's. Pure.</param>
    /// <exception cref="ArgumentNullException">An argument is null.</exception>
    public static IStreamQueryable<T, VersionedTable> LatestBy<T, K>(this IStreamQueryable<T, EventTime> source, Expression<Func<T, K>> key) =>
        Operator.Call(LatestBy<T, K>, source, key);

    /// <summary>The row of each key that arrived last.</summary>
    /// <typeparam name="T">The rows.</typeparam>
    /// <typeparam name="K">The key, compared by value.</typeparam>
    /// <param name="source">A stream without event time.</param>
    /// <param name="key">The key, which is also the table's. Pure.</param>
    /// <exception cref="ArgumentNullException">An argument is null.</exception>
    public static IStreamQueryable<T, Table> LatestBy<T, K>(this IStreamQueryable<T, AppendOnly> source, Expression<Func<T, K>> key) =>
        Operator.Call(LatestBy<T, K>, source, key);
}
