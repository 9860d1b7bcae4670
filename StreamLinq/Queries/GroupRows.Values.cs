// Rows of a group to a value: the aggregates. The return types are part of the meaning: a count is a long, a sum of ints is a long.
using System.Numerics;
using System.Runtime.CompilerServices;

namespace StreamLinq;

public static partial class GroupRows
{
    /// <summary>How many rows. 0 where a filter left none.</summary>
    /// <typeparam name="E">The rows.</typeparam>
    /// <param name="rows">The rows of a group.</param>
    /// <exception cref="InvalidOperationException">Called outside a query.</exception>
    public static long Count<E>(this IGroupRows<E> rows) => throw OnlyInAQuery();

    /// <summary>How many rows the predicate is true for.</summary>
    /// <typeparam name="E">The rows.</typeparam>
    /// <param name="rows">The rows of a group.</param>
    /// <param name="predicate">Which rows. Pure; may use the row and captured constants, not another aggregate of the group (SLQ1004).</param>
    /// <exception cref="InvalidOperationException">Called outside a query.</exception>
    public static long Count<E>(this IGroupRows<E> rows, Func<E, bool> predicate) => throw OnlyInAQuery();

    /// <summary>How many different values, exactly; nulls are not counted. Keeps the values.</summary>
    /// <typeparam name="E">The rows.</typeparam>
    /// <typeparam name="V">The values, compared as keys are.</typeparam>
    /// <param name="rows">The rows of a group.</param>
    /// <param name="selector">The value. Pure; may use the row and captured constants, not another aggregate of the group (SLQ1004).</param>
    /// <exception cref="InvalidOperationException">Called outside a query.</exception>
    public static long CountDistinct<E, V>(this IGroupRows<E> rows, Func<E, V> selector) => throw OnlyInAQuery();

    /// <summary>The sum of ints, as a long. 0 where a filter left none.</summary>
    /// <typeparam name="E">The rows.</typeparam>
    /// <param name="rows">The rows of a group.</param>
    /// <param name="selector">The number. Pure; may use the row and captured constants, not another aggregate of the group (SLQ1004).</param>
    /// <exception cref="InvalidOperationException">Called outside a query.</exception>
    public static long Sum<E>(this IGroupRows<E> rows, Func<E, int> selector) => throw OnlyInAQuery();

    /// <summary>The sum, checked: overflow fails the query. 0 where a filter left none.</summary>
    /// <typeparam name="E">The rows.</typeparam>
    /// <typeparam name="N">The numbers.</typeparam>
    /// <param name="rows">The rows of a group.</param>
    /// <param name="selector">The number. Pure; may use the row and captured constants, not another aggregate of the group (SLQ1004).</param>
    /// <exception cref="InvalidOperationException">Called outside a query.</exception>
    public static N Sum<E, N>(this IGroupRows<E> rows, Func<E, N> selector) where N : INumber<N> => throw OnlyInAQuery();

    /// <summary>The sum of those that are not null, checked: overflow fails the query. 0 where there are none.</summary>
    /// <typeparam name="E">The rows.</typeparam>
    /// <typeparam name="N">The numbers.</typeparam>
    /// <param name="rows">The rows of a group.</param>
    /// <param name="selector">The number; null is skipped. Pure; may use the row and captured constants, not another aggregate of the group (SLQ1004).</param>
    /// <exception cref="InvalidOperationException">Called outside a query.</exception>
    public static N? Sum<E, N>(this IGroupRows<E> rows, Func<E, N?> selector) where N : struct, INumber<N> => throw OnlyInAQuery();

    /// <summary>The sum of ints, as a long: over <c>group x.Amount by …</c>.</summary>
    /// <param name="rows">The rows of a group.</param>
    /// <exception cref="InvalidOperationException">Called outside a query.</exception>
    public static long Sum(this IGroupRows<int> rows) => throw OnlyInAQuery();

    /// <summary>The sum, checked: over <c>group x.Amount by …</c>. Overflow fails the query.</summary>
    /// <typeparam name="N">The numbers.</typeparam>
    /// <param name="rows">The rows of a group.</param>
    /// <exception cref="InvalidOperationException">Called outside a query.</exception>
    public static N Sum<N>(this IGroupRows<N> rows) where N : INumber<N> => throw OnlyInAQuery();

    /// <summary>The average as a double; <c>g.Sum(x) / g.Count()</c> is the exact integer average. Where a filter may leave no row, the selector must be nullable (SLQ1003).</summary>
    /// <typeparam name="E">The rows.</typeparam>
    /// <typeparam name="N">The numbers.</typeparam>
    /// <param name="rows">The rows of a group.</param>
    /// <param name="selector">The number. Pure; may use the row and captured constants, not another aggregate of the group (SLQ1004).</param>
    /// <exception cref="InvalidOperationException">Called outside a query.</exception>
    public static double Average<E, N>(this IGroupRows<E> rows, Func<E, N> selector) where N : INumber<N> => throw OnlyInAQuery();

    /// <summary>The average of decimals, as a decimal. Where a filter may leave no row, the selector must be nullable (SLQ1003).</summary>
    /// <typeparam name="E">The rows.</typeparam>
    /// <param name="rows">The rows of a group.</param>
    /// <param name="selector">The number. Pure; may use the row and captured constants, not another aggregate of the group (SLQ1004).</param>
    /// <exception cref="InvalidOperationException">Called outside a query.</exception>
    public static decimal Average<E>(this IGroupRows<E> rows, Func<E, decimal> selector) => throw OnlyInAQuery();

    /// <summary>The average of those that are not null, as a double; null where there are none.</summary>
    /// <typeparam name="E">The rows.</typeparam>
    /// <typeparam name="N">The numbers.</typeparam>
    /// <param name="rows">The rows of a group.</param>
    /// <param name="selector">The number; null is skipped. Pure; may use the row and captured constants, not another aggregate of the group (SLQ1004).</param>
    /// <exception cref="InvalidOperationException">Called outside a query.</exception>
    public static double? Average<E, N>(this IGroupRows<E> rows, Func<E, N?> selector) where N : struct, INumber<N> => throw OnlyInAQuery();

    /// <summary>The average of the decimals that are not null; null where there are none.</summary>
    /// <typeparam name="E">The rows.</typeparam>
    /// <param name="rows">The rows of a group.</param>
    /// <param name="selector">The number; null is skipped. Pure; may use the row and captured constants, not another aggregate of the group (SLQ1004).</param>
    /// <exception cref="InvalidOperationException">Called outside a query.</exception>
    public static decimal? Average<E>(this IGroupRows<E> rows, Func<E, decimal?> selector) => throw OnlyInAQuery();

    /// <summary>The average as a double: over <c>group x.Amount by …</c>.</summary>
    /// <typeparam name="N">The numbers.</typeparam>
    /// <param name="rows">The rows of a group.</param>
    /// <exception cref="InvalidOperationException">Called outside a query.</exception>
    public static double Average<N>(this IGroupRows<N> rows) where N : INumber<N> => throw OnlyInAQuery();

    /// <summary>The average of decimals: over <c>group x.Amount by …</c>.</summary>
    /// <param name="rows">The rows of a group.</param>
    /// <exception cref="InvalidOperationException">Called outside a query.</exception>
    public static decimal Average(this IGroupRows<decimal> rows) => throw OnlyInAQuery();

    /// <summary>The smallest row; nulls are skipped.</summary>
    /// <typeparam name="E">The rows.</typeparam>
    /// <param name="rows">The rows of a group.</param>
    /// <exception cref="InvalidOperationException">Called outside a query.</exception>
    public static E Min<E>(this IGroupRows<E> rows) => throw OnlyInAQuery();

    /// <summary>The largest row; nulls are skipped.</summary>
    /// <typeparam name="E">The rows.</typeparam>
    /// <param name="rows">The rows of a group.</param>
    /// <exception cref="InvalidOperationException">Called outside a query.</exception>
    public static E Max<E>(this IGroupRows<E> rows) => throw OnlyInAQuery();

    /// <summary>The smallest value; nulls are skipped. Strings are compared ordinally. Where a filter may leave no row, the selector must be nullable (SLQ1003).</summary>
    /// <typeparam name="E">The rows.</typeparam>
    /// <typeparam name="V">What is compared.</typeparam>
    /// <param name="rows">The rows of a group.</param>
    /// <param name="selector">The value. Pure; may use the row and captured constants, not another aggregate of the group (SLQ1004).</param>
    /// <exception cref="InvalidOperationException">Called outside a query.</exception>
    public static V Min<E, V>(this IGroupRows<E> rows, Func<E, V> selector) => throw OnlyInAQuery();

    /// <summary>The largest value; nulls are skipped. Strings are compared ordinally. Where a filter may leave no row, the selector must be nullable (SLQ1003).</summary>
    /// <typeparam name="E">The rows.</typeparam>
    /// <typeparam name="V">What is compared.</typeparam>
    /// <param name="rows">The rows of a group.</param>
    /// <param name="selector">The value. Pure; may use the row and captured constants, not another aggregate of the group (SLQ1004).</param>
    /// <exception cref="InvalidOperationException">Called outside a query.</exception>
    public static V Max<E, V>(this IGroupRows<E> rows, Func<E, V> selector) => throw OnlyInAQuery();

    /// <summary>The row with the smallest key; of equal keys the earlier arrival.</summary>
    /// <typeparam name="E">The rows.</typeparam>
    /// <typeparam name="V">What is compared.</typeparam>
    /// <param name="rows">The rows of a group.</param>
    /// <param name="key">What rows are compared by. Pure; may use the row and captured constants, not another aggregate of the group (SLQ1004).</param>
    /// <exception cref="InvalidOperationException">Called outside a query.</exception>
    public static E MinBy<E, V>(this IGroupRows<E> rows, Func<E, V> key) => throw OnlyInAQuery();

    /// <summary>The row with the largest key; of equal keys the earlier arrival.</summary>
    /// <typeparam name="E">The rows.</typeparam>
    /// <typeparam name="V">What is compared.</typeparam>
    /// <param name="rows">The rows of a group.</param>
    /// <param name="key">What rows are compared by. Pure; may use the row and captured constants, not another aggregate of the group (SLQ1004).</param>
    /// <exception cref="InvalidOperationException">Called outside a query.</exception>
    public static E MaxBy<E, V>(this IGroupRows<E> rows, Func<E, V> key) => throw OnlyInAQuery();

    /// <summary>The first row: in the stated order, else by row time, else by arrival; a tie goes to the earlier arrival.</summary>
    /// <typeparam name="E">The rows.</typeparam>
    /// <param name="rows">The rows of a group.</param>
    /// <exception cref="InvalidOperationException">Called outside a query.</exception>
    public static E First<E>(this IGroupRows<E> rows) => throw OnlyInAQuery();

    /// <summary>The last row: in the stated order, else by row time, else by arrival.</summary>
    /// <typeparam name="E">The rows.</typeparam>
    /// <param name="rows">The rows of a group.</param>
    /// <exception cref="InvalidOperationException">Called outside a query.</exception>
    public static E Last<E>(this IGroupRows<E> rows) => throw OnlyInAQuery();

    /// <summary>All rows, in the stated order, else in order of arrival: the door to ordinary LINQ. Keeps every row of the group.</summary>
    /// <typeparam name="E">The rows.</typeparam>
    /// <param name="rows">The rows of a group.</param>
    /// <exception cref="InvalidOperationException">Called outside a query.</exception>
    public static IReadOnlyList<E> ToList<E>(this IGroupRows<E> rows) => throw OnlyInAQuery();

    /// <summary>An aggregate of your own. Over a table it must be an <see cref="IRetractableAggregate{TInput, TAccumulator, TResult}"/> (SLQ1011).</summary>
    /// <typeparam name="E">The rows.</typeparam>
    /// <typeparam name="A">What is kept per group.</typeparam>
    /// <typeparam name="R">The result.</typeparam>
    /// <param name="rows">The rows of a group.</param>
    /// <param name="aggregate">The aggregate; stateless and thread-safe.</param>
    /// <exception cref="InvalidOperationException">Called outside a query.</exception>
    public static R Aggregate<E, A, R>(this IGroupRows<E> rows, IStreamAggregate<E, A, R> aggregate) => throw OnlyInAQuery();

    // A marker was called as if it were an ordinary method: a lambda was compiled by hand, or the group left its query.
    private static InvalidOperationException OnlyInAQuery([CallerMemberName] string name = "") =>
        new($"GroupRows.{name} is legal only inside a query: the engine reads the call and keeps its result up to date, it is never made. For rows in memory use ToList() on the group inside the query, and LINQ from there.");
}
