// What happens without rows: the loop wakes up by the clock, ends of inputs, draining, and triggers that end by themselves.
using NUnit.Framework;
using StreamLinq.Embedded;
using static StreamLinq.Tests.Time.Reading;

namespace StreamLinq.Tests.Time;

[TestFixture]
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class ClockAndEndTests
{
    private readonly Hosting.VirtualTimeProvider _clock = new();
    private readonly MemorySink<(double Start, long Count)> _sink = new();

    private sealed class FromClock(TimeSpan delay) : IWatermarkGenerator<Reading>
    {
        public void OnRow(Reading row, DateTimeOffset time) { }

        public Watermark OnEpochEnd(DateTimeOffset clock) => new(clock - delay);
    }

    private StreamEngine Engine() => new(new StreamEngineOptions { TimeProvider = _clock });

    private double Now => (_clock.GetUtcNow() - DateTimeOffset.UnixEpoch).TotalSeconds;

    // Moves the clock by seconds until it is so; the loop has one timer while it sleeps, and none while it looks.
    private async Task UntilAsync(Func<bool> isSo, int most)
    {
        for (var moved = 0; ; moved++)
        {
            await Hosting.TestHost.Until(() => isSo() || _clock.Waiting > 0);
            if (isSo()) return;
            Assert.That(moved, Is.LessThan(most), "the loop has not woken up in time");
            _clock.Advance(Second);
        }
    }

    [Test]
    public async Task A_processing_time_window_closes_by_the_clock()
    {
        var rows = new MemorySource<Reading>();
        await using var engine = Engine();
        await using var query = await engine.StartAsync(Tens(StreamSource.From(rows).WithProcessingTime()).WriteTo(_sink));
        var start = Now;
        rows.Add(new(1), new(2));
        await query.ProcessAllAvailableAsync();
        await UntilAsync(() => _sink.Rows.Count == 1, 15);
        Assert.That(_sink.Rows, Is.EqualTo(new[] { (start, 2L) }));
        Assert.That(_clock.Asked, Has.Count.LessThan(6), "it sleeps until the window ends");
    }

    [Test]
    public async Task A_chain_behind_a_grace_period_does_not_keep_the_loop_awake()
    {
        var rows = new MemorySource<Reading>();
        var counts = StreamSource.From(rows).WithProcessingTime().Window(Windowing.Tumbling(10 * Second)).GracePeriod(20 * Second).GroupBy(r => r.Name).Select(g => new { g.Window, Count = g.Count() });
        await using var engine = Engine();
        await using var query = await engine.StartAsync(counts.Window(Windowing.Tumbling(20 * Second)).GroupBy(_ => 0).Select(g => ValueTuple.Create(0.0, g.Sum(c => c.Count))).WriteTo(_sink));
        rows.Add(new(1), new(2, "b"));
        await query.ProcessAllAvailableAsync();
        await UntilAsync(() => _sink.Rows.Count == 1, 55);
        Assert.That(_sink.Rows, Is.EqualTo(new[] { (0.0, 2L) }));
        Assert.That(_clock.Asked, Has.Count.LessThan(10));
    }

    [Test]
    public async Task A_generator_that_follows_the_clock_closes_windows_without_rows()
    {
        var rows = new MemorySource<Reading>();
        await using var engine = Engine();
        await using var query = await engine.StartAsync(Tens(StreamSource.From(rows).WithEventTime(r => r.Time, WatermarkStrategy.From(() => new FromClock(3 * Second)))).WriteTo(_sink));
        var start = Now;
        rows.Add(new Reading(start + 1), new Reading(start + 95));
        await query.ProcessAllAvailableAsync();
        await UntilAsync(() => _sink.Rows.Count == 1, 20);
        Assert.That(Now - start, Is.InRange(13, 16));
        await UntilAsync(() => _sink.Rows.Count == 2, 100);
        Assert.That(Now - start, Is.InRange(103, 106));
    }

    [Test]
    public async Task A_silent_input_becomes_idle_by_the_clock_also_beside_one_that_has_ended()
    {
        var (left, ended, silent) = (new MemorySource<Reading>(), new MemorySource<Reading>(), new MemorySource<Reading>());
        var all = StreamSource.From(left, "left").Merge(StreamSource.From(ended, "ended")).Merge(StreamSource.From(silent, "silent"));
        await using var engine = Engine();
        await using var query = await engine.StartAsync(Tens(all.WithEventTime(r => r.Time, TimeSpan.Zero)).WriteTo(_sink));
        ended.Add(new Reading(1));
        ended.Complete();
        left.Add(new Reading(25));
        await query.ProcessAllAvailableAsync();
        _clock.Advance(20 * Second);
        silent.Add(new Reading(2));
        await query.ProcessAllAvailableAsync();
        await query.ProcessAllAvailableAsync();
        _clock.Advance(50 * Second);
        left.Add(new Reading(26));
        await query.ProcessAllAvailableAsync();
        await query.ProcessAllAvailableAsync();
        Assert.That(_sink.Rows, Is.Empty);
        await UntilAsync(() => _sink.Rows.Count == 1, 20);
        Assert.That(_sink.Rows, Is.EqualTo(new[] { (0.0, 2L) }));
    }

    [TestCase(false)]
    [TestCase(true)]
    public async Task Draining_closes_everything_and_stops(bool byClock)
    {
        var rows = new MemorySource<Reading>();
        var stream = StreamSource.From(rows);
        await using var engine = Engine();
        await using var query = await engine.StartAsync(Tens(byClock ? stream.WithProcessingTime() : stream.WithEventTime(r => r.Time, Minute)).WriteTo(_sink));
        rows.Add(new(1), new(2));
        await query.DrainAsync();
        Assert.That(query.IsActive, Is.False);
        Assert.That(_sink.Rows, Is.EqualTo(new[] { (byClock ? Now : 0.0, 2L) }));
    }

    [Test]
    public async Task Draining_what_has_ended_does_nothing()
    {
        var rows = new MemorySource<Reading>();
        rows.Add(new Reading(1));
        rows.Complete();
        await using var engine = Engine();
        await using var query = await engine.StartAsync(Tens(StreamSource.From(rows).WithEventTime(r => r.Time, Minute)).WriteTo(_sink));
        await query.Completion;
        await query.DrainAsync();
        Assert.That(_sink.Rows, Is.EqualTo(new[] { (0.0, 1L) }));
    }

    [Test]
    public async Task Available_now_runs_the_epoch_without_data_and_closes_no_more_than_that()
    {
        var rows = new MemorySource<Reading>();
        rows.Add(new(1), new(2), new(15), new(28));
        var storage = new MemoryStorage();
        await using var engine = new StreamEngine(new StreamEngineOptions { TimeProvider = _clock, Storage = _ => storage });
        var query = Tens(StreamSource.From(rows, "rows").WithEventTime(r => r.Time, TimeSpan.Zero)).WriteTo(_sink);
        var options = new StreamingQueryOptions { Name = "nightly", Trigger = Trigger.AvailableNow, CheckpointLocation = "memory", MaxRowsPerEpoch = 3 };
        await engine.RunAsync(query, options);
        Assert.That(_sink.Rows, Is.EqualTo(new[] { (0.0, 2L), (10.0, 1L) }));
        rows.Add(new(29), new(31));
        await engine.RunAsync(query, options);
        Assert.That(_sink.Rows.Skip(2), Is.EqualTo(new[] { (20.0, 2L) }));
    }

    [Test]
    public async Task Once_is_one_epoch()
    {
        var rows = new MemorySource<Reading>();
        rows.Add(new(1), new(15));
        var storage = new MemoryStorage();
        await using var engine = new StreamEngine(new StreamEngineOptions { TimeProvider = _clock, Storage = _ => storage });
        var query = Tens(StreamSource.From(rows, "rows").WithEventTime(r => r.Time, TimeSpan.Zero)).WriteTo(_sink);
        var options = new StreamingQueryOptions { Name = "once", Trigger = Trigger.Once, CheckpointLocation = "memory" };
        await engine.RunAsync(query, options);
        Assert.That(_sink.Rows, Is.Empty);
        await engine.RunAsync(query, options);
        Assert.That(_sink.Rows, Is.EqualTo(new[] { (0.0, 1L) }), "the second run is the epoch without data");
        await engine.RunAsync(query, options);
        Assert.That(_sink.Rows, Has.Count.EqualTo(1));
    }
}
