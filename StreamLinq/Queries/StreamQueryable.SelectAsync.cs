// SelectAsync: a call elsewhere for each row, several at once.
namespace StreamLinq;

public static partial class StreamQueryable
{
    /// <summary>Makes one row of each by asynchronous work. Keeps kind and event time, and never lets a row past a watermark. After a crash a row may be worked on again.</summary>
    /// <typeparam name="T">The rows.</typeparam>
    /// <typeparam name="P">The kind of the stream, which is kept.</typeparam>
    /// <typeparam name="R">The new rows.</typeparam>
    /// <param name="source">A stream.</param>
    /// <param name="selector">Called concurrently; the token is cancelled on timeout and when the query stops.</param>
    /// <param name="options">How many at once, in which order, how long, how often; null: the defaults.</param>
    /// <exception cref="ArgumentNullException"><paramref name="source"/> or <paramref name="selector"/> is null.</exception>
    public static IStreamQueryable<R, P> SelectAsync<T, P, R>(
        this IStreamQueryable<T, P> source, Func<T, CancellationToken, ValueTask<R>> selector, AsyncOptions? options = null)
        where P : AppendOnly =>
        Operator.Call(SelectAsync<T, P, R>, source, selector, options);
}
