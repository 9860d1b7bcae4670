// ThenBy: what decides between rows that are equal so far.
using System.Linq.Expressions;

namespace StreamLinq;

public static partial class StreamQueryable
{
    /// <summary>Orders rows that are equal so far, smallest first. Without a <c>Take</c> the order shows in Complete output only. Strings are compared ordinally, null is the least.</summary>
    /// <typeparam name="T">The rows.</typeparam>
    /// <typeparam name="K">What rows are ordered by.</typeparam>
    /// <param name="table">An ordered table.</param>
    /// <param name="key">What rows are ordered by. Pure.</param>
    /// <exception cref="ArgumentNullException">An argument is null.</exception>
    public static IStreamQueryable<T, OrderedTable> ThenBy<T, K>(this IStreamQueryable<T, OrderedTable> table, Expression<Func<T, K>> key) =>
        Operator.Call(ThenBy<T, K>, table, key);
}
