// SelectMany: any number of rows out for one row in; also the rows of a group, which have an order and a rank.
using System.Linq.Expressions;

namespace StreamLinq;

public static partial class StreamQueryable
{
    /// <summary>Makes any number of rows of each. Each has the event time of the row it came from; an empty sequence gives none.</summary>
    /// <typeparam name="T">The rows.</typeparam>
    /// <typeparam name="P">The kind of the query, which is kept.</typeparam>
    /// <typeparam name="R">The new rows.</typeparam>
    /// <param name="source">The rows.</param>
    /// <param name="selector">Pure; must give the same sequence for the same row, and not null.</param>
    /// <exception cref="ArgumentNullException">An argument is null.</exception>
    public static IStreamQueryable<R, P> SelectMany<T, P, R>(this IStreamQueryable<T, P> source, Expression<Func<T, IEnumerable<R>>> selector) where P : QueryKind =>
        Operator.Call(SelectMany<T, P, R>, source, selector);

    /// <summary>Makes any number of rows of each and joins each with the row it came from: <c>from word in line.Text.Split(' ')</c>.</summary>
    /// <typeparam name="T">The rows.</typeparam>
    /// <typeparam name="P">The kind of the query, which is kept.</typeparam>
    /// <typeparam name="C">What a row contains.</typeparam>
    /// <typeparam name="R">The new rows.</typeparam>
    /// <param name="source">The rows.</param>
    /// <param name="collection">Pure; must give the same sequence for the same row, and not null.</param>
    /// <param name="result">Makes the new row.</param>
    /// <exception cref="ArgumentNullException">An argument is null.</exception>
    public static IStreamQueryable<R, P> SelectMany<T, P, C, R>(
        this IStreamQueryable<T, P> source, Expression<Func<T, IEnumerable<C>>> collection, Expression<Func<T, C, R>> result)
        where P : QueryKind =>
        Operator.Call(SelectMany<T, P, C, R>, source, collection, result);

    /// <summary>Goes through the rows of each group: <c>from row in g.OrderBy(x => x.Price).Take(3)</c>. A group that changes takes its rows back and gives the new ones.</summary>
    /// <typeparam name="T">The groups.</typeparam>
    /// <typeparam name="P">The kind of the query, which is kept.</typeparam>
    /// <typeparam name="C">The rows of a group.</typeparam>
    /// <typeparam name="R">The new rows.</typeparam>
    /// <param name="source">The groups.</param>
    /// <param name="rows">Which rows of the group.</param>
    /// <param name="result">Makes the new row.</param>
    /// <exception cref="ArgumentNullException">An argument is null.</exception>
    public static IStreamQueryable<R, P> SelectMany<T, P, C, R>(
        this IStreamQueryable<T, P> source, Expression<Func<T, IGroupRows<C>>> rows, Expression<Func<T, C, R>> result)
        where P : QueryKind =>
        Operator.Call(SelectMany<T, P, C, R>, source, rows, result);
}
