// Queries that fail and start again: after which delays, on which clock, and until when.
using Microsoft.Extensions.DependencyInjection;
using NUnit.Framework;
using StreamLinq.Hosting;
using StreamLinq.Tests.Sinks;

namespace StreamLinq.Tests.Hosting;

public sealed class RestartTests
{
    [Test]
    public async Task A_query_that_fails_starts_again_after_delays_that_double()
    {
        using var folder = new TempFolder();
        var clock = new VirtualTimeProvider();
        var source = new MemorySource<int>();
        var sink = new GatedSink<int>();
        sink.FailTimes(4);
        using var host = TestHost.Build(services => services.AddSingleton<TimeProvider>(clock).AddStreamLinq(o => o.CheckpointRoot = folder.Path).AddQuery("again", _ => StreamSource.From(source).WriteTo(sink), o =>
        {
            o.OnFailure = QueryFailurePolicy.Restart;
            o.MaxRestartDelay = TimeSpan.FromSeconds(3);
        }));
        await host.StartAsync();
        source.Add(1, 2);
        int[] delays = [1, 2, 3, 3];
        for (var i = 0; i < delays.Length; i++)
        {
            await clock.AskedAsync(i + 1);
            Assert.That(sink.Rows, Is.Empty);
            clock.Advance(TimeSpan.FromSeconds(delays[i]));
        }

        await TestHost.Until(() => sink.Rows.Count == 2);
        Assert.That(clock.Asked.Select(d => d.TotalSeconds), Is.EqualTo(delays));
        await host.StopAsync();
        Assert.That(sink.Rows, Is.EqualTo([1, 2]));
        Assert.That(sink.Committed, Is.EqualTo([0L]));
    }

    [Test]
    public void A_run_that_lasted_makes_the_next_delay_the_first()
    {
        var delays = new RestartDelay(new HostedQueryOptions { ResetDelayAfter = TimeSpan.FromMinutes(5) });
        (int Ran, int Delay, int Failures)[] runs = [(0, 1, 1), (1, 2, 2), (299, 4, 3), (300, 1, 1), (0, 2, 2)];
        Assert.That(runs.Select(r => (r.Ran, (int)delays.After(TimeSpan.FromSeconds(r.Ran)).TotalSeconds, delays.Failures)), Is.EqualTo(runs));
    }

    [Test]
    public void Delays_stay_within_the_longest([Values(1, 7, 60)] int longest)
    {
        var delays = new RestartDelay(new HostedQueryOptions { FirstRestartDelay = TimeSpan.FromSeconds(2), MaxRestartDelay = TimeSpan.FromSeconds(longest) });
        var all = Enumerable.Range(0, 1000).Select(_ => delays.After(TimeSpan.Zero)).ToList();
        Assert.That(all, Is.Ordered);
        Assert.That(all[^1], Is.EqualTo(TimeSpan.FromSeconds(longest)));
    }

    [Test]
    public async Task A_host_that_stops_does_not_wait_for_the_delay()
    {
        var clock = new VirtualTimeProvider();
        var source = new MemorySource<int>();
        var sink = new GatedSink<int>();
        sink.FailTimes(1);
        using var host = TestHost.Build(services => services.AddSingleton<TimeProvider>(clock).AddStreamLinq().AddQuery("waits", _ => StreamSource.From(source).WriteTo(sink), o => o.OnFailure = QueryFailurePolicy.Restart));
        await host.StartAsync();
        source.Add(1);
        await clock.AskedAsync(1);
        await host.StopAsync().WaitAsync(TimeSpan.FromSeconds(10));
        Assert.That(host.Engine().ActiveQueries, Is.Empty);
    }

    [Test]
    public async Task A_query_that_cannot_open_its_sink_starts_again()
    {
        var clock = new VirtualTimeProvider();
        var source = new MemorySource<int>();
        source.Add(1);
        var sink = new ClosedOnce();
        using var host = TestHost.Build(services => services.AddSingleton<TimeProvider>(clock).AddStreamLinq().AddQuery("opens", _ => StreamSource.From(source).WriteTo(sink), o => o.OnFailure = QueryFailurePolicy.Restart));
        await host.StartAsync();
        await clock.AskedAsync(1);
        clock.Advance(TimeSpan.FromSeconds(1));
        await TestHost.Until(() => sink.Rows.Rows.Count == 1);
        await host.StopAsync();
    }

    [Test]
    public void Delays_out_of_range_are_refused_where_they_are_set()
    {
        var options = new HostedQueryOptions();
        Assert.Throws<ArgumentOutOfRangeException>(() => options.FirstRestartDelay = TimeSpan.Zero);
        Assert.Throws<ArgumentOutOfRangeException>(() => options.MaxRestartDelay = TimeSpan.FromDays(2));
        Assert.Throws<ArgumentOutOfRangeException>(() => options.ResetDelayAfter = TimeSpan.FromSeconds(-1));
        Assert.Throws<ArgumentNullException>(() => options.Query = null!);
    }

    private sealed class ClosedOnce : IStreamSink<int>
    {
        private bool _tried;

        internal MemorySink<int> Rows { get; } = new();

        public string Description => "closed at first";

        public SinkFeatures Features => Rows.Features;

        public ValueTask<IStreamSinkWriter<int>> OpenAsync(SinkContext context, CancellationToken cancellationToken)
        {
            if (_tried) return Rows.OpenAsync(context, cancellationToken);
            _tried = true;
            throw new IOException("not yet");
        }
    }
}
