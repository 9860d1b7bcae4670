// What those outside see of hosted queries: listeners, metrics, activities and logs.
using System.Collections.Concurrent;
using System.Diagnostics;
using System.Diagnostics.Metrics;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using NUnit.Framework;

namespace StreamLinq.Tests.Hosting;

public sealed class ObservationTests
{
    [Test]
    public async Task Listeners_are_told_in_order_over_a_restart()
    {
        var (clock, source, sink) = (new VirtualTimeProvider(), new MemorySource<int>(), new GatedSink<int>());
        sink.FailTimes(1);
        using var host = TestHost.Build(services => services.AddSingleton<TimeProvider>(clock).AddStreamLinq().AddListener<Calls>().AddListener<Calls>().AddListener<Thrower>()
            .AddQuery("heard", _ => StreamSource.From(source).WriteTo(sink), o => o.OnFailure = QueryFailurePolicy.Restart));
        var calls = host.Services.GetRequiredService<Calls>();
        await host.StartAsync();
        await TestHost.Until(() => calls.All.Contains("idle heard"));
        source.Add(1);
        await clock.AskedAsync(1);
        clock.Advance(TimeSpan.FromSeconds(1));
        await TestHost.Until(() => calls.All.Count(c => c == "idle heard") == 2);
        await host.StopAsync();
        Assert.That(calls.All, Is.EqualTo(["started heard", "idle heard", "terminated heard SLQ2004", "started heard", "progress heard 0 1", "idle heard", "terminated heard "]));
    }

    [Test]
    public async Task Metrics_and_activities_are_tagged_by_query()
    {
        var name = "measured-" + Guid.NewGuid();
        var rows = new ConcurrentDictionary<string, long>();
        var durations = new ConcurrentBag<double>();
        var epochs = new ConcurrentBag<object?>();
        using var meters = new MeterListener { InstrumentPublished = (instrument, listener) => { if (instrument.Meter.Name == "StreamLinq") listener.EnableMeasurementEvents(instrument); } };
        meters.SetMeasurementEventCallback<long>((instrument, value, tags, _) => { if (Query(tags)) rows.AddOrUpdate(instrument.Name, value, (_, sum) => sum + value); });
        meters.SetMeasurementEventCallback<double>((instrument, value, tags, _) => { if (Query(tags) && instrument.Name == "streamlinq.epoch.duration") durations.Add(value); });
        meters.Start();
        using var activities = new ActivityListener
        {
            ShouldListenTo = source => source.Name == "StreamLinq",
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllData,
            ActivityStopped = activity => { if (name.Equals(activity.GetTagItem("query"))) epochs.Add(activity.GetTagItem("epoch")); },
        };
        ActivitySource.AddActivityListener(activities);

        var source = new MemorySource<int>();
        source.Add(1, 2, 3, 4);
        source.Complete();
        var sink = new MemorySink<int>();
        var calls = new Calls();
        using var host = TestHost.Build(services => services.AddSingleton(calls).AddStreamLinq().AddListener<Calls>()
            .AddQuery(name, _ => StreamSource.From(source).Where(x => x % 2 == 0).WriteTo(sink), o => o.Query = new() { MaxRowsPerEpoch = 2 }));
        await host.StartAsync();
        await TestHost.Until(() => calls.All.Contains($"terminated {name} "));
        await host.StopAsync();
        Assert.That(rows["streamlinq.rows.in"], Is.EqualTo(4));
        Assert.That(rows["streamlinq.rows.out"], Is.EqualTo(2));
        Assert.That(durations, Has.Count.EqualTo(2).And.All.GreaterThan(0));
        Assert.That(epochs, Is.EquivalentTo([0L, 1L]));

        bool Query(ReadOnlySpan<KeyValuePair<string, object?>> tags)
        {
            foreach (var tag in tags)
                if (tag.Key == "query" && name.Equals(tag.Value)) return true;
            return false;
        }
    }

    [Test]
    public async Task Logs_carry_the_querys_name_in_their_scope_once()
    {
        var (log, source, sink) = (new CapturedLog(), new MemorySource<int>(), new GatedSink<int>());
        sink.FailTimes(1);
        var clock = new VirtualTimeProvider();
        using var host = TestHost.Build(services => services.AddSingleton<ILoggerProvider>(log).AddSingleton<TimeProvider>(clock).AddStreamLinq()
            .AddQuery("logged", _ => StreamSource.From(source).WriteTo(sink), o => o.OnFailure = QueryFailurePolicy.Restart));
        await host.StartAsync();
        source.Add(1);
        await clock.AskedAsync(1);
        clock.Advance(TimeSpan.FromSeconds(1));
        await TestHost.Until(() => sink.Committed.Count == 1);
        await host.StopAsync();
        Assert.That(log.Entries.Select(e => e.Id), Is.EqualTo([2, 1, 7, 21, 2, 1, 4, 6]));
        foreach (var entry in log.Entries) Assert.That(entry.Scope.Where(s => s.Key == "Query").Select(s => s.Value), Is.EqualTo(["logged"]), entry.Text);
        Assert.That(log.Entries.Single(e => e.Id == 21), Has.Property(nameof(LogEntry.Text)).EqualTo("Query logged starts again in 00:00:01; failures in a row: 1.").And.Property(nameof(LogEntry.Level)).EqualTo(LogLevel.Warning));
    }

    internal sealed class Calls : IStreamingQueryListener
    {
        private readonly ConcurrentQueue<string> _calls = [];

        internal IReadOnlyList<string> All => [.. _calls];

        public void OnStarted(StreamingQuery query) => _calls.Enqueue($"started {query.Name}");

        public void OnProgress(StreamingQuery query, StreamingQueryProgress progress) => _calls.Enqueue($"progress {query.Name} {progress.Epoch} {progress.InputRows}");

        public void OnIdle(StreamingQuery query, DateTimeOffset timestamp) => _calls.Enqueue($"idle {query.Name}");

        public void OnTerminated(StreamingQuery query, StreamingQueryException? exception)
        {
            if (query.IsActive || query.Exception != exception) _calls.Enqueue("the query does not know yet that it has ended");
            _calls.Enqueue($"terminated {query.Name} {exception?.Code}");
        }
    }

    internal sealed class Thrower : IStreamingQueryListener
    {
        public void OnStarted(StreamingQuery query) => throw new InvalidOperationException();
    }
}
