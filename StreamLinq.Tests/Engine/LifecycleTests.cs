// How queries start, run and end: triggers, names, waiting for rows, stopping, what a checkpoint survives and what it refuses.
using NUnit.Framework;
using StreamLinq.Embedded;

namespace StreamLinq.Tests.Engine;

[TestFixture]
public sealed class LifecycleTests
{
    private string _folder = "";

    [SetUp]
    public void MakeFolder() => _folder = Directory.CreateTempSubdirectory("streamlinq-").FullName;

    [TearDown]
    public void RemoveFolder() => Directory.Delete(_folder, recursive: true);

    private static (MemorySource<int> Source, IStreamQueryable<Tally, Table> Query) Tallies()
    {
        var source = new MemorySource<int>();
        return (source, from v in StreamSource.From(source, "numbers") group v by v % 3 into g select new Tally(g.Key, g.Count()));
    }

    private sealed record Tally(int Key, long Count);

    [Test]
    public async Task Without_a_checkpoint_nothing_is_written_and_a_warning_names_the_option()
    {
        var log = new ListLogger();
        var (source, query) = Tallies();
        var sink = new MemorySink<Tally>();
        Environment.CurrentDirectory = _folder;
        await using (var engine = new StreamEngine(new StreamEngineOptions { LoggerFactory = log }))
        {
            source.Add(1, 2, 3);
            source.Complete();
            await using var running = await engine.StartAsync(query.WriteTo(sink, OutputMode.Update));
            await running.Completion;
            Assert.That(running.Explain(), Does.Contain("State: in memory only, nothing survives; set CheckpointLocation to keep it"));
            Assert.That(running.Delivery, Is.EqualTo(DeliveryGuarantee.None));
        }

        Environment.CurrentDirectory = Path.GetTempPath();
        Assert.Multiple(() =>
        {
            Assert.That(sink.Rows, Has.Count.EqualTo(3));
            Assert.That(Directory.EnumerateFileSystemEntries(_folder), Is.Empty);
            Assert.That(log.Lines.Count(l => l.Contains("has no checkpoint", StringComparison.Ordinal) && l.Contains("StreamingQueryOptions.CheckpointLocation", StringComparison.Ordinal)), Is.EqualTo(1));
        });
    }

    [Test]
    public async Task A_query_goes_on_where_it_stopped_with_its_id()
    {
        var (source, query) = Tallies();
        var options = new StreamingQueryOptions { CheckpointLocation = Path.Combine(_folder, "state"), Name = "tally" };
        var sink = new MemorySink<Tally>();
        var ids = new HashSet<Guid>();
        for (var run = 0; run < 3; run++)
        {
            await using var engine = new StreamEngine();
            await using var running = await engine.StartAsync(query.WriteTo(sink, OutputMode.Update), options);
            source.Add(0, 1, 2, 3);
            await running.ProcessAllAvailableAsync();
            ids.Add(running.Id);
            Assert.That(running.Delivery, Is.EqualTo(DeliveryGuarantee.ExactlyOnce));
            await running.StopAsync();
            Assert.That(running.IsActive, Is.False);
        }

        Assert.Multiple(() =>
        {
            Assert.That(ids, Has.Count.EqualTo(1));
            Assert.That(sink.Rows, Is.EquivalentTo(new Tally[] { new(0, 6), new(1, 3), new(2, 3) }));
            Assert.That(sink.LatestEpoch, Is.EqualTo(2));
        });
    }

    [Test]
    public async Task A_changed_query_is_refused_by_the_operators_name()
    {
        var numbers = new MemorySource<int>();
        numbers.Add(1);
        var source = StreamSource.From(numbers, "numbers");
        var options = new StreamingQueryOptions { CheckpointLocation = _folder };
        await using var engine = new StreamEngine();
        await engine.RunAsync((from v in source group v by v into g select new { g.Key, N = g.Count() }).WriteTo(StreamSink.Console(), OutputMode.Update), options with { Trigger = Trigger.AvailableNow });
        var error = Assert.ThrowsAsync<StreamLinqException>(() =>
            engine.StartAsync((from v in source group v by v into g select new { g.Key, N = g.Average() }).WriteTo(StreamSink.Console(), OutputMode.Update), options))!;
        Assert.That(error.Message, Does.StartWith("SLQ2043").And.Contain("group-1"));
        var other = Assert.ThrowsAsync<StreamLinqException>(() => engine.StartAsync(StreamSource.From(new MemorySource<int>(), "others").WriteTo(StreamSink.Console()), options))!;
        Assert.That(other.Message, Does.StartWith("SLQ1013").And.Contain("numbers").And.Contain("others"));
    }

    [Test]
    public async Task A_checkpoint_in_use_is_refused()
    {
        var (_, query) = Tallies();
        var options = new StreamingQueryOptions { CheckpointLocation = _folder };
        await using var first = new StreamEngine();
        await using var second = new StreamEngine();
        await first.StartAsync(query.WriteTo(StreamSink.Console(), OutputMode.Update), options);
        var error = Assert.ThrowsAsync<StreamLinqException>(() => second.StartAsync(query.WriteTo(StreamSink.Console(), OutputMode.Update), options))!;
        Assert.That(error.Message, Does.StartWith("SLQ2040").And.Contain(_folder));
    }

    [Test]
    public async Task A_name_is_unique_while_its_query_is_active()
    {
        await using var engine = new StreamEngine();
        var output = StreamSource.From(new MemorySource<int>()).WriteTo(new MemorySink<int>());
        await engine.StartAsync(output);
        await engine.StartAsync(output);
        var named = await engine.StartAsync(output, new() { Name = "q3" });
        var error = Assert.ThrowsAsync<StreamLinqException>(() => engine.StartAsync(output, new() { Name = "q3" }))!;
        Assert.That(error.Message, Does.StartWith("SLQ1013: a query with this name is already active: 'q3'"));
        Assert.That(engine.ActiveQueries.Select(q => q.Name), Is.EqualTo(["query-1", "query-2", "q3"]));
        await named.StopAsync();
        await engine.StartAsync(output, new() { Name = "q3" });
        Assert.That(engine.ActiveQueries, Has.Count.EqualTo(3));
    }

    [Test]
    public async Task Available_now_takes_what_is_there_in_capped_epochs_and_ends()
    {
        var source = new MemorySource<int>();
        source.Add([.. Enumerable.Range(0, 10)]);
        var sink = new MemorySink<int>();
        await using var engine = new StreamEngine();
        await using var query = await engine.StartAsync(StreamSource.From(source).WriteTo(sink), new() { Trigger = Trigger.AvailableNow, MaxRowsPerEpoch = 4 });
        await query.Completion;
        Assert.That(sink.Batches.Select(b => b.Changes.Count), Is.EqualTo([4, 4, 2]));
    }

    [Test]
    public async Task Once_takes_one_epoch_and_ends()
    {
        var source = new MemorySource<int>();
        source.Add([.. Enumerable.Range(0, 50_000)]);
        var sink = new MemorySink<int>();
        await using var engine = new StreamEngine();
        await using var query = await engine.StartAsync(StreamSource.From(source).WriteTo(sink), new() { Trigger = Trigger.Once });
        await query.Completion;
        Assert.That(sink.Batches, Has.Count.EqualTo(1));
        Assert.That(sink.Rows, Has.Count.EqualTo(50_000));
    }

    [Test]
    public async Task An_interval_starts_epochs_at_its_ticks_and_an_idle_tick_uses_no_epoch()
    {
        var clock = new VirtualTimeProvider();
        var source = new MemorySource<int>();
        var sink = new MemorySink<int>();
        var idle = new IdleListener();
        await using var engine = new StreamEngine(new StreamEngineOptions { TimeProvider = clock });
        using var _ = engine.AddListener(idle);
        await using var query = await engine.StartAsync(StreamSource.From(source).WriteTo(sink), new() { Trigger = Trigger.ProcessingTime(TimeSpan.FromSeconds(10)) });
        await idle.WaitAsync();
        source.Add(1, 2);
        Assert.That(sink.Rows, Is.Empty);
        await AdvanceUntil(() => sink.LatestEpoch == 0);
        for (var i = 0; i < 3; i++) clock.Advance(TimeSpan.FromSeconds(10));
        source.Add(3);
        await AdvanceUntil(() => sink.LatestEpoch == 1);
        Assert.That(sink.Batches.Select(b => (b.Epoch, b.Changes.Count)), Is.EqualTo([(0L, 2), (1L, 1)]));

        async Task AdvanceUntil(Func<bool> done)
        {
            for (var i = 0; i < 500 && !done(); i++)
            {
                clock.Advance(TimeSpan.FromSeconds(10));
                await Task.Delay(10);
            }
        }
    }

    private sealed class IdleListener : IStreamingQueryListener
    {
        private readonly TaskCompletionSource _idle = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task WaitAsync() => _idle.Task.WaitAsync(TimeSpan.FromSeconds(30));

        public void OnIdle(StreamingQuery query, DateTimeOffset timestamp) => _idle.TrySetResult();
    }

    [Test]
    public async Task Rows_reach_a_reader_and_the_query_ends_with_the_enumeration()
    {
        var source = new MemorySource<int>();
        source.Add([.. Enumerable.Range(0, 5000)]);
        await using var engine = new StreamEngine();
        var read = new List<int>();
        await foreach (var row in StreamSource.From(source).Where(v => v % 2 == 0).ToAsyncEnumerable(engine))
        {
            read.Add(row);
            if (read.Count == 100) break;
        }

        Assert.That(read, Is.EqualTo(Enumerable.Range(0, 100).Select(i => i * 2)));
        Assert.That(engine.ActiveQueries, Is.Empty);
    }

    [Test]
    public async Task Progress_tells_rows_state_and_phases()
    {
        var (source, query) = Tallies();
        source.Add(0, 1, 2, 3, 4);
        await using var engine = new StreamEngine();
        await using var running = await engine.StartAsync(query.WriteTo(new MemorySink<Tally>(), OutputMode.Update), new() { CheckpointLocation = _folder });
        await running.ProcessAllAvailableAsync();
        var progress = running.LastProgress!;
        Assert.Multiple(() =>
        {
            Assert.That(progress.Epoch, Is.Zero);
            Assert.That(progress.InputRows, Is.EqualTo(5));
            Assert.That(progress.Sources[0].End, Is.EqualTo([new SourceOffset("0", "5")]));
            Assert.That(progress.Sinks[0].OutputRows, Is.EqualTo(3));
            Assert.That(progress.StateOperators[0], Is.EqualTo(new StateOperatorProgress("group-1", 3, 3, 0, 0, progress.StateOperators[0].MemoryBytes) { Bound = "state bounded by the number of keys" }));
            Assert.That(progress.StateOperators[0].MemoryBytes, Is.Positive);
            Assert.That(progress.Durations.Keys, Is.EquivalentTo(["plan", "log", "run", "sink", "state", "commit"]));
            Assert.That(running.Status.Message, Is.Not.Empty);
        });
    }

    [Test]
    public async Task FASTER_carries_the_state_of_a_query()
    {
        var (source, query) = Tallies();
        source.Add(0, 1, 2, 3);
        var sink = new MemorySink<Tally>();
        var plans = EmbeddedPlans.Of([query.WriteTo(sink, OutputMode.Update)]);
        var options = new StreamingQueryOptions { Name = "folded", CheckpointLocation = _folder, MaxRowsPerEpoch = 2 };
        await using (var run = await QueryRun.OpenAsync(plans, options, new StreamEngineOptions(), new ListLogger(), default))
        {
            while (await run.RunEpochAsync(everything: true, default)) { }
            await run.SettleAsync();
            await run.Checkpoint!.FoldAsync(default);
        }

        // What the base covers (all epochs but the newest) is not in the delta log any more: the rest comes back from FASTER's store.
        source.Add(3);
        await using (var run = await QueryRun.OpenAsync(plans, options, new StreamEngineOptions(), new ListLogger(), default))
        {
            while (await run.RunEpochAsync(everything: true, default)) { }
            await run.SettleAsync();
        }

        Assert.That(sink.Rows, Is.EquivalentTo(new Tally[] { new(0, 3), new(1, 1), new(2, 1) }));
    }
}
