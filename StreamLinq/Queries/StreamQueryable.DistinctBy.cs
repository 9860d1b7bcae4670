// DistinctBy: one row per key, the first to arrive; for ever, or within a stretch of event time.
using System.Linq.Expressions;

namespace StreamLinq;

public static partial class StreamQueryable
{
    /// <summary>The first row of each key, in order of arrival. Keys are kept for ever, unless the key holds the row's event time: then until the watermark passes it, and late rows are dropped.</summary>
    /// <typeparam name="T">The rows.</typeparam>
    /// <typeparam name="P">The kind of the stream, which is kept.</typeparam>
    /// <typeparam name="K">The key, compared by value; null is a key like others.</typeparam>
    /// <param name="source">A stream.</param>
    /// <param name="key">The key. Pure.</param>
    /// <exception cref="ArgumentNullException">An argument is null.</exception>
    public static IStreamQueryable<T, P> DistinctBy<T, P, K>(this IStreamQueryable<T, P> source, Expression<Func<T, K>> key) where P : AppendOnly =>
        Operator.Call(DistinctBy<T, P, K>, source, key);

    /// <summary>The first row of each key; the key is forgotten when the watermark reaches that row's time plus <paramref name="within"/>. Repeats do not extend it. Late rows are dropped and counted.</summary>
    /// <typeparam name="T">The rows.</typeparam>
    /// <typeparam name="K">The key, compared by value; null is a key like others.</typeparam>
    /// <param name="source">A stream with event time.</param>
    /// <param name="key">The key. Pure.</param>
    /// <param name="within">How long a key is remembered, in event time; above zero.</param>
    /// <exception cref="ArgumentNullException">An argument is null.</exception>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="within"/> is zero or less.</exception>
    public static IStreamQueryable<T, EventTime> DistinctBy<T, K>(this IStreamQueryable<T, EventTime> source, Expression<Func<T, K>> key, TimeSpan within) =>
        Operator.Call(DistinctBy<T, K>, source, key, Durations.Positive(within, nameof(within)));
}
