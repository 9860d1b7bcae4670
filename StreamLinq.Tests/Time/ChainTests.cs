// Operators behind operators: what holds rows back holds the watermark back, and several outputs of one window do not disturb each other.
using NUnit.Framework;
using static StreamLinq.Tests.Time.Reading;

namespace StreamLinq.Tests.Time;

[TestFixture]
public sealed class ChainTests
{
    [Test]
    public async Task A_window_behind_a_grace_period_is_never_late()
    {
        await using var harness = new StreamTestHarness();
        var source = harness.Source<Reading>();
        var counts = source.Rows.WithEventTime(r => r.Time, TimeSpan.Zero).Window(Windowing.Tumbling(10 * Second)).GracePeriod(15 * Second).GroupBy(r => r.Name).Select(g => new { Name = g.Key, g.Window, Count = g.Count() });
        var output = await harness.StartAsync(
            counts.Window(c => c.Window).GroupBy(_ => 0).Select(g => new { g.Window, Count = g.Sum(c => c.Count), Names = g.Count() })
                .Window(Windowing.Tumbling(20 * Second)).GroupBy(_ => 0).Select(g => ValueTuple.Create(g.Window.Start, g.Sum(c => c.Count), g.Sum(c => c.Names))));
        var random = new Random(7);
        for (var epoch = 0; epoch < 60; epoch++)
        {
            source.Add([.. Enumerable.Range(0, 5).Select(_ => new Reading(Math.Max(0, (epoch * 3) - random.Next(14)), random.Next(2) == 0 ? "a" : "b"))]);
            await harness.RunUntilIdleAsync();
        }

        await source.CompleteAsync();
        Assert.That(output.Query.RecentProgress.Sum(p => p.LateRows), Is.Zero);
        Assert.That(output.Result.Sum(r => r.Item2), Is.EqualTo(300));
        Assert.That(output.Result.Select(r => r.Item1), Is.Unique.And.Ordered);
    }

    [Test]
    public async Task Late_rows_after_a_filter_and_all_outputs_of_one_window()
    {
        await using var harness = new StreamTestHarness();
        var source = harness.Source<Reading>();
        var window = source.Rows.WithEventTime(r => r.Time, TimeSpan.Zero).Window(Windowing.Tumbling(10 * Second)).Where(r => r.Value > 0);
        var (final, running, late) = (new MemorySink<long>(), new MemorySink<(DateTimeOffset, long)>(), new MemorySink<double>());
        await harness.StartAsync(
            window.GroupBy(_ => 0).Select(g => g.Count()).WriteTo(final),
            window.EmitOnUpdate().GroupBy(_ => 0).Select(g => ValueTuple.Create(g.Window.Start, g.Count())).WriteTo(running, OutputMode.Changelog),
            window.LateRows().Select(r => r.At).WriteTo(late));
        source.Add(new(1), new(2, Value: 0), new(12, Value: 0));
        await harness.RunUntilIdleAsync();
        source.Add(new(3), new(4, Value: 0), new(13));
        await harness.RunUntilIdleAsync();
        Assert.Multiple(() =>
        {
            Assert.That(final.Rows, Is.EqualTo(new[] { 1L }), "a row that is filtered away moves the watermark all the same");
            Assert.That(running.Rows, Is.EquivalentTo(new[] { (Seconds(0), 1L), (Seconds(10), 1L) }));
            Assert.That(late.Rows, Is.EqualTo(new[] { 3.0 }));
            Assert.That(harness.Query.RecentProgress.Sum(p => p.LateRows), Is.EqualTo(2), "one for each of the two windows");
        });
    }

    [Test]
    public async Task A_running_window_that_one_output_shows_whole_is_kept_for_it([Values] bool wholeFirst, [Values] bool session)
    {
        await using var harness = new StreamTestHarness();
        var source = harness.Source<Reading>();
        var counts = source.Rows.WithEventTime(r => r.Time, TimeSpan.Zero).Window(session ? Windowing.Session(2 * Second) : Windowing.Tumbling(10 * Second)).EmitOnUpdate()
            .GroupBy(_ => 0).Select(g => ValueTuple.Create(g.Window.Start, g.Count()));
        var (whole, changes) = (new MemorySink<(DateTimeOffset, long)>(), new MemorySink<(DateTimeOffset, long)>());
        StreamOutput[] outputs = [counts.WriteTo(whole, OutputMode.Complete), counts.WriteTo(changes, OutputMode.Changelog)];
        await harness.StartAsync(wholeFirst ? outputs : [.. outputs.Reverse()]);
        for (var at = 0; at < 40; at += 10)
        {
            source.Add(new Reading(at));
            await harness.RunUntilIdleAsync();
        }

        var expected = new[] { (Seconds(0), 1L), (Seconds(10), 1L), (Seconds(20), 1L), (Seconds(30), 1L) };
        Assert.That(changes.Rows, Is.EquivalentTo(expected));
        Assert.That(whole.Rows, Is.EquivalentTo(expected));
    }

    [Test]
    public async Task Nothing_is_late_for_a_window_that_never_closes()
    {
        await using var harness = new StreamTestHarness();
        var source = harness.Source<Reading>();
        var window = source.Rows.WithEventTime(r => r.Time, TimeSpan.Zero).Window(Windowing.Tumbling(10 * Second)).GracePeriod(TimeSpan.MaxValue);
        var (running, late) = (new MemorySink<(DateTimeOffset, long)>(), new MemorySink<Reading>());
        await harness.StartAsync(window.EmitOnUpdate().GroupBy(_ => 0).Select(g => ValueTuple.Create(g.Window.Start, g.Count())).WriteTo(running, OutputMode.Changelog), window.LateRows().WriteTo(late));
        source.Add(new(1), new(1000));
        await harness.RunUntilIdleAsync();
        source.Add(new Reading(2));
        await harness.DrainAsync();
        source.Add(new Reading(3));
        await harness.RunUntilIdleAsync();
        Assert.That(late.Rows, Is.Empty);
        Assert.That(running.Rows, Does.Contain((Seconds(0), 3L)).Or.Contain((Seconds(0), 1L)), "a drained window may open anew");
    }
}
