// How a query runs under a host, and what its failure means for the host. Each value is checked when it is set, so a wrong one fails where it is written.
namespace StreamLinq;

/// <summary>What happens when a query that the host runs fails.</summary>
public enum QueryFailurePolicy
{
    /// <summary>
    /// The host stops, and its <c>RunAsync</c> throws the query's exception, so a process whose <c>Main</c> awaits it ends with an exit code other than 0.
    /// Under <c>BackgroundServiceExceptionBehavior.Ignore</c> the host goes on without the query; the health check then says unhealthy, and the exception is thrown when the host is stopped.
    /// </summary>
    StopHost,

    /// <summary>
    /// The query starts again after a delay that doubles with each failure. An epoch that was logged and not committed runs again.
    /// What no new start can mend stops the host all the same: a query that is not legal (<see cref="QueryTranslationException"/>), options out of range, or a description that cannot be built.
    /// </summary>
    Restart,
}

/// <summary>Settings of one query that the host runs; read once, when it is added. Delays are measured on the engine's clock.</summary>
public sealed class HostedQueryOptions
{
    private static readonly TimeSpan Longest = TimeSpan.FromDays(1);

    /// <summary>How the query runs. <see cref="StreamingQueryOptions.Name"/> is replaced by the name the query was added under.</summary>
    /// <exception cref="ArgumentNullException">The value is null.</exception>
    public StreamingQueryOptions Query
    {
        get;
        set
        {
            ArgumentNullException.ThrowIfNull(value);
            field = value;
        }
    } = new();

    /// <summary>What happens when the query fails. The default is <see cref="QueryFailurePolicy.StopHost"/>.</summary>
    public QueryFailurePolicy OnFailure { get; set; }

    /// <summary>The delay before the first new start; it doubles with each failure that follows. The default is one second.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is not positive, or longer than a day.</exception>
    public TimeSpan FirstRestartDelay
    {
        get;
        set => field = Checked(value);
    } = TimeSpan.FromSeconds(1);

    /// <summary>The longest delay before a new start. The default is one minute; one below <see cref="FirstRestartDelay"/> makes all delays that short.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is not positive, or longer than a day.</exception>
    public TimeSpan MaxRestartDelay
    {
        get;
        set => field = Checked(value);
    } = TimeSpan.FromMinutes(1);

    /// <summary>A run that lasted this long before it failed makes the next delay <see cref="FirstRestartDelay"/> again. The default is five minutes.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is not positive, or longer than a day.</exception>
    public TimeSpan ResetDelayAfter
    {
        get;
        set => field = Checked(value);
    } = TimeSpan.FromMinutes(5);

    private static TimeSpan Checked(TimeSpan value)
    {
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(value, TimeSpan.Zero);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(value, Longest);
        return value;
    }
}
