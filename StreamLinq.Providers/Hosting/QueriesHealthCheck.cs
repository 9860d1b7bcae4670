// Looks at each query without asking it to do anything, so a check is cheap and never waits for a stuck one.
using System.Globalization;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using StreamLinq.Embedded;

namespace StreamLinq.Hosting;

internal sealed class QueriesHealthCheck(IStreamEngine engine, IEnumerable<HostedQuery> hosted, StreamLinqHealthOptions options) : IHealthCheck
{
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        var now = engine.TimeProvider.GetUtcNow();
        var queries = new Dictionary<string, QueryHealth>(StringComparer.Ordinal);
        Exception? failure = null;
        foreach (var query in hosted)
        {
            var state = query.State;
            var health = queries[query.Name] = Of(state, now);
            if (health.Status == HealthStatus.Unhealthy || (health.Status == HealthStatus.Degraded && failure is null)) failure = state.Failure ?? failure;
        }

        foreach (var query in engine.ActiveQueries) queries.TryAdd(query.Name, OfRun(query, now, failedBefore: false));
        var worst = queries.Values.Select(q => q.Status).DefaultIfEmpty(HealthStatus.Healthy).Min();
        var told = string.Join(" ", queries.Where(q => q.Value.Status != HealthStatus.Healthy).Select(q => $"{q.Key}: {q.Value.Message}."));
        return Task.FromResult(new HealthCheckResult(
            worst == HealthStatus.Unhealthy ? context.Registration.FailureStatus : worst,
            told.Length > 0 ? told : null,
            failure,
            queries.ToDictionary(q => q.Key, object (q) => q.Value, StringComparer.Ordinal)));
    }

    private QueryHealth Of(HostedQueryState state, DateTimeOffset now) => state switch
    {
        { Phase: HostedQueryPhase.Failed } => new(HealthStatus.Unhealthy, $"failed ({state.Failure!.GetType().Name})", null, 0),
        { Phase: HostedQueryPhase.Restarting } => new(HealthStatus.Degraded, string.Create(CultureInfo.InvariantCulture, $"failed ({state.Failure!.GetType().Name}), starts again {state.Delay:c} after {state.Since:O}"), null, 0),
        { Phase: HostedQueryPhase.Ended } => new(HealthStatus.Healthy, "has ended", null, 0),
        { Query: { } query } => OfRun(query, now, state.Failure is not null),
        { Since: { } since } when Exceeds(since, now) => new(HealthStatus.Degraded, Text("recovers its state", since), null, 0),
        { Failure: not null } => new(HealthStatus.Degraded, "starts again after a failure", null, 0),
        _ => new(HealthStatus.Healthy, "starts", null, 0),
    };

    private QueryHealth OfRun(StreamingQuery query, DateTimeOffset now, bool failedBefore)
    {
        var status = query.Status;
        var last = query.LastProgress;
        var since = (query as EmbeddedQuery)?.EpochSince;
        var rate = status is { IsDataAvailable: false, IsTriggerActive: false } ? 0 : last?.InputRowsPerSecond ?? 0;
        if (since is { } start && Exceeds(start, now)) return new(HealthStatus.Degraded, Text("no epoch", start), last?.Epoch, rate);
        if (failedBefore && last is null && status.IsTriggerActive) return new(HealthStatus.Degraded, "started again after a failure, no epoch yet", null, rate);
        return new(HealthStatus.Healthy, status.Message, last?.Epoch, rate);
    }

    private bool Exceeds(DateTimeOffset since, DateTimeOffset now) => options.NoEpochWithin is { } limit && now - since > limit;

    private static string Text(string what, DateTimeOffset since) => string.Create(CultureInfo.InvariantCulture, $"{what} since {since:O}");
}
