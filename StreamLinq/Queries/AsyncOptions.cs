// How SelectAsync spreads its calls.
namespace StreamLinq;

/// <summary>How <c>SelectAsync</c> calls. Immutable.</summary>
public sealed record AsyncOptions
{
    /// <summary>How many calls run at once, per worker; at least 1. The default is 16.</summary>
    public int MaxConcurrency
    {
        get;
        init => field = value >= 1 ? value : throw new ArgumentOutOfRangeException(nameof(value), value, $"{nameof(MaxConcurrency)} must be at least 1.");
    } = 16;

    /// <summary>Whether results come in the order of their rows, the default; false: as they complete within an epoch, but never past a watermark.</summary>
    public bool Ordered { get; init; } = true;

    /// <summary>How long one call may take, by the engine's clock; above zero. The default is 30 seconds. A call that takes longer counts as failed, and is left to itself if it does not heed its token.</summary>
    public TimeSpan Timeout { get; init => field = Durations.Positive(value, nameof(value)); } = TimeSpan.FromSeconds(30);

    /// <summary>How often a call that failed is made again before the row counts as failed; 0, the default: not at all.</summary>
    public int Retries
    {
        get;
        init => field = value >= 0 ? value : throw new ArgumentOutOfRangeException(nameof(value), value, $"{nameof(Retries)} must not be negative.");
    }
}
