// WithEventTime: says when a row happened, and how far rows may be out of order. From here on watermarks flow.
using System.Linq.Expressions;

namespace StreamLinq;

public static partial class StreamQueryable
{
    /// <summary>Gives each row its event time. The watermark is the largest time seen so far less <paramref name="maxDelay"/>, per partition of the source; it never falls.</summary>
    /// <typeparam name="T">The rows.</typeparam>
    /// <param name="source">A stream that has no event time yet (SLQ1012).</param>
    /// <param name="time">The row's time; compared in UTC. Pure.</param>
    /// <param name="maxDelay">How late a row may come and still be counted; zero or more. Rows that come later are dropped by windows and joins, and counted.</param>
    /// <exception cref="ArgumentNullException">An argument is null.</exception>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="maxDelay"/> is negative.</exception>
    public static IStreamQueryable<T, EventTime> WithEventTime<T>(this IStreamQueryable<T, AppendOnly> source, Expression<Func<T, DateTimeOffset>> time, TimeSpan maxDelay) =>
        Operator.Call(WithEventTime<T>, source, time, Durations.NotNegative(maxDelay, nameof(maxDelay)));

    /// <summary>Gives each row its event time; the watermark follows a strategy.</summary>
    /// <typeparam name="T">The rows.</typeparam>
    /// <param name="source">A stream that has no event time yet (SLQ1012).</param>
    /// <param name="time">The row's time; compared in UTC. Pure.</param>
    /// <param name="watermarks">How the watermark follows.</param>
    /// <exception cref="ArgumentNullException">An argument is null.</exception>
    /// <exception cref="ArgumentException">The strategy is a generator for other rows.</exception>
    public static IStreamQueryable<T, EventTime> WithEventTime<T>(
        this IStreamQueryable<T, AppendOnly> source, Expression<Func<T, DateTimeOffset>> time, WatermarkStrategy watermarks)
    {
        if (watermarks?.RowType is { } rows && !rows.IsAssignableFrom(typeof(T)))
            throw new ArgumentException($"The watermark generator is for rows of {RowTypeText.Name(rows)}, the stream has {RowTypeText.Name(typeof(T))}.", nameof(watermarks));
        return Operator.Call(WithEventTime<T>, source, time, watermarks!);
    }
}
