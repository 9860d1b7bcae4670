// Select: one row out for one row in.
using System.Linq.Expressions;

namespace StreamLinq;

public static partial class StreamQueryable
{
    /// <summary>Makes one row of each. Keeps kind and event time; a table keeps its key as far as the key's columns stay in the row.</summary>
    /// <typeparam name="T">The rows.</typeparam>
    /// <typeparam name="P">The kind of the query, which is kept.</typeparam>
    /// <typeparam name="R">The new rows.</typeparam>
    /// <param name="source">The rows.</param>
    /// <param name="selector">Pure: called any number of times. A group may not be its result (SLQ1002).</param>
    /// <exception cref="ArgumentNullException">An argument is null.</exception>
    public static IStreamQueryable<R, P> Select<T, P, R>(this IStreamQueryable<T, P> source, Expression<Func<T, R>> selector) where P : QueryKind =>
        Operator.Call(Select<T, P, R>, source, selector);
}
