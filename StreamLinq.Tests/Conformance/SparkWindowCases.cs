// The windowed cases of Spark's suites: event time and watermarks, sessions, windows over windows. A window in append mode is a final window here; in complete mode one that never closes and is shown as it changes.
using NUnit.Framework;
using static StreamLinq.Tests.Conformance.CaseTime;
using static StreamLinq.Windowing;

namespace StreamLinq.Tests.Conformance;

[TestFixture(Disturbance.None)]
[TestFixture(Disturbance.Crash)]
[TestFixture(Disturbance.Replay)]
[TestFixture(Disturbance.Workers)]
public sealed class SparkWindowCases(Disturbance disturbance)
{
    [Case("spark/EventTimeWatermark/append-event-time-stats")]
    [Case("spark/EventTimeWatermark/no-data-epochs-on")]
    public async Task Count_of_a_window(string id)
    {
        await using var run = new CaseRun(id, disturbance);
        await run.RunAsync(
            from value in run.Input<int>("input").WithEventTime(value => At(value), Seconds(10)).Window(Tumbling(Seconds(5)))
            group value by 0 into g
            select new { Start = g.Window.Start.ToUnixTimeSeconds(), Count = g.Count() });
    }

    [Case("spark/EventTimeWatermark/complete-no-eviction")]
    public async Task Count_of_a_window_that_never_closes(string id)
    {
        await using var run = new CaseRun(id, disturbance);
        await run.RunAsync(
            from value in run.Input<int>("input").WithEventTime(value => At(value), Seconds(10)).Window(Tumbling(Seconds(5))).GracePeriod(TimeSpan.MaxValue).EmitOnUpdate()
            group value by 0 into g
            select new { Start = g.Window.Start.ToUnixTimeSeconds(), Count = g.Count() });
    }

    // A group by the raw time is a window of the least size: as a group alone it would be a table, which never ends.
    [Case("spark/EventTimeWatermark/group-by-raw-timestamp")]
    public async Task Group_by_the_time_itself(string id)
    {
        await using var run = new CaseRun(id, disturbance);
        await run.RunAsync(
            from value in run.Input<int>("input").WithEventTime(value => At(value), Seconds(10)).Window(Tumbling(Ms(1)))
            group value by 0 into g
            select new { Time = g.Window.Start.ToUnixTimeSeconds(), Count = g.Count() });
    }

    [Case("spark/UnsupportedOperations/agg-append-watermark")]
    public async Task Group_by_the_time_itself_is_accepted(string id)
    {
        await using var run = new CaseRun(id, disturbance);
        await run.RunAsync(
            from a in run.Input<int>("input").WithEventTime(a => At(a), TimeSpan.Zero).Window(Tumbling(Ms(1)))
            group a by a into g
            select new { A = g.Key, Count = g.Count() });
    }

    // After a restart Spark has forgotten how far each input was and keeps the least only; here each goes on from where it was, which the crashes show.
    [Case("spark/EventTimeWatermark/union-two-watermarks-min")]
    public async Task Watermark_of_two_inputs(string id)
    {
        await using var run = new CaseRun(id, disturbance) { Until = "restart" };
        var first = run.Input<int>("first").WithEventTime(value => At(value), Seconds(10));
        var second = run.Input<int>("second").WithEventTime(value => At(value), Seconds(5));
        await run.RunAsync(from value in first.Merge(second) group value by 0 into all select all.Sum());
    }

    [Case("spark/EventTimeWatermark/aliased-window-keeps-watermark")]
    public async Task Projection_between_window_and_group(string id)
    {
        await using var run = new CaseRun(id, disturbance);
        await run.RunAsync(
            from value in run.Input<int>("input").WithEventTime(value => At(value), Seconds(10)).Window(Tumbling(Seconds(5)))
            select 0 into nothing
            group nothing by nothing into g
            select new { Start = g.Window.Start.ToUnixTimeSeconds(), Count = g.Count() });
    }

    [Case("spark/StreamingSessionWindow/complete")]
    public async Task Sessions_of_words(string id)
    {
        await using var run = new CaseRun(id, disturbance);
        var words = from row in run.Input<Line>("input").WithEventTime(row => At(row.T), Seconds(30)) from word in row.Text.Split(' ') select word;
        await run.RunAsync(
            from word in words.Window(Session(Seconds(10))).GracePeriod(TimeSpan.MaxValue).EmitOnUpdate()
            group word by word into g
            select new
            {
                Word = g.Key,
                Start = g.Window.Start.ToUnixTimeSeconds(),
                End = g.Window.End.ToUnixTimeSeconds(),
                Length = g.Window.End.ToUnixTimeSeconds() - g.Window.Start.ToUnixTimeSeconds(),
                Count = g.Count(),
            });
    }

    [Case("spark/MultiStatefulOperators/window-to-window")]
    public async Task Window_of_windows(string id)
    {
        await using var run = new CaseRun(id, disturbance);
        var counts = from value in run.Input<int>("input").WithEventTime(value => At(value), TimeSpan.Zero).Window(Tumbling(Seconds(5))) group value by 0 into g select g.Count();
        await run.RunAsync(
            from count in counts.Window(Tumbling(Seconds(10)))
            group count by 0 into g
            select new { Start = g.Window.Start.ToUnixTimeSeconds(), Count = g.Count(), Sum = g.Sum() });
    }

    [Case("spark/MultiStatefulOperators/three-level-window")]
    public async Task Window_of_windows_of_windows(string id)
    {
        await using var run = new CaseRun(id, disturbance);
        var first = from value in run.Input<int>("input").WithEventTime(value => At(value), TimeSpan.Zero).Window(Tumbling(Seconds(5))) group value by 0 into g select g.Count();
        var second = from count in first.Window(Tumbling(Seconds(10))) group count by 0 into g select new { Count = g.Count(), Sum = g.Sum() };
        await run.RunAsync(
            from count in second.Window(Tumbling(Seconds(20)))
            group count by 0 into g
            select new { Start = g.Window.Start.ToUnixTimeSeconds(), End = g.Window.End.ToUnixTimeSeconds(), Count = g.Count(), Sum = g.Sum(c => c.Sum) });
    }

    [Case("spark/MultiStatefulOperators/window-to-dedup")]
    public async Task Distinct_of_windows(string id)
    {
        await using var run = new CaseRun(id, disturbance);
        var counts = from value in run.Input<int>("input").WithEventTime(value => At(value), TimeSpan.Zero).Window(Tumbling(Seconds(5))) group value by 0 into g select new { Count = g.Count(), g.Window.End };
        await run.RunAsync(counts.DistinctBy(c => new { c.Count, c.End }).Select(c => new { End = c.End.ToUnixTimeSeconds(), c.Count }));
    }

    private sealed record Line(string Text, long T);
}
