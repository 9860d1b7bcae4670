// Crashes at every epoch boundary, and with the last epoch to be run again: watermarks, open windows, sessions and what is late come out as without them.
using NUnit.Framework;
using static StreamLinq.Tests.Time.Reading;

namespace StreamLinq.Tests.Time;

[TestFixture]
public sealed class TimeRecoveryTests
{
    // Rows within and beyond the delay of five seconds, sessions that merge, keys that come again.
    private static readonly Reading[][] Epochs =
    [
        [new(1), new(12, "b")], [new(8), new(3, "b")], [new(24), new(19, "b")], [new(2), new(17), new(21, "b")], [], [new(33), new(9, "b")], [new(27), new(28.5, "b")], [new(60)], [new(54), new(56, "b"), new(30)],
    ];

    private static async Task<(string Windows, string Sessions, string Keys, string Late)> RunAsync(int crashAfter, bool again, bool byPartition)
    {
        await using var harness = new StreamTestHarness();
        var (p, q) = (harness.Source<Reading>("p"), harness.Source<Reading>("q"));
        IStreamQueryable<Reading, EventTime> Timed(IStreamQueryable<Reading, AppendOnly> rows) => rows.WithEventTime(r => r.Time, WatermarkStrategy.BoundedOutOfOrderness(5 * Second).WithIdleness(TimeSpan.MaxValue));
        var timed = byPartition ? Timed(p.Rows.Merge(q.Rows)) : Timed(p.Rows).Merge(Timed(q.Rows));
        var (windows, sessions, keys, late) = (new MemorySink<string>(), new MemorySink<string>(), new MemorySink<string>(), new MemorySink<string>());
        var hopping = timed.Window(Windowing.Hopping(10 * Second, 5 * Second));
        await harness.StartAsync(
            hopping.GroupBy(r => r.Name).Select(g => g.Key + g.Window.Start.ToUnixTimeSeconds() + ":" + g.Count()).WriteTo(windows),
            timed.Window(Windowing.Session(6 * Second)).GroupBy(r => r.Name).Select(g => g.Key + g.Window.Start.ToUnixTimeSeconds() + "-" + g.Window.End.ToUnixTimeSeconds() + ":" + g.Count()).WriteTo(sessions),
            timed.DistinctBy(r => r.Name, within: 10 * Second).Select(r => r.Name + r.At).WriteTo(keys),
            hopping.LateRows().Select(r => r.Name + r.At).WriteTo(late));
        var epoch = 0;
        foreach (var rows in Epochs)
        {
            p.Add([.. rows.Where(r => r.Name == "a")]);
            q.Add([.. rows.Where(r => r.Name == "b")]);
            while (await harness.RunEpochAsync())
            {
                if (epoch++ != crashAfter) continue;
                if (again) await harness.ForgetLastCommitAsync();
                await harness.CrashAndRecoverAsync();
                // An epoch that runs again has the clock of its plan, whatever it is by now.
                if (!again) continue;
                harness.Advance(TimeSpan.FromHours(1));
                Assert.That(await harness.RunEpochAsync());
            }

            harness.Advance(9 * Second);
        }

        await harness.DrainAsync();
        return (string.Join(' ', windows.Rows), string.Join(' ', sessions.Rows), string.Join(' ', keys.Rows), string.Join(' ', late.Rows));
    }

    [Test]
    public async Task A_crash_after_any_epoch_changes_nothing([Values] bool again, [Values] bool byPartition)
    {
        var expected = await RunAsync(-1, false, byPartition);
        Assert.That(expected.Late, Is.Not.Empty);
        TestContext.Out.WriteLine(expected);
        for (var crash = 0; crash < 16; crash++) Assert.That(await RunAsync(crash, again, byPartition), Is.EqualTo(expected), $"crash after epoch {crash}");
    }

    [Test]
    public async Task An_idle_input_is_idle_in_the_epoch_that_runs_again()
    {
        await using var harness = new StreamTestHarness();
        var (left, right) = (harness.Source<Reading>("left"), harness.Source<Reading>("right"));
        var output = await harness.StartAsync(Tens(left.Rows.WithEventTime(r => r.Time, TimeSpan.Zero).Merge(right.Rows.WithEventTime(r => r.Time, TimeSpan.Zero))));
        left.Add(new(5), new(15));
        await harness.RunUntilIdleAsync();
        harness.Advance(Minute);
        left.Add(new Reading(16));
        Assert.That(await harness.RunEpochAsync());
        Assert.That(output.Result, Is.EqualTo(new[] { (0.0, 1L) }));
        await harness.ForgetLastCommitAsync();
        await harness.CrashAndRecoverAsync();
        right.Add(new(1), new(17));
        Assert.That(await harness.RunEpochAsync());
        Assert.That(output.Result, Is.EqualTo(new[] { (0.0, 1L) }), "the same epoch, without what has come since");
        await harness.RunUntilIdleAsync();
        Assert.That(output.Query.RecentProgress.Sum(p => p.LateRows), Is.EqualTo(1));
        await harness.DrainAsync();
        Assert.That(output.Result, Is.EqualTo(new[] { (0.0, 1L), (10.0, 3L) }));
    }

    [Test]
    public async Task Rows_after_draining_find_all_times_passed()
    {
        await using var harness = new StreamTestHarness();
        var source = harness.Source<Reading>();
        var output = await harness.StartAsync(Tens(source.Rows.WithEventTime(r => r.Time, TimeSpan.Zero)));
        source.Add(new Reading(5));
        await harness.DrainAsync();
        source.Add(new Reading(1000));
        await harness.RunUntilIdleAsync();
        Assert.That(output.Result, Is.EqualTo(new[] { (0.0, 1L) }));
        Assert.That(output.Query.RecentProgress.Sum(p => p.LateRows), Is.EqualTo(1));
    }

    [Test]
    public async Task More_rows_after_a_drained_run_go_on_from_what_the_rows_had_shown()
    {
        await using var harness = new StreamTestHarness();
        var source = harness.Source<Reading>();
        var output = await harness.StartAsync(Tens(source.Rows.WithEventTime(r => r.Time, TimeSpan.Zero)));
        source.Add(new(5), new(25));
        await harness.DrainAsync();
        Assert.That(output.Result, Has.Count.EqualTo(2));
        await harness.CrashAndRecoverAsync();
        source.Add(new(7), new(31), new(32));
        await harness.RunUntilIdleAsync();
        Assert.That(output.Query.RecentProgress.Sum(p => p.LateRows), Is.EqualTo(1));
        await harness.DrainAsync();
        Assert.That(output.Result.Skip(2), Is.EqualTo(new[] { (30.0, 2L) }));
    }
}
