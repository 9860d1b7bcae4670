// Times and sizes at the edges: before 1970, the ends of the calendar, offsets, sizes that make no sense, selectors that throw.
using NUnit.Framework;
using static StreamLinq.Tests.Time.Reading;

namespace StreamLinq.Tests.Time;

[TestFixture]
public sealed class WindowLimitTests
{
    private static readonly Windowing[] Kinds =
    [
        Windowing.Tumbling(10 * Second), Windowing.Tumbling(TimeSpan.FromDays(10)), Windowing.Hopping(10 * Second, 4 * Second), Windowing.Hopping(TimeSpan.FromMinutes(30), Second),
        Windowing.Cumulating(10 * Second, 5 * Second), Windowing.Cumulating(TimeSpan.FromMinutes(30), Second), Windowing.Session(10 * Second), Windowing.CalendarDay(TimeZoneInfo.Utc),
    ];

    private static async Task<(IReadOnlyList<(DateTimeOffset Start, DateTimeOffset End, long Count)> Rows, long Late)> RunAsync(Windowing windowing, params DateTimeOffset[] times)
    {
        await using var harness = new StreamTestHarness();
        var source = harness.Source<DateTimeOffset>();
        var output = await harness.StartAsync(
            source.Rows.WithEventTime(t => t, TimeSpan.Zero).Window(windowing).GroupBy(_ => 0).Select(g => ValueTuple.Create(g.Window.Start, g.Window.End, g.Count())));
        source.Add(times);
        await harness.RunEpochAsync();
        await source.CompleteAsync();
        return (output.Result, output.Query.RecentProgress.Sum(p => p.LateRows));
    }

    [TestCaseSource(nameof(Kinds))]
    public async Task Times_at_the_ends_of_the_calendar_are_refused_and_counted(Windowing windowing)
    {
        DateTimeOffset[] times = [DateTimeOffset.MinValue, DateTimeOffset.MinValue.AddTicks(1), DateTimeOffset.MinValue.AddSeconds(1), DateTimeOffset.UnixEpoch, DateTimeOffset.MaxValue.AddSeconds(-1), DateTimeOffset.MaxValue];
        foreach (var time in times)
        {
            var (rows, late) = await RunAsync(windowing, time);
            Assert.That(rows.Count > 0, Is.EqualTo(late == 0), $"{time:O}: a row is in its windows or late");
            Assert.That(rows, Has.All.Matches<(DateTimeOffset Start, DateTimeOffset End, long Count)>(r => r.Start <= time && time < r.End && r.Count == 1));
            if (time == DateTimeOffset.UnixEpoch) Assert.That(rows, Is.Not.Empty);
            if (time == DateTimeOffset.MaxValue) Assert.That(late, Is.EqualTo(1), "no window that ends after the last instant exists");
        }
    }

    [Test]
    public async Task Late_rows_are_those_that_no_window_has_taken([ValueSource(nameof(Kinds))] Windowing windowing)
    {
        await using var harness = new StreamTestHarness();
        var source = harness.Source<DateTimeOffset>();
        var (taken, late) = (new MemorySink<long>(), new MemorySink<DateTimeOffset>());
        var window = source.Rows.WithEventTime(t => t, TimeSpan.Zero).Window(windowing);
        await harness.StartAsync(window.GroupBy(t => t).Select(g => g.Count()).WriteTo(taken), window.LateRows().WriteTo(late));
        source.Add(DateTimeOffset.MinValue, DateTimeOffset.MinValue.AddTicks(1), DateTimeOffset.MinValue.AddDays(20), DateTimeOffset.UnixEpoch.AddTicks(-1), DateTimeOffset.MaxValue.AddDays(-20), DateTimeOffset.MaxValue.AddSeconds(-1), DateTimeOffset.MaxValue);
        await source.CompleteAsync();
        Assert.That(late.Rows, Has.Count.EqualTo(harness.Query.RecentProgress.Sum(p => p.LateRows)));
        Assert.That(late.Rows, Does.Contain(DateTimeOffset.MaxValue).And.Not.Contain(DateTimeOffset.UnixEpoch.AddTicks(-1)));
    }

    [Test]
    public async Task Windows_lie_the_same_way_before_1970()
    {
        var (rows, late) = await RunAsync(Windowing.Tumbling(10 * Second), Seconds(-10), Seconds(0).AddTicks(-1), Seconds(0));
        Assert.That(rows, Is.EqualTo(new[] { (Seconds(-10), Seconds(0), 2L), (Seconds(0), Seconds(10), 1L) }));
        Assert.That(late, Is.Zero);
    }

    [TestCase(3)]
    [TestCase(13)]
    [TestCase(-7)]
    [TestCase(-9_999_999_997)]
    public async Task An_offset_counts_modulo_the_size_or_hop(double offset)
    {
        var (rows, _) = await RunAsync(Windowing.Tumbling(10 * Second, offset * Second), Seconds(2), Seconds(3), Seconds(13));
        Assert.That(rows.Select(r => (r.Start, r.Count)), Is.EqualTo(new[] { (Seconds(-7), 1L), (Seconds(3), 1L), (Seconds(13), 1L) }));
        (rows, _) = await RunAsync(Windowing.Hopping(20 * Second, 10 * Second, offset * Second), Seconds(2), Seconds(3));
        Assert.That(rows.Select(r => (r.Start, r.Count)), Is.EqualTo(new[] { (Seconds(-17), 1L), (Seconds(-7), 2L), (Seconds(3), 1L) }));
        (rows, _) = await RunAsync(Windowing.Cumulating(10 * Second, 5 * Second, offset * Second), Seconds(2), Seconds(3));
        Assert.That(rows.Select(r => (r.Start, r.End, r.Count)), Is.EqualTo(new[] { (Seconds(-7), Seconds(3), 1L), (Seconds(3), Seconds(8), 1L), (Seconds(3), Seconds(13), 1L) }));
    }

    [Test]
    public void Sizes_that_make_no_sense_are_refused_where_they_are_written()
    {
        var rows = StreamSource.From(new MemorySource<Reading>(), "rows");
        var timed = rows.WithEventTime(r => r.Time, TimeSpan.Zero);
        Assert.Multiple(() =>
        {
            foreach (var bad in new[] { TimeSpan.Zero, -Second, TimeSpan.FromTicks(1), TimeSpan.FromTicks(10_001), TimeSpan.MinValue, TimeSpan.MaxValue })
            {
                Refused("size", () => Windowing.Tumbling(bad));
                Refused("hop", () => Windowing.Hopping(Minute, bad));
                Refused("size", () => Windowing.Hopping(bad, Second));
                Refused("step", () => Windowing.Cumulating(Minute, bad));
                Refused("size", () => Windowing.Cumulating(bad, Second));
                Refused("gap", () => Windowing.Session(bad));
            }

            Refused("offset", () => Windowing.Tumbling(Second, TimeSpan.FromTicks(1)));
            Refused("offset", () => Windowing.Hopping(Second, Second, TimeSpan.FromTicks(-1)));
            Refused("offset", () => Windowing.Cumulating(Second, Second, TimeSpan.FromTicks(-1)));
            Refused("hop", () => Windowing.Hopping(Second, Minute));
            Refused("step", () => Windowing.Cumulating(10 * Second, 4 * Second));
            Refused("delay", () => WatermarkStrategy.BoundedOutOfOrderness(-Second));
            Refused("timeout", () => WatermarkStrategy.Monotonic.WithIdleness(TimeSpan.Zero));
            Refused("limit", () => WatermarkStrategy.Monotonic.WithMaxAhead(-Second));
            Refused("maxDelay", () => rows.WithEventTime(r => r.Time, -Second));
            Refused("within", () => timed.DistinctBy(r => r.Name, within: -Second));
            Refused("within", () => timed.DistinctBy(r => r.Name, within: TimeSpan.Zero));
            Refused("lateness", () => timed.Window(Windowing.Session(Second)).GracePeriod(-Second));
        });
    }

    private static void Refused(string parameter, Action act) => Assert.That(Assert.Throws<ArgumentOutOfRangeException>(() => act())!.ParamName, Is.EqualTo(parameter));

    [Test]
    public async Task A_row_whose_time_cannot_be_read_is_skipped_and_not_late()
    {
        await using var harness = new StreamTestHarness(options: new StreamingQueryOptions { OnRowError = RowErrorPolicy.SkipAndCount });
        var source = harness.Source<string>();
        var output = await harness.StartAsync(source.Rows.WithEventTime(s => DateTimeOffset.Parse(s, null), TimeSpan.Zero).Window(Windowing.Tumbling(10 * Second)).GroupBy(_ => 0).Select(g => g.Count()));
        source.Add("1970-01-01T00:00:01Z", "never", "1970-01-01T00:00:02Z");
        await harness.RunUntilIdleAsync();
        Assert.That(output.Watermark, Is.EqualTo(Seconds(2)));
        await source.CompleteAsync();
        Assert.That(output.Result, Is.EqualTo(new[] { 2L }));
        Assert.That(output.Query.RecentProgress.Sum(p => p.RowErrors), Is.EqualTo(1));
        Assert.That(output.Query.RecentProgress.Sum(p => p.LateRows), Is.Zero);
    }

    [Test]
    public async Task A_row_whose_time_cannot_be_read_fails_the_query()
    {
        await using var harness = new StreamTestHarness();
        var source = harness.Source<string>();
        await harness.StartAsync(source.Rows.WithEventTime(s => DateTimeOffset.Parse(s, null), TimeSpan.Zero).Window(Windowing.Tumbling(10 * Second)).GroupBy(_ => 0).Select(g => g.Count()));
        source.Add("never");
        var error = Assert.ThrowsAsync<StreamingQueryException>(harness.RunUntilIdleAsync)!;
        Assert.That(error.Code, Is.EqualTo("SLQ2001"));
        Assert.That(error.Message, Does.Contain("WithEventTime(s => DateTimeOffset.Parse(s"));
    }
}
