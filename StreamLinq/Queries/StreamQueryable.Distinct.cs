// Distinct: each row once. The first to arrive wins, so a stream stays a stream.
namespace StreamLinq;

public static partial class StreamQueryable
{
    /// <summary>Each row once, by value. On a stream the first to arrive stays; rows seen are kept for ever, unless the row holds its own event time: then until the watermark passes it, and late rows are dropped.</summary>
    /// <typeparam name="T">The rows; their type must have value equality (SLQ1007).</typeparam>
    /// <typeparam name="P">The kind of the query, which is kept.</typeparam>
    /// <param name="source">A stream or a table.</param>
    /// <exception cref="ArgumentNullException"><paramref name="source"/> is null.</exception>
    public static IStreamQueryable<T, P> Distinct<T, P>(this IStreamQueryable<T, P> source) where P : Unwindowed =>
        Operator.Call(Distinct<T, P>, source);
}
