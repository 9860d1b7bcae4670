// Queries under a real host: started, stopped cleanly, and what the host learns of their end.
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using NUnit.Framework;
using StreamLinq.Tests.Sinks;

namespace StreamLinq.Tests.Hosting;

public sealed class HostedQueryTests
{
    [Test]
    public async Task A_query_runs_while_the_host_runs()
    {
        var source = new MemorySource<int>();
        var sink = new MemorySink<int>();
        using var host = TestHost.Build(services => services.AddStreamLinq().AddQuery("tens", _ => StreamSource.From(source).Select(x => x * 10).WriteTo(sink)));
        await host.StartAsync();
        source.Add(1, 2, 3);
        await TestHost.Until(() => sink.Rows.Count == 3);
        var query = host.Engine().ActiveQueries.Single();
        Assert.That((query.Name, query.IsActive), Is.EqualTo(("tens", true)));
        await host.StopAsync();
        Assert.That(sink.Rows, Is.EqualTo([10, 20, 30]));
        Assert.That(query.IsActive, Is.False);
        Assert.That(query.Exception, Is.Null);
        Assert.That(host.Engine().ActiveQueries, Is.Empty);
    }

    [Test]
    public async Task Several_outputs_are_one_query()
    {
        var source = new MemorySource<int>();
        var (all, even) = (new MemorySink<int>(), new MemorySink<int>());
        using var host = TestHost.Build(services => services.AddStreamLinq().AddQuery("both", _ => [StreamSource.From(source).WriteTo(all), StreamSource.From(source).Where(x => x % 2 == 0).WriteTo(even)]));
        await host.StartAsync();
        source.Add(1, 2);
        await TestHost.Until(() => all.Rows.Count == 2 && even.Rows.Count == 1);
        Assert.That(host.Engine().ActiveQueries, Has.Count.EqualTo(1));
        await host.StopAsync();
    }

    [Test]
    public async Task Stopping_the_host_commits_the_epoch_that_runs()
    {
        using var folder = new TempFolder();
        var source = new MemorySource<int>();
        var sink = new GatedSink<int> { Gate = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously) };
        void Configure(IServiceCollection services) => services.AddStreamLinq(o => o.CheckpointRoot = folder.Path).AddQuery("clean", _ => StreamSource.From(source).WriteTo(sink));
        using (var host = TestHost.Build(Configure))
        {
            await host.StartAsync();
            source.Add(1, 2);
            await sink.EnteredAsync();
            var stop = host.StopAsync();
            await Task.Delay(50);
            Assert.That(stop.IsCompleted, Is.False, "the epoch is still running");
            sink.Gate.SetResult();
            await stop;
            Assert.That(sink.Committed, Is.EqualTo([0L]));
        }

        Assert.That(Directory.Exists(folder["clean"]), Is.True);
        source.Add(3);
        using (var host = TestHost.Build(Configure))
        {
            await host.StartAsync();
            await TestHost.Until(() => sink.Rows.Count >= 3);
            await host.StopAsync();
        }

        Assert.That(sink.Rows, Is.EqualTo([1, 2, 3]));
    }

    [Test]
    public async Task A_query_that_does_not_end_in_time_does_not_hold_up_the_host()
    {
        var source = new MemorySource<int>();
        var sink = new GatedSink<int> { Gate = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously) };
        var log = new CapturedLog();
        var host = TestHost.Build(services => services.AddSingleton<Microsoft.Extensions.Logging.ILoggerProvider>(log)
            .Configure<HostOptions>(o => o.ShutdownTimeout = TimeSpan.FromMilliseconds(100)).AddStreamLinq().AddQuery("stuck", _ => StreamSource.From(source).WriteTo(sink)));
        try
        {
            await host.StartAsync();
            source.Add(1);
            await sink.EnteredAsync();
            await host.StopAsync();
            await Task.Run(host.Dispose).WaitAsync(TimeSpan.FromSeconds(5));
        }
        finally
        {
            sink.Gate.SetResult();
        }

        Assert.That(log.Entries.Where(e => e.Id == 22).Select(e => e.Text).Single(), Does.StartWith("Query stuck did not end within the host's shutdown timeout."));
    }

    [Test]
    public async Task A_query_that_fails_stops_the_host_and_the_host_throws_its_exception()
    {
        var source = new MemorySource<int>();
        var (sink, other) = (new MemorySink<int>(), new MemorySink<int>());
        using var host = TestHost.Build(services => services.AddStreamLinq()
            .AddQuery("good", _ => StreamSource.From(source).WriteTo(other))
            .AddQuery("bad", _ => StreamSource.From(source).Select(x => 10 / x).WriteTo(sink)));
        var run = host.RunAsync();
        source.Add(0);
        var error = Assert.ThrowsAsync<StreamingQueryException>(() => run.WaitAsync(TimeSpan.FromSeconds(10)))!;
        Assert.That(error.Code, Is.EqualTo("SLQ2001"));
        Assert.That(error.InnerException, Is.InstanceOf<DivideByZeroException>());
    }

    [Test]
    public async Task Two_queries_that_fail_are_both_named()
    {
        var source = new MemorySource<int>();
        var gate = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var (first, second) = (new GatedSink<int> { Gate = gate }, new GatedSink<int> { Gate = gate });
        first.FailTimes(1);
        second.FailTimes(1);
        using var host = TestHost.Build(services => services.AddStreamLinq().AddQuery("one", _ => StreamSource.From(source).WriteTo(first)).AddQuery("two", _ => StreamSource.From(source).WriteTo(second)));
        var run = host.RunAsync();
        source.Add(1);
        await first.EnteredAsync();
        await second.EnteredAsync();
        gate.SetResult();
        var error = Assert.ThrowsAsync<AggregateException>(() => run.WaitAsync(TimeSpan.FromSeconds(10)))!;
        Assert.That(error.InnerExceptions.Select(e => ((StreamingQueryException)e).Code), Is.EqualTo(["SLQ2004", "SLQ2004"]));
        Assert.That(error.Message, Does.Contain("'one'").And.Contain("'two'"));
    }

    [Test]
    public void A_query_that_is_not_legal_stops_the_host_whatever_its_policy()
    {
        var ordered = StreamSource.From(new MemorySource<int>()).GroupBy(x => x % 2).Select(g => new { g.Key, Count = g.Count() }).OrderBy(r => r.Count);
        using var host = TestHost.Build(services => services.AddStreamLinq().AddQuery("ordered", _ => ordered.WriteTo(StreamSink.Console(), OutputMode.Update), o => o.OnFailure = QueryFailurePolicy.Restart));
        var error = Assert.ThrowsAsync<QueryTranslationException>(() => host.RunAsync().WaitAsync(TimeSpan.FromSeconds(10)))!;
        Assert.That(error.Code, Is.EqualTo("SLQ1009"));
    }

    [Test]
    public void A_query_that_cannot_be_built_stops_the_host_whatever_its_policy()
    {
        using var host = TestHost.Build(services => services.AddStreamLinq()
            .AddQuery("unbuilt", services => StreamSource.From(services.GetRequiredService<IStreamSource<int>>()).WriteTo(new MemorySink<int>()), o => o.OnFailure = QueryFailurePolicy.Restart));
        Assert.ThrowsAsync<InvalidOperationException>(() => host.RunAsync().WaitAsync(TimeSpan.FromSeconds(10)));
    }

    [Test]
    public async Task A_query_whose_input_ends_is_done_and_the_host_goes_on()
    {
        var (finite, endless) = (new MemorySource<int>(), new MemorySource<int>());
        var (done, goesOn) = (new MemorySink<int>(), new MemorySink<int>());
        using var host = TestHost.Build(services => services.AddStreamLinq()
            .AddQuery("finite", _ => StreamSource.From(finite).WriteTo(done), o => o.OnFailure = QueryFailurePolicy.Restart)
            .AddQuery("endless", _ => StreamSource.From(endless).WriteTo(goesOn)));
        await host.StartAsync();
        finite.Add(1);
        finite.Complete();
        await TestHost.Until(() => host.Engine().ActiveQueries is [{ Name: "endless" }]);
        endless.Add(2);
        await TestHost.Until(() => goesOn.Rows.Count == 1);
        Assert.That(done.Rows, Is.EqualTo([1]));
        Assert.That(host.Services.GetRequiredService<IHostApplicationLifetime>().ApplicationStopping.IsCancellationRequested, Is.False);
        await host.StopAsync();
    }

    [Test]
    public void The_same_name_twice_does_not_start()
    {
        using var host = TestHost.Build(services => services.AddStreamLinq().AddQuery("twin", Output).AddQuery("twin", Output));
        var error = Assert.ThrowsAsync<StreamLinqException>(() => host.StartAsync())!;
        Assert.That(error.Message, Is.EqualTo("SLQ2060: two queries were added under the name 'twin'. The name keeps their checkpoints, logs and metrics apart: give each its own in AddQuery."));

        static StreamOutput Output(IServiceProvider services) => StreamSource.From(new MemorySource<int>()).WriteTo(new MemorySink<int>());
    }

    [Test]
    public async Task Adding_StreamLinq_twice_adds_one_engine_and_both_settings()
    {
        using var folder = new TempFolder();
        var source = new MemorySource<int>();
        var (one, two) = (new MemorySink<int>(), new MemorySink<int>());
        var clock = new VirtualTimeProvider();
        using var host = TestHost.Build(services =>
        {
            services.AddStreamLinq(o => o.CheckpointRoot = folder.Path).AddQuery("one", _ => StreamSource.From(source).WriteTo(one));
            services.AddStreamLinq(o => o.TimeProvider = clock).AddQuery("two", _ => StreamSource.From(source).WriteTo(two));
        });
        Assert.That(host.Services.GetServices<IStreamEngine>().Count(), Is.EqualTo(1));
        Assert.That(host.Services.GetServices<IHostedService>().Count(), Is.EqualTo(1));
        Assert.That(host.Engine().TimeProvider, Is.SameAs(clock));
        await host.StartAsync();
        source.Add(1);
        await TestHost.Until(() => one.Rows.Count == 1 && two.Rows.Count == 1);
        await host.StopAsync();
        Assert.That(Directory.GetDirectories(folder.Path).Select(Path.GetFileName), Is.EquivalentTo(["one", "two"]));
    }

    [Test]
    public void The_clock_is_the_containers_unless_one_is_set()
    {
        var (container, own) = (new VirtualTimeProvider(), new VirtualTimeProvider());
        using var taken = TestHost.Build(services => services.AddSingleton<TimeProvider>(container).AddStreamLinq());
        using var set = TestHost.Build(services => services.AddSingleton<TimeProvider>(container).Configure<StreamEngineOptions>(o => o.TimeProvider = own).AddStreamLinq());
        using var none = TestHost.Build(services => services.AddStreamLinq());
        Assert.That(taken.Engine().TimeProvider, Is.SameAs(container));
        Assert.That(set.Engine().TimeProvider, Is.SameAs(own));
        Assert.That(none.Engine().TimeProvider, Is.SameAs(TimeProvider.System));
    }

    [Test]
    public async Task A_background_service_of_the_user_runs_a_query_on_the_same_engine()
    {
        var source = new MemorySource<int>();
        var sink = new MemorySink<int>();
        using var host = TestHost.Build(services =>
        {
            services.AddStreamLinq();
            services.AddSingleton(StreamSource.From(source).WriteTo(sink)).AddHostedService<OwnService>();
        });
        await host.StartAsync();
        source.Add(7);
        await TestHost.Until(() => sink.Rows.Count == 1);
        Assert.That(host.Engine().ActiveQueries.Single().Name, Is.EqualTo("own"));
        await host.StopAsync();
        Assert.That(host.Engine().ActiveQueries, Is.Empty);
    }

    private sealed class OwnService(IStreamEngine engine, StreamOutput output) : BackgroundService
    {
        protected override Task ExecuteAsync(CancellationToken stoppingToken) => engine.RunAsync(output, new() { Name = "own" }, stoppingToken);
    }
}
