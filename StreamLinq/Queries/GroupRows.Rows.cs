// Rows of a group to rows: filters, order, top-N, rank and neighbours. Delegates, not expression trees: they are lambdas inside the tree of a query already.
namespace StreamLinq;

/// <summary>
/// What can be asked of a group inside a query. Markers: the engine reads the calls and keeps their results up to date as rows come and go; called outside a query each throws
/// <see cref="InvalidOperationException"/>.
/// </summary>
public static partial class GroupRows
{
    /// <summary>The rows for which the predicate is true: a filtered aggregate, such as <c>g.Where(x => x.Price &gt; 10).Count()</c>.</summary>
    /// <typeparam name="E">The rows.</typeparam>
    /// <param name="rows">The rows of a group.</param>
    /// <param name="predicate">Which rows. Pure; may use the row and captured constants, not another aggregate of the group (SLQ1004).</param>
    /// <exception cref="InvalidOperationException">Called outside a query.</exception>
    public static IGroupRows<E> Where<E>(this IGroupRows<E> rows, Func<E, bool> predicate) => throw OnlyInAQuery();

    /// <summary>The rows in order, smallest first. Of equal rows the earlier arrival comes first.</summary>
    /// <typeparam name="E">The rows.</typeparam>
    /// <typeparam name="V">What is compared.</typeparam>
    /// <param name="rows">The rows of a group.</param>
    /// <param name="key">What rows are compared by. Pure; may use the row and captured constants, not another aggregate of the group (SLQ1004).</param>
    /// <exception cref="InvalidOperationException">Called outside a query.</exception>
    public static IOrderedRows<E> OrderBy<E, V>(this IGroupRows<E> rows, Func<E, V> key) => throw OnlyInAQuery();

    /// <summary>The rows in order, largest first. Of equal rows the earlier arrival comes first.</summary>
    /// <typeparam name="E">The rows.</typeparam>
    /// <typeparam name="V">What is compared.</typeparam>
    /// <param name="rows">The rows of a group.</param>
    /// <param name="key">What rows are compared by. Pure; may use the row and captured constants, not another aggregate of the group (SLQ1004).</param>
    /// <exception cref="InvalidOperationException">Called outside a query.</exception>
    public static IOrderedRows<E> OrderByDescending<E, V>(this IGroupRows<E> rows, Func<E, V> key) => throw OnlyInAQuery();

    /// <summary>Decides between rows that are equal so far, smallest first.</summary>
    /// <typeparam name="E">The rows.</typeparam>
    /// <typeparam name="V">What is compared.</typeparam>
    /// <param name="rows">The rows of a group, in order.</param>
    /// <param name="key">What rows are compared by. Pure; may use the row and captured constants, not another aggregate of the group (SLQ1004).</param>
    /// <exception cref="InvalidOperationException">Called outside a query.</exception>
    public static IOrderedRows<E> ThenBy<E, V>(this IOrderedRows<E> rows, Func<E, V> key) => throw OnlyInAQuery();

    /// <summary>Decides between rows that are equal so far, largest first.</summary>
    /// <typeparam name="E">The rows.</typeparam>
    /// <typeparam name="V">What is compared.</typeparam>
    /// <param name="rows">The rows of a group, in order.</param>
    /// <param name="key">What rows are compared by. Pure; may use the row and captured constants, not another aggregate of the group (SLQ1004).</param>
    /// <exception cref="InvalidOperationException">Called outside a query.</exception>
    public static IOrderedRows<E> ThenByDescending<E, V>(this IOrderedRows<E> rows, Func<E, V> key) => throw OnlyInAQuery();

    /// <summary>The first rows. Over a stream no more than these are kept.</summary>
    /// <typeparam name="E">The rows.</typeparam>
    /// <param name="rows">The rows of a group, in order.</param>
    /// <param name="count">How many; at least 1.</param>
    /// <exception cref="InvalidOperationException">Called outside a query.</exception>
    public static IOrderedRows<E> Take<E>(this IOrderedRows<E> rows, int count) => throw OnlyInAQuery();

    /// <summary>The first rows, and those equal to the last of them in everything that was ordered by.</summary>
    /// <typeparam name="E">The rows.</typeparam>
    /// <param name="rows">The rows of a group, in order.</param>
    /// <param name="count">How many; at least 1.</param>
    /// <exception cref="InvalidOperationException">Called outside a query.</exception>
    public static IOrderedRows<E> TakeWithTies<E>(this IOrderedRows<E> rows, int count) => throw OnlyInAQuery();

    /// <summary>Makes one row of each, with its rank.</summary>
    /// <typeparam name="E">The rows.</typeparam>
    /// <typeparam name="R">The new rows.</typeparam>
    /// <param name="rows">The rows of a group, in order.</param>
    /// <param name="selector">Makes the row; the second argument is the rank, from 0. Pure.</param>
    /// <exception cref="InvalidOperationException">Called outside a query.</exception>
    public static IGroupRows<R> Select<E, R>(this IOrderedRows<E> rows, Func<E, int, R> selector) => throw OnlyInAQuery();

    /// <summary>Each row together with the rows before it: moving sums and differences. Keeps all rows of the group.</summary>
    /// <typeparam name="E">The rows.</typeparam>
    /// <param name="rows">The rows of a group, in order.</param>
    /// <param name="preceding">How many rows before; zero or more. The first rows of the group have fewer.</param>
    /// <exception cref="InvalidOperationException">Called outside a query.</exception>
    public static IGroupRows<IRowFrame<E>> Over<E>(this IOrderedRows<E> rows, int preceding) => throw OnlyInAQuery();

    /// <summary>Each row together with the rows before it that are no further back in time: moving sums over a stretch of time. What the rows are ordered by first must be a time, ascending (SLQ1019). Keeps all rows of the group.</summary>
    /// <typeparam name="E">The rows.</typeparam>
    /// <param name="rows">The rows of a group, in the order of a <see cref="DateTimeOffset"/>.</param>
    /// <param name="preceding">How much earlier than the row itself the first one of its frame may be; inclusive, zero or more.</param>
    /// <exception cref="InvalidOperationException">Called outside a query.</exception>
    public static IGroupRows<IRowFrame<E>> Over<E>(this IOrderedRows<E> rows, TimeSpan preceding) => throw OnlyInAQuery();
}
