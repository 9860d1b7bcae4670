// OrderByDescending: a table in a stated order, largest first; with Take, a top-N.
using System.Linq.Expressions;

namespace StreamLinq;

public static partial class StreamQueryable
{
    /// <summary>Orders a table, largest first. Without a <c>Take</c> the order shows in Complete output only. Strings are compared ordinally, null is the least.</summary>
    /// <typeparam name="T">The rows.</typeparam>
    /// <typeparam name="K">What rows are ordered by.</typeparam>
    /// <param name="table">A table.</param>
    /// <param name="key">What rows are ordered by. Pure.</param>
    /// <exception cref="ArgumentNullException">An argument is null.</exception>
    public static IStreamQueryable<T, OrderedTable> OrderByDescending<T, K>(this IStreamQueryable<T, Table> table, Expression<Func<T, K>> key) =>
        Operator.Call(OrderByDescending<T, K>, table, key);
}
