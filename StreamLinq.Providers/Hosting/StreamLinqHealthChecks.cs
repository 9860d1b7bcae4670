// AddHealthChecks().AddStreamLinq(): the state of all queries as one health check.
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using StreamLinq.Hosting;

namespace StreamLinq;

/// <summary>Settings of StreamLinq's health check.</summary>
public sealed class StreamLinqHealthOptions
{
    /// <summary>
    /// How long a query may recover its state, look for rows or work on one epoch before it counts as degraded, by the engine's clock; null: as long as it likes.
    /// A query that waits for rows or for its trigger is healthy however long it waits. Set it above the longest epoch that is normal, a first one over much old data included.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is not positive.</exception>
    public TimeSpan? NoEpochWithin
    {
        get;
        set
        {
            if (value is { } limit) ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(limit, TimeSpan.Zero, nameof(value));
            field = value;
        }
    }
}

/// <summary>How a query is, as the health check's data says under the query's name.</summary>
/// <param name="Status">Unhealthy: failed for good. Degraded: waiting to be started again, started again and without an epoch since, or without an epoch within <see cref="StreamLinqHealthOptions.NoEpochWithin"/>.</param>
/// <param name="Message">What it is doing, for people.</param>
/// <param name="LastEpoch">The last epoch of this run; null before the first.</param>
/// <param name="InputRowsPerSecond">Rows read per second in the last epoch; 0 while the query waits for rows.</param>
public sealed record QueryHealth(HealthStatus Status, string Message, long? LastEpoch, double InputRowsPerSecond);

/// <summary>Adds StreamLinq's health check.</summary>
public static class StreamLinqHealthChecks
{
    /// <summary>
    /// Adds a check over all queries: those the host runs (<c>AddQuery</c>), and those that your own code runs on the same engine while they are active; how these ended is that code's business.
    /// The worst query decides; the data has a <see cref="QueryHealth"/> per query, by name.
    /// </summary>
    /// <param name="builder">The health checks.</param>
    /// <param name="configure">Sets the check's options; null: the defaults.</param>
    /// <param name="name">The check's name.</param>
    /// <param name="failureStatus">What a query that failed for good is reported as; null: unhealthy.</param>
    /// <param name="tags">Tags to choose checks by; null: none.</param>
    public static IHealthChecksBuilder AddStreamLinq(
        this IHealthChecksBuilder builder, Action<StreamLinqHealthOptions>? configure = null, string name = "streamlinq", HealthStatus? failureStatus = null, IEnumerable<string>? tags = null)
    {
        ArgumentNullException.ThrowIfNull(builder);
        var options = new StreamLinqHealthOptions();
        configure?.Invoke(options);
        builder.Services.AddStreamLinq();
        return builder.Add(new HealthCheckRegistration(
            name, services => new QueriesHealthCheck(services.GetRequiredService<IStreamEngine>(), services.GetServices<HostedQuery>(), options), failureStatus, tags));
    }
}
