// Corners of windows that drawn cases seldom reach.
using NUnit.Framework;

namespace StreamLinq.Tests.Windows;

[TestFixture]
public sealed class WindowCornerTests
{
    private static Click Row(int id, double seconds, TimeSpan gap) => new(id, "a", 0, DateTimeOffset.UnixEpoch.AddSeconds(seconds), gap);

    [TestCase(0)]
    [TestCase(1)]
    [TestCase(2)]
    public async Task A_closed_session_stays_as_it_is_in_every_mode(int mode)
    {
        await using var harness = new StreamTestHarness();
        var source = harness.Source<Click>();
        var sessions = source.Rows.WithEventTime(c => c.At, TimeSpan.Zero).SessionWindow(c => c.Gap).EmitOnUpdate().GroupBy(c => c.Page).Select(g => new { g.Key, g.Window, Count = g.Count() });
        var output = await harness.StartAsync(sessions, mode switch { 0 => OutputMode.Update, 1 => OutputMode.Complete, _ => OutputMode.Changelog });
        source.Add(Row(1, 0, TimeSpan.FromSeconds(10)), Row(2, 20, TimeSpan.FromSeconds(1)));
        await harness.RunUntilIdleAsync();
        source.Add(Row(3, 5, TimeSpan.FromSeconds(60)));
        await harness.RunUntilIdleAsync();
        Assert.That(output.Result.Select(r => $"{r.Window.Start.ToUnixTimeSeconds()}..{r.Window.End.ToUnixTimeSeconds()} {r.Count}"), Is.EquivalentTo(["0..10 1", "5..65 2"]));
    }

    [Test]
    public async Task A_session_that_would_end_after_the_year_9999_is_refused()
    {
        await using var harness = new StreamTestHarness();
        var source = harness.Source<Click>();
        var sessions = source.Rows.WithEventTime(c => c.At, TimeSpan.Zero).SessionWindow(c => c.Gap).GroupBy(c => c.Page).Select(g => g.Count());
        var output = await harness.StartAsync(sessions);
        source.Add(Row(1, 0, TimeSpan.MaxValue), Row(2, 0, TimeSpan.FromSeconds(1)));
        await source.CompleteAsync();
        Assert.That(output.Result, Is.EqualTo([1L]));
    }
}
