// Watermark strategies: bounds, generators of the user's own, rows that are too far ahead.
using NUnit.Framework;
using static StreamLinq.Tests.Time.Reading;

namespace StreamLinq.Tests.Time;

[TestFixture]
public sealed class StrategyTests
{
    private sealed class FromRows(List<string> seen) : IWatermarkGenerator<Reading>
    {
        private readonly string _id = $"{(char)('A' + seen.Count(s => s == "new"))}";
        private double _last = double.NaN;

        internal FromRows Born()
        {
            seen.Add("new");
            return this;
        }

        public void OnRow(Reading row, DateTimeOffset time)
        {
            seen.Add($"{_id}{row.At}");
            _last = row.Value;
        }

        public Watermark OnEpochEnd(DateTimeOffset clock) => double.IsNaN(_last) ? Watermark.Minimum : new Watermark(Seconds(_last));
    }

    private sealed class FromClock : IWatermarkGenerator<Reading>
    {
        public void OnRow(Reading row, DateTimeOffset time) { }

        public Watermark OnEpochEnd(DateTimeOffset clock) => new(clock - (5 * Second));
    }

    private sealed class AtOnce : IWatermarkGenerator<Reading>
    {
        public void OnRow(Reading row, DateTimeOffset time) { }

        public Watermark OnEpochEnd(DateTimeOffset clock) => Watermark.Maximum;
    }

    [Test]
    public async Task A_generator_per_partition_that_goes_back_changes_nothing()
    {
        await using var harness = new StreamTestHarness();
        var source = new PartitionedSource<Reading>("p", "q");
        var seen = new List<string>();
        var output = await harness.StartAsync(Tens(StreamSource.From(source, "rows").WithEventTime(r => r.Time, WatermarkStrategy.From(() => new FromRows(seen).Born()))));
        source.Add("p", new Reading(1, Value: 20));
        source.Add("q", new Reading(2, Value: 15));
        await harness.RunUntilIdleAsync();
        Assert.That(seen, Is.EqualTo(new[] { "new", "new", "A1", "B2" }));
        Assert.That(output.Watermark, Is.EqualTo(Seconds(15)));
        Assert.That(output.Result, Is.EqualTo(new[] { (0.0, 2L) }));
        source.Add("q", new Reading(16, Value: 3));
        await harness.RunUntilIdleAsync();
        Assert.That(output.Watermark, Is.EqualTo(Seconds(15)), "never falls");
        await harness.CrashAndRecoverAsync();
        source.Add("p", new Reading(4, Value: 1), new Reading(17, Value: 1));
        await harness.RunUntilIdleAsync();
        Assert.That(output.Watermark, Is.EqualTo(Seconds(15)), "a new generator starts from nothing, the watermark goes on");
        Assert.That(output.Query.RecentProgress.Sum(p => p.LateRows), Is.EqualTo(1));
    }

    [Test]
    public async Task A_row_is_late_in_the_next_epoch_whatever_moved_the_watermark()
    {
        await using var harness = new StreamTestHarness();
        var source = harness.Source<Reading>();
        var output = await harness.StartAsync(Tens(source.Rows.WithEventTime(r => r.Time, WatermarkStrategy.From(() => new FromRows([]).Born()))));
        source.Add(new Reading(25, Value: 21));
        await harness.RunUntilIdleAsync();
        source.Add(new Reading(3, Value: 21));
        await harness.RunUntilIdleAsync();
        Assert.That(output.Query.RecentProgress.Sum(p => p.LateRows), Is.EqualTo(1));
    }

    [Test]
    public async Task A_generator_may_follow_the_clock_also_when_nothing_comes_for_long()
    {
        await using var harness = new StreamTestHarness();
        var source = harness.Source<Reading>();
        var output = await harness.StartAsync(Tens(source.Rows.WithEventTime(r => r.Time, WatermarkStrategy.From(() => new FromClock()))));
        source.Add(new(1), new(90), new(200));
        await harness.RunUntilIdleAsync();
        Assert.That(output.Result, Is.Empty);
        harness.Advance(15 * Second);
        await harness.RunUntilIdleAsync();
        Assert.That(output.Result, Is.EqualTo(new[] { (0.0, 1L) }));
        harness.Advance(85 * Second);
        await harness.RunUntilIdleAsync();
        Assert.That(output.Result, Has.Count.EqualTo(1));
        harness.Advance(5 * Second);
        await harness.RunUntilIdleAsync();
        Assert.That(output.Result, Has.Count.EqualTo(2));
        await harness.CrashAndRecoverAsync();
        harness.Advance(10 * Minute);
        await harness.RunUntilIdleAsync();
        Assert.That(output.Result, Has.Count.EqualTo(3));
    }

    [Test]
    public async Task A_generator_may_say_that_all_has_come()
    {
        await using var harness = new StreamTestHarness();
        var source = harness.Source<Reading>();
        var rows = source.Rows.WithEventTime(r => r.Time, WatermarkStrategy.From(() => new AtOnce()));
        var output = await harness.StartAsync(rows.Window(Windowing.Tumbling(10 * Second)).GracePeriod(TimeSpan.MaxValue).GroupBy(_ => 0).Select(g => g.Count()));
        source.Add(new(1), new(2));
        await harness.RunUntilIdleAsync();
        Assert.That(output.Result, Is.EqualTo(new[] { 2L }));
        Assert.That(output.Watermark, Is.EqualTo(Watermark.Maximum.Time));
    }

    [Test]
    public async Task No_generator_is_told_so()
    {
        await using var harness = new StreamTestHarness();
        var source = harness.Source<Reading>();
        await harness.StartAsync(Tens(source.Rows.WithEventTime(r => r.Time, WatermarkStrategy.From<Reading>(() => null!))));
        source.Add(new Reading(1));
        var error = Assert.ThrowsAsync<StreamingQueryException>(harness.RunUntilIdleAsync)!;
        Assert.That(error.Code, Is.EqualTo("SLQ1017"));
        Assert.That(error.Message, Does.Contain("query 'test', epoch 0: the watermark strategy of watermark-1 made no generator: its function returned null. Return a new generator at each call."));
    }

    [Test]
    public async Task A_row_a_year_ahead_counts_and_moves_nothing()
    {
        await using var harness = new StreamTestHarness(Seconds(0));
        var source = harness.Source<Reading>();
        var output = await harness.StartAsync(Tens(source.Rows.WithEventTime(r => r.Time, WatermarkStrategy.Monotonic.WithMaxAhead(TimeSpan.FromHours(1)))));
        source.Add(new(1), new(365 * 86400), new(3600), new(2));
        await harness.RunUntilIdleAsync();
        Assert.That(output.Watermark, Is.EqualTo(Seconds(3600)), "an hour ahead is the last that moves it");
        Assert.That(output.Result, Is.EqualTo(new[] { (0.0, 2L) }));
        await source.CompleteAsync();
        Assert.That(output.Result.Skip(1), Is.EqualTo(new[] { (3600.0, 1L), (365 * 86400.0, 1L) }));
    }

    [TestCase(false)]
    [TestCase(true)]
    public async Task The_limit_is_a_day_in_the_engine_and_none_in_the_harness(bool harnessed)
    {
        var rows = new MemorySource<Reading>();
        var query = StreamSource.From(rows).WithEventTime(r => r.Time, TimeSpan.Zero);
        var year = new Reading((DateTimeOffset.UtcNow.AddYears(1) - DateTimeOffset.UnixEpoch).TotalSeconds);
        rows.Add(new Reading(5), year);
        if (harnessed)
        {
            await using var harness = new StreamTestHarness();
            var output = await harness.StartAsync(Tens(query));
            await harness.RunUntilIdleAsync();
            Assert.That(output.Watermark, Is.GreaterThan(Seconds(5)));
            return;
        }

        await using var engine = new StreamEngine();
        await using var running = await engine.StartAsync(Tens(query).WriteTo(new MemorySink<(double, long)>()));
        await running.ProcessAllAvailableAsync();
        await running.ProcessAllAvailableAsync();
        Assert.That(running.LastProgress!.Watermark?.Time, Is.EqualTo(Seconds(5)));
    }

    [Test]
    public async Task A_watermark_is_rounded_down_to_whole_milliseconds()
    {
        await using var harness = new StreamTestHarness();
        var source = harness.Source<DateTimeOffset>();
        var output = await harness.StartAsync(source.Rows.WithEventTime(t => t, TimeSpan.FromTicks(3)).DistinctBy(t => t, within: Second));
        foreach (var (time, expected) in new[] { (Seconds(1).AddTicks(2), 999L), (Seconds(1).AddTicks(10_002), 1000L), (Seconds(1).AddTicks(10_003), 1001L) })
        {
            await source.EpochAsync(time);
            await harness.RunUntilIdleAsync();
            Assert.That(output.Watermark, Is.EqualTo(DateTimeOffset.UnixEpoch.AddMilliseconds(expected)));
        }
    }

    [Test]
    public async Task A_watermark_before_1970_is_rounded_down_as_well()
    {
        await using var harness = new StreamTestHarness();
        var source = harness.Source<DateTimeOffset>();
        var output = await harness.StartAsync(source.Rows.WithEventTime(t => t, TimeSpan.Zero).DistinctBy(t => t, within: Second));
        await source.EpochAsync(DateTimeOffset.UnixEpoch.AddTicks(-1));
        await harness.RunUntilIdleAsync();
        Assert.That(output.Watermark, Is.EqualTo(DateTimeOffset.UnixEpoch.AddMilliseconds(-1)));
    }

    [Test]
    public async Task What_lies_before_the_calendar_is_no_promise()
    {
        await using var harness = new StreamTestHarness();
        var source = harness.Source<DateTimeOffset>();
        var output = await harness.StartAsync(source.Rows.WithEventTime(t => t, 5 * Second).DistinctBy(t => t, within: Second));
        await source.EpochAsync(DateTimeOffset.MinValue.AddSeconds(2));
        await harness.RunUntilIdleAsync();
        await source.EpochAsync(default(DateTimeOffset));
        Assert.That(output.Result, Has.Count.EqualTo(2), "within the delay");
        Assert.That(output.Watermark, Is.Null);
    }

    [Test]
    public async Task Rows_as_far_apart_as_the_calendar_allows()
    {
        await using var harness = new StreamTestHarness();
        var source = harness.Source<DateTimeOffset>();
        var output = await harness.StartAsync(source.Rows.WithEventTime(t => t, TimeSpan.MaxValue).Window(Windowing.Session(Second)).GroupBy(_ => 0).Select(g => g.Count()));
        source.Add(new DateTimeOffset(9999, 12, 30, 0, 0, 0, TimeSpan.Zero), default, DateTimeOffset.UnixEpoch);
        await source.CompleteAsync();
        Assert.That(output.Result, Is.EqualTo(new[] { 1L, 1L, 1L }));
    }
}
