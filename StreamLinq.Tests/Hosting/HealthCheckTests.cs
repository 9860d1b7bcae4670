// What the health check says of queries that wait, work, hang, restart and have failed.
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using NUnit.Framework;

namespace StreamLinq.Tests.Hosting;

public sealed class HealthCheckTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(1);

    [Test]
    public async Task A_query_that_waits_for_rows_is_healthy_however_long_it_waits()
    {
        var (clock, source, sink) = (new VirtualTimeProvider(), new MemorySource<int>(), new GatedSink<int>());
        using var host = Build(clock, source, sink);
        await host.StartAsync();
        source.Add(1, 2);
        await TestHost.Until(() => host.Engine().ActiveQueries is [{ LastProgress: not null, Status.IsTriggerActive: false }]);
        clock.Advance(TimeSpan.FromHours(5));
        var (status, health) = await CheckAsync(host);
        Assert.That(status, Is.EqualTo(HealthStatus.Healthy));
        Assert.That(health["watched"], Is.EqualTo(new QueryHealth(HealthStatus.Healthy, "Waiting for rows", 0, 0)));
        await host.StopAsync();
    }

    [Test]
    public async Task A_query_that_waits_for_its_trigger_is_healthy()
    {
        var (clock, source, sink) = (new VirtualTimeProvider(), new MemorySource<int>(), new GatedSink<int>());
        source.Add(1);
        using var host = Build(clock, source, sink, o => o.Query = new() { Trigger = Trigger.ProcessingTime(TimeSpan.FromHours(1)) });
        await host.StartAsync();
        await clock.AskedAsync(1);
        source.Add(2);
        clock.Advance(TimeSpan.FromMinutes(50));
        var (status, health) = await CheckAsync(host);
        Assert.That((status, health["watched"].Message), Is.EqualTo((HealthStatus.Healthy, "Waiting for the trigger")));
        await host.StopAsync();
    }

    [Test]
    public async Task A_query_without_an_epoch_for_too_long_is_degraded_until_it_ends()
    {
        var (clock, source, sink) = (new VirtualTimeProvider(), new MemorySource<int>(), new GatedSink<int> { Gate = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously) });
        using var host = Build(clock, source, sink);
        await host.StartAsync();
        clock.Advance(TimeSpan.FromHours(1));   // idle before: that time does not count
        source.Add(1);
        await sink.EnteredAsync();
        clock.Advance(Limit);
        Assert.That((await CheckAsync(host)).Status, Is.EqualTo(HealthStatus.Healthy));
        clock.Advance(TimeSpan.FromSeconds(1));
        var (status, health) = await CheckAsync(host);
        Assert.That((status, health["watched"].Message), Is.EqualTo((HealthStatus.Degraded, "no epoch since 2026-01-01T01:00:00.0000000+00:00")));
        sink.Gate.SetResult();
        await TestHost.Until(() => sink.Committed.Count == 1 && !host.Engine().ActiveQueries[0].Status.IsTriggerActive);
        Assert.That((await CheckAsync(host)).Status, Is.EqualTo(HealthStatus.Healthy));
        await host.StopAsync();
    }

    [Test]
    public async Task A_query_that_starts_again_is_degraded_until_it_has_run_an_epoch()
    {
        var (clock, source, sink) = (new VirtualTimeProvider(), new MemorySource<int>(), new GatedSink<int>());
        sink.FailTimes(1);
        using var host = Build(clock, source, sink, o => o.OnFailure = QueryFailurePolicy.Restart);
        await host.StartAsync();
        source.Add(1);
        await clock.AskedAsync(1);
        var (status, health) = await CheckAsync(host);
        Assert.That((status, health["watched"].Message), Is.EqualTo((HealthStatus.Degraded, "failed (StreamingQueryException), starts again 00:00:01 after 2026-01-01T00:00:00.0000000+00:00")));
        await sink.EnteredAsync();
        sink.Gate = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        clock.Advance(TimeSpan.FromSeconds(1));
        await sink.EnteredAsync();
        (status, health) = await CheckAsync(host);
        Assert.That((status, health["watched"].Message), Is.EqualTo((HealthStatus.Degraded, "started again after a failure, no epoch yet")));
        sink.Gate.SetResult();
        await TestHost.Until(() => host.Engine().ActiveQueries is [{ LastProgress: not null }]);
        (status, health) = await CheckAsync(host);
        Assert.That((status, health["watched"].LastEpoch), Is.EqualTo((HealthStatus.Healthy, (long?)0)));
        await host.StopAsync();
    }

    [Test]
    public async Task A_query_that_has_failed_is_unhealthy()
    {
        var (clock, source, sink) = (new VirtualTimeProvider(), new MemorySource<int>(), new GatedSink<int>());
        sink.FailTimes(1);
        using var host = Build(clock, source, sink, ignoring: true);
        await host.StartAsync();
        Assert.That((await CheckAsync(host)).Status, Is.EqualTo(HealthStatus.Healthy));
        source.Add(1);
        var checks = host.Services.GetRequiredService<HealthCheckService>();
        HealthReport? report = null;
        await TestHost.Until(async () => (report = await checks.CheckHealthAsync()).Status == HealthStatus.Unhealthy);
        var entry = report!.Entries["streamlinq"];
        Assert.That(entry.Description, Is.EqualTo("watched: failed (StreamingQueryException)."));
        Assert.That(entry.Exception, Is.InstanceOf<StreamingQueryException>());
        Assert.ThrowsAsync<StreamingQueryException>(() => host.StopAsync(), "and the exit code of the process says it");
    }

    [Test]
    public async Task A_query_that_the_users_code_runs_is_looked_at_while_it_is_active()
    {
        var source = new MemorySource<int>();
        using var host = TestHost.Build(services => services.AddHealthChecks().AddStreamLinq());
        await host.StartAsync();
        Assert.That((await CheckAsync(host)).Health, Is.Empty);
        await using (await host.Engine().StartAsync(StreamSource.From(source).WriteTo(new MemorySink<int>()), new() { Name = "mine" }))
            Assert.That((await CheckAsync(host)).Health.Keys, Is.EqualTo(["mine"]));
        Assert.That((await CheckAsync(host)).Health, Is.Empty);
        await host.StopAsync();
    }

    private static IHost Build(VirtualTimeProvider clock, MemorySource<int> source, GatedSink<int> sink, Action<HostedQueryOptions>? configure = null, bool ignoring = false) => TestHost.Build(services =>
    {
        if (ignoring) services.Configure<HostOptions>(o => o.BackgroundServiceExceptionBehavior = BackgroundServiceExceptionBehavior.Ignore);
        services.AddSingleton<TimeProvider>(clock).AddStreamLinq().AddQuery("watched", _ => StreamSource.From(source).WriteTo(sink), configure);
        services.AddHealthChecks().AddStreamLinq(o => o.NoEpochWithin = Limit);
    });

    private static async Task<(HealthStatus Status, Dictionary<string, QueryHealth> Health)> CheckAsync(IHost host)
    {
        var report = await host.Services.GetRequiredService<HealthCheckService>().CheckHealthAsync();
        return (report.Status, report.Entries["streamlinq"].Data.ToDictionary(d => d.Key, d => (QueryHealth)d.Value, StringComparer.Ordinal));
    }
}
