// What the query says when nobody sees a result, and what the progress tells of event time.
using NUnit.Framework;

namespace StreamLinq.Tests.Engine;

[TestFixture]
public sealed class WhyNoOutputTests
{
    private sealed record Click(int At, string Page);

    private static DateTimeOffset Time(double seconds) => DateTimeOffset.UnixEpoch.AddSeconds(seconds);

    private static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);

    private static IStreamQueryable<(string, long), EventTime> PerMinute(IStreamQueryable<Click, AppendOnly> clicks) =>
        from c in clicks.WithEventTime(c => Time(c.At), TimeSpan.FromSeconds(10)).Window(Windowing.Tumbling(Minute)) group c by c.Page into g select ValueTuple.Create(g.Key, g.Count());

    [Test]
    public async Task No_rows()
    {
        await using var harness = new StreamTestHarness();
        var output = await harness.StartAsync(PerMinute(harness.Source<Click>("clicks").Rows));
        await harness.RunUntilIdleAsync();
        Assert.That(output.Query.WhyNoOutput(), Is.EqualTo("No rows have been read in this run: source 'clicks' (memory of Click) has nothing unread."));
    }

    [Test]
    public async Task All_filtered()
    {
        await using var harness = new StreamTestHarness();
        var clicks = harness.Source<Click>("clicks");
        var output = await harness.StartAsync(clicks.Rows.Where(c => c.Page == "none"));
        await clicks.EpochAsync(new(1, "a"), new(2, "b"));
        Assert.That(output.Query.WhyNoOutput(), Is.EqualTo("2 rows were read. None of them is held in the state and none came out: the conditions of the query left them all out."));
    }

    [Test]
    public async Task The_window_is_open()
    {
        await using var harness = new StreamTestHarness();
        var clicks = harness.Source<Click>("clicks");
        var output = await harness.StartAsync(PerMinute(clicks.Rows));
        clicks.Add(new(1, "a"), new(65, "a"));
        await harness.RunUntilIdleAsync();
        Assert.That(output.Query.WhyNoOutput(), Is.EqualTo(
            "2 rows were read. 'window-1' holds 2 rows; the next closes when the watermark reaches 1970-01-01T00:01:00Z, and it stands at 1970-01-01T00:00:55Z. "
            + "For watermark-1 the latest time seen is 1970-01-01T00:01:05Z, and the watermark stays 10 s behind it."));
    }

    [Test]
    public async Task An_input_that_has_not_spoken_holds_the_other_back()
    {
        await using var harness = new StreamTestHarness();
        var (north, south) = (harness.Source<Click>("north"), harness.Source<Click>("south"));
        var output = await harness.StartAsync(PerMinute(north.Rows.Merge(south.Rows)));
        north.Add(new(1, "a"), new(500, "a"));
        await harness.RunUntilIdleAsync();
        Assert.That(output.Query.WhyNoOutput(), Does.Contain("the latest time seen is 1970-01-01T00:08:20Z, and the watermark stays 10 s behind it; south has shown no time yet and holds it back."));
        Assert.That(output.Query.LastProgress!.EventTime.Single().HeldBackBy, Is.EqualTo("south"));
        harness.Advance(Minute);
        north.Add(new Click(501, "a"));
        await harness.RunUntilIdleAsync();
        Assert.That(output.Result, Is.EqualTo(new[] { ("a", 1L) }));
        Assert.That(output.Query.LastProgress!.EventTime.Single().IdlePartitions, Does.Contain("south"));
    }

    [Test]
    public async Task Late_rows_and_how_many_another_delay_would_have_lost()
    {
        await using var harness = new StreamTestHarness();
        var clicks = harness.Source<Click>("clicks");
        var output = await harness.StartAsync(PerMinute(clicks.Rows));
        clicks.Add(new(1, "a"), new(200, "a"), new(180, "a"), new(70, "a"));   // the last two 20 and 130 s behind, both beyond the delay
        await harness.RunUntilIdleAsync();
        clicks.Add(new Click(2, "a"));
        await harness.RunUntilIdleAsync();
        var time = output.Query.LastProgress!.EventTime.Single();
        Assert.Multiple(() =>
        {
            Assert.That(output.Query.WhyNoOutput(), Does.Contain("1 row came too late"));
            Assert.That(time.LatestTime, Is.EqualTo(Time(200)));
            Assert.That(time.RowsLaterThan(TimeSpan.FromSeconds(10)), Is.EqualTo(3));
            Assert.That(time.RowsLaterThan(TimeSpan.FromSeconds(40)), Is.EqualTo(2));
            Assert.That(time.RowsLaterThan(TimeSpan.FromSeconds(400)), Is.Zero);
            Assert.That(output.Query.RecentProgress.SelectMany(p => p.StateOperators).Sum(o => o.RowsLate), Is.EqualTo(1));
        });
    }
}
