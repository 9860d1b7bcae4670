// How event time advances in a source: what the delay is, when a silent partition is left out, and how far ahead a row may pull.
namespace StreamLinq;

/// <summary>How the watermark follows the event times of a source, per partition; the source's is the least of its partitions'. Immutable and compared by value.</summary>
public abstract record WatermarkStrategy
{
    private protected WatermarkStrategy() { }

    /// <summary>Rows come in the order of their times: the watermark is the largest time seen so far. The same as <see cref="BoundedOutOfOrderness"/> with no delay.</summary>
    public static WatermarkStrategy Monotonic { get; } = new DelayedWatermarks(TimeSpan.Zero);

    /// <summary>Rows come at most <paramref name="delay"/> out of order: the watermark is the largest time seen so far less the delay.</summary>
    /// <param name="delay">The delay; zero or more.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="delay"/> is negative.</exception>
    public static WatermarkStrategy BoundedOutOfOrderness(TimeSpan delay) => new DelayedWatermarks(Durations.NotNegative(delay, nameof(delay)));

    /// <summary>The watermark is what a generator of your own says; it may also advance without rows.</summary>
    /// <typeparam name="T">The rows the generator sees: those of the query, or a base type of them.</typeparam>
    /// <param name="generator">Makes one generator per partition and run.</param>
    /// <exception cref="ArgumentNullException"><paramref name="generator"/> is null.</exception>
    public static WatermarkStrategy From<T>(Func<IWatermarkGenerator<T>> generator)
    {
        ArgumentNullException.ThrowIfNull(generator);
        return new GeneratedWatermarks<T>(generator);
    }

    /// <summary>A partition that has nothing unread and has been silent for so long no longer holds the others back. The default is one minute of the epoch's clock; with a generator of your own, never. Rows it brings later may be late.</summary>
    /// <param name="timeout">How long; above zero. <see cref="TimeSpan.MaxValue"/>: never.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="timeout"/> is zero or less.</exception>
    public WatermarkStrategy WithIdleness(TimeSpan timeout) => this with { IdleTimeout = Durations.Positive(timeout, nameof(timeout)) };

    /// <summary>
    /// A row whose time is further ahead of the epoch's clock than this counts as any other, but does not move the watermark, so that one wrong clock does not make
    /// everybody else late. The default is one day; in the test harness there is no limit.
    /// </summary>
    /// <param name="limit">How far; zero or more. <see cref="TimeSpan.MaxValue"/>: no limit.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="limit"/> is negative.</exception>
    public WatermarkStrategy WithMaxAhead(TimeSpan limit) => this with { MaxAhead = Durations.NotNegative(limit, nameof(limit)) };

    /// <summary>Null: the engine's default.</summary>
    internal TimeSpan? IdleTimeout { get; init; }

    /// <summary>Null: the engine's default.</summary>
    internal TimeSpan? MaxAhead { get; init; }

    /// <summary>The rows it can be used for; null: any.</summary>
    internal virtual Type? RowType => null;
}

internal sealed record DelayedWatermarks(TimeSpan Delay) : WatermarkStrategy
{
    public override string ToString() => Delay == TimeSpan.Zero ? "Monotonic" : $"BoundedOutOfOrderness({Durations.Text(Delay)})";
}

internal sealed record GeneratedWatermarks<T>(Func<IWatermarkGenerator<T>> Generator) : WatermarkStrategy
{
    internal override Type RowType => typeof(T);

    public override string ToString() => $"From(IWatermarkGenerator<{typeof(T).Name}>)";
}
