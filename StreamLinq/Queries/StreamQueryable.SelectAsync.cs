// SelectAsync: a call elsewhere for each row, several at once.
namespace StreamLinq;

public static partial class StreamQueryable
{
    /// <summary>Makes one row of each by asynchronous work. Keeps kind and event time, and never lets a row past a watermark. After a crash a row may be worked on again: results are exact where the answer is the same again, and without a transactional sink the query is delivered at least once.</summary>
    /// <typeparam name="T">The rows.</typeparam>
    /// <typeparam name="P">The kind of the stream, which is kept.</typeparam>
    /// <typeparam name="R">The new rows.</typeparam>
    /// <param name="source">A stream.</param>
    /// <param name="selector">Called concurrently; the token is cancelled on timeout and when the query stops, whose epoch then runs again at the next start. An exception, when there are no more tries, is an error of the row (SLQ2007).</param>
    /// <param name="options">How many at once, in which order, how long, how often; null: the defaults.</param>
    /// <exception cref="ArgumentNullException"><paramref name="source"/> or <paramref name="selector"/> is null.</exception>
    public static IStreamQueryable<R, P> SelectAsync<T, P, R>(
        this IStreamQueryable<T, P> source, Func<T, CancellationToken, ValueTask<R>> selector, AsyncOptions? options = null)
        where P : AppendOnly =>
        Operator.Call(SelectAsync<T, P, R>, source, selector, options);
}
