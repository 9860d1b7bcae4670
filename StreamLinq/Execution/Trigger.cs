// When an epoch may start. How much it takes is set by MaxLatency and MaxRowsPerEpoch, not by the trigger.
namespace StreamLinq;

/// <summary>When the epochs of a query may start (Spark's triggers, by the same names).</summary>
public abstract record Trigger
{
    private protected Trigger() { }

    /// <summary>An epoch as soon as there are rows.</summary>
    public static Trigger Default { get; } = new DefaultTrigger();

    /// <summary>What is there when the query starts, in as many epochs as the limits ask for, then the query ends.</summary>
    public static Trigger AvailableNow { get; } = new AvailableNowTrigger();

    /// <summary>One epoch with all that is there (up to <see cref="StreamingQueryOptions.MaxRowsPerEpoch"/>), then the query ends.</summary>
    public static Trigger Once { get; } = new OnceTrigger();

    /// <summary>At most one epoch per interval of the engine's clock. A tick that was missed runs at once; a tick without rows makes no epoch.</summary>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="interval"/> is negative.</exception>
    public static Trigger ProcessingTime(TimeSpan interval)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(interval, TimeSpan.Zero);
        return interval == TimeSpan.Zero ? Default : new ProcessingTimeTrigger(interval);
    }
}

internal sealed record DefaultTrigger : Trigger;

internal sealed record AvailableNowTrigger : Trigger;

internal sealed record OnceTrigger : Trigger;

internal sealed record ProcessingTimeTrigger(TimeSpan Interval) : Trigger;
