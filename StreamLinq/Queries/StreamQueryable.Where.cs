// Where: keeps rows, on every kind of query.
using System.Linq.Expressions;

namespace StreamLinq;

/// <summary>The operators of the language. Each describes, none runs anything; all are legal in query syntax where C# has a word for them. Null arguments throw <see cref="ArgumentNullException"/>.</summary>
public static partial class StreamQueryable
{
    /// <summary>Keeps the rows for which the predicate is true. Keeps kind, event time, order and key. Over groups it is SQL's HAVING; over a table a row that no longer fits is taken away.</summary>
    /// <typeparam name="T">The rows.</typeparam>
    /// <typeparam name="P">The kind of the query, which is kept.</typeparam>
    /// <param name="source">The rows.</param>
    /// <param name="predicate">Pure: called any number of times. Captured variables are read once, at the start of the query.</param>
    /// <exception cref="ArgumentNullException">An argument is null.</exception>
    public static IStreamQueryable<T, P> Where<T, P>(this IStreamQueryable<T, P> source, Expression<Func<T, bool>> predicate) where P : QueryKind =>
        Operator.Call(Where<T, P>, source, predicate);
}
