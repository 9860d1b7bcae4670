// Event time in small examples, epoch by epoch: watermarks, windows of each kind, late rows, chains, recovery. The property test in Windows/ is the judge; these are for reading.
using NUnit.Framework;

namespace StreamLinq.Tests.Engine;

[TestFixture]
public sealed class EventTimeTests
{
    private sealed record Click(int At, string Page, int Value = 1);

    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    private static DateTimeOffset Time(int seconds) => DateTimeOffset.UnixEpoch.AddSeconds(seconds);

    private static IStreamQueryable<Click, EventTime> Timed(TestSource<Click> source, int delay = 0) => source.Rows.WithEventTime(c => Time(c.At), delay * Second);

    [Test]
    public async Task A_tumbling_window_leaves_once_when_the_watermark_has_passed_its_end()
    {
        await using var harness = new StreamTestHarness();
        var clicks = harness.Source<Click>();
        var output = await harness.StartAsync(
            from c in Timed(clicks, delay: 5).Window(Windowing.Tumbling(10 * Second)) group c by c.Page into g select new { Page = g.Key, g.Window.Start, N = g.Count(), Sum = g.Sum(c => c.Value) });
        clicks.Add(new(1, "a", 2), new(9, "a", 3), new(3, "b"));
        await harness.RunUntilIdleAsync();
        clicks.Add(new Click(14, "a"));
        await harness.RunUntilIdleAsync();
        Assert.That(output.Result, Is.Empty);
        Assert.That(output.Watermark, Is.EqualTo(Time(9)));
        clicks.Add(new(15, "b"), new(2, "a", 10));
        await harness.RunUntilIdleAsync();
        Assert.That(output.Result.Select(r => (r.Page, r.Start, r.N, r.Sum)), Is.EqualTo(new[] { ("a", Time(0), 3L, 15L), ("b", Time(0), 1L, 1L) }));
        clicks.Add(new Click(4, "a"));
        await harness.RunUntilIdleAsync();
        Assert.That(output.Query.RecentProgress.Sum(p => p.LateRows), Is.EqualTo(1));
        await clicks.CompleteAsync();
        Assert.That(output.Result.Skip(2).Select(r => (r.Page, r.Start, r.N)), Is.EquivalentTo(new[] { ("a", Time(10), 1L), ("b", Time(10), 1L) }));
    }

    [Test]
    public async Task Hopping_windows_share_what_they_have_in_common()
    {
        await using var harness = new StreamTestHarness();
        var clicks = harness.Source<Click>();
        var output = await harness.StartAsync(
            from c in Timed(clicks).Window(Windowing.Hopping(10 * Second, 4 * Second)) group c by 0 into g select new { g.Window.Start, g.Window.End, N = g.Count(), Distinct = g.CountDistinct(c => c.Page) });
        clicks.Add(new(1, "a"), new(5, "a"), new(5, "b"), new(12, "c"));
        await harness.RunUntilIdleAsync();
        await clicks.CompleteAsync();
        Assert.That(output.Result.Select(r => (r.Start, r.End, r.N, r.Distinct)), Is.EqualTo(new[]
        {
            (Time(-8), Time(2), 1L, 1L), (Time(-4), Time(6), 3L, 2L), (Time(0), Time(10), 3L, 2L), (Time(4), Time(14), 3L, 3L), (Time(8), Time(18), 1L, 1L), (Time(12), Time(22), 1L, 1L),
        }));
    }

    [Test]
    public async Task Sessions_merge_across_epochs_and_restarts()
    {
        await using var harness = new StreamTestHarness();
        var clicks = harness.Source<Click>();
        var output = await harness.StartAsync(
            from c in Timed(clicks, delay: 20).Window(Windowing.Session(5 * Second)) group c by c.Page into g select new { Page = g.Key, g.Window.Start, g.Window.End, N = g.Count() });
        await clicks.EpochAsync(new(1, "a"), new(10, "a"));
        await harness.CrashAndRecoverAsync();
        await clicks.EpochAsync(new Click(5, "a"));
        await harness.CrashAndRecoverAsync();
        await clicks.EpochAsync(new Click(30, "a"));
        await clicks.CompleteAsync();
        Assert.That(output.Result.Select(r => (r.Page, r.Start, r.End, r.N)), Is.EqualTo(new[] { ("a", Time(1), Time(15), 3L), ("a", Time(30), Time(35), 1L) }));
    }

    [Test]
    public async Task A_session_that_is_shown_while_it_grows_is_taken_back_when_it_merges()
    {
        await using var harness = new StreamTestHarness();
        var clicks = harness.Source<Click>();
        var output = await harness.StartAsync(
            from c in Timed(clicks, delay: 20).Window(Windowing.Session(5 * Second)).EmitOnUpdate() group c by c.Page into g select new { Page = g.Key, g.Window.Start, g.Window.End, N = g.Count() },
            OutputMode.Changelog);
        await clicks.EpochAsync(new(1, "a"), new(10, "a"));
        output.Take();
        await clicks.EpochAsync(new Click(5, "a"));
        Assert.That(output.Take().Select(c => (c.Kind, c.Row.Start, c.Row.End, c.Row.N)), Is.EquivalentTo(new[]
        {
            (ChangeKind.Delete, Time(1), Time(6), 1L), (ChangeKind.Delete, Time(10), Time(15), 1L), (ChangeKind.Insert, Time(1), Time(15), 3L),
        }));
    }

    [Test]
    public async Task Windows_upon_windows_close_together()
    {
        await using var harness = new StreamTestHarness();
        var clicks = harness.Source<Click>();
        var counts = from c in Timed(clicks).Window(Windowing.Tumbling(10 * Second)) group c by c.Page into g select new { Page = g.Key, g.Window, N = g.Count() };
        var output = await harness.StartAsync(from c in counts.Window(c => c.Window) group c by 0 into all select new { all.Window.Start, Most = all.Max(c => c.N) });
        clicks.Add(new(1, "a"), new(2, "b"), new(3, "b"), new(11, "a"));
        await harness.RunUntilIdleAsync();
        Assert.That(output.Result.Select(r => (r.Start, r.Most)), Is.EqualTo(new[] { (Time(0), 2L) }));
        clicks.Add(new Click(25, "a"));
        await harness.RunUntilIdleAsync();
        Assert.That(output.Result.Select(r => (r.Start, r.Most)), Is.EqualTo(new[] { (Time(0), 2L), (Time(10), 1L) }));
    }

    [Test]
    public async Task Final_running_and_late_rows_of_one_window_are_three_outputs_of_one_query()
    {
        await using var harness = new StreamTestHarness();
        var clicks = harness.Source<Click>();
        var window = Timed(clicks).Window(Windowing.Tumbling(10 * Second)).GracePeriod(5 * Second);
        var (final, running, late) = (new MemorySink<(string, long)>(), new MemorySink<(string Page, DateTimeOffset Start, long N)>(), new MemorySink<Click>());
        await harness.StartAsync(
            (from c in window group c by c.Page into g select ValueTuple.Create(g.Key, g.Count())).WriteTo(final),
            (from c in window.EmitOnUpdate() group c by c.Page into g select ValueTuple.Create(g.Key, g.Window.Start, g.Count())).WriteTo(running, OutputMode.Changelog),
            window.LateRows().WriteTo(late));
        clicks.Add(new(1, "a"), new(12, "a"));
        await harness.RunUntilIdleAsync();
        clicks.Add(new Click(2, "a"));      // its window has ended, but not its grace period
        await harness.RunUntilIdleAsync();
        clicks.Add(new Click(16, "b"));
        await harness.RunUntilIdleAsync();
        clicks.Add(new Click(3, "a"));
        await harness.RunUntilIdleAsync();
        Assert.Multiple(() =>
        {
            Assert.That(final.Rows, Is.EqualTo(new[] { ("a", 2L) }));
            Assert.That(running.Rows.Select(r => (r.Page, r.N)), Is.EquivalentTo(new[] { ("a", 2L), ("a", 1L), ("b", 1L) }));
            Assert.That(late.Rows.Select(r => r.At), Is.EqualTo(new[] { 3 }));
        });
    }

    [Test]
    public async Task Processing_time_windows_follow_the_clock()
    {
        await using var harness = new StreamTestHarness();
        var clicks = harness.Source<Click>();
        var output = await harness.StartAsync(from c in clicks.Rows.WithProcessingTime().Window(Windowing.Tumbling(10 * Second)) group c by c.Page into g select new { g.Window.Start, N = g.Count() });
        await clicks.EpochAsync(new(1, "a"), new(2, "a"));
        harness.Advance(9 * Second);
        await clicks.EpochAsync(new Click(1, "a"));
        Assert.That(await harness.RunEpochAsync(), Is.False);
        harness.Advance(Second);
        Assert.That(await harness.RunEpochAsync(), Is.True);
        Assert.That(output.Result.Select(r => (r.Start, r.N)), Is.EqualTo(new[] { (Time(0), 3L) }));
    }

    [Test]
    public async Task A_key_is_forgotten_when_the_watermark_has_passed_its_first_row()
    {
        await using var harness = new StreamTestHarness();
        var clicks = harness.Source<Click>();
        var output = await harness.StartAsync(Timed(clicks).DistinctBy(c => c.Page, within: 10 * Second));
        await clicks.EpochAsync(new(1, "a"), new(5, "a"), new(6, "b"));
        await harness.RunUntilIdleAsync();
        await clicks.EpochAsync(new Click(11, "c"));
        await harness.RunUntilIdleAsync();
        await clicks.EpochAsync(new(12, "a"), new(12, "b"), new(10, "d"));
        Assert.That(output.Result.Select(r => (r.At, r.Page)), Is.EqualTo(new[] { (1, "a"), (6, "b"), (11, "c"), (12, "a") }));
        Assert.That(output.Query.LastProgress!.LateRows, Is.EqualTo(1));
    }
}
