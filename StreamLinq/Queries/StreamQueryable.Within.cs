// Within: the bound of a join of two streams in event time, which is also the bound of its state.
namespace StreamLinq;

public static partial class StreamQueryable
{
    /// <summary>
    /// Lets a row match when outer.time - <paramref name="before"/> &lt;= inner.time &lt;= outer.time + <paramref name="after"/>, both ends included. A row is kept until the watermark has passed
    /// the bound; rows at or before the watermark are late, dropped and counted.
    /// </summary>
    /// <typeparam name="T">The rows.</typeparam>
    /// <param name="inner">The right side: a stream with event time.</param>
    /// <param name="before">How much earlier the inner row may be; negative: it must be later. <see cref="TimeSpan.MaxValue"/>: any earlier time, and rows are kept for ever.</param>
    /// <param name="after">How much later the inner row may be; negative: it must be earlier. <see cref="TimeSpan.MaxValue"/>: any later time, and rows are kept for ever.</param>
    /// <exception cref="ArgumentNullException"><paramref name="inner"/> is null.</exception>
    /// <exception cref="ArgumentOutOfRangeException">Nothing could match: <paramref name="before"/> plus <paramref name="after"/> is below zero.</exception>
    public static IIntervalSide<T> Within<T>(this IStreamQueryable<T, EventTime> inner, TimeSpan before, TimeSpan after)
    {
        if (before == TimeSpan.MinValue) throw new ArgumentOutOfRangeException(nameof(before), before, "Nothing can match.");
        if (after < -before) throw new ArgumentOutOfRangeException(nameof(after), after, $"Nothing can match: before ({before}) and after together are below zero.");
        return new IntervalSide<T>(Operator.Tree(Within<T>, inner, before, after));
    }
}
