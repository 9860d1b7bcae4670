// Flink's cases of windows and of the first row per key. Flink moves the watermark row by row; the files cut the input where that matters, or move it by hand.
using NUnit.Framework;
using static StreamLinq.Tests.Conformance.CaseTime;
using static StreamLinq.Windowing;

namespace StreamLinq.Tests.Conformance;

[TestFixture(Disturbance.None)]
[TestFixture(Disturbance.Crash)]
[TestFixture(Disturbance.Replay)]
[TestFixture(Disturbance.Workers)]
public sealed class FlinkWindowCases(Disturbance disturbance)
{
    [Case("flink/WindowAggregateITCase/tumble")]
    public Task Tumbling_windows(string id) => AggregateAsync(id, Tumbling(Seconds(5)));

    [Case("flink/WindowAggregateITCase/tumble-negative-offset")]
    public Task Days_with_an_offset(string id) => AggregateAsync(id, Tumbling(Hours(24), Hours(-8)));

    [Case("flink/WindowAggregateITCase/hop")]
    public Task Hopping_windows(string id) => AggregateAsync(id, Hopping(Seconds(10), Seconds(5)));

    [Case("flink/WindowAggregateITCase/hop-offset")]
    public Task Hopping_days_with_an_offset(string id) => AggregateAsync(id, Hopping(Hours(24), Hours(12), Hours(8)));

    // The time of a window's results is its last instant: one millisecond before the end in Flink, one tick before it here. The case is about the millisecond.
    [Case("flink/WindowAggregateITCase/tumble-window-time")]
    public async Task Time_of_a_window(string id)
    {
        await using var run = new CaseRun(id, disturbance);
        await run.RunAsync(
            from row in run.Input<Trade>("T1").WithEventTime(row => row.Ts, Seconds(1)).Window(Tumbling(Seconds(5)))
            group row by row.Name into g
            select new { Name = g.Key, g.Window.Start, g.Window.End, Time = g.Window.End - Ms(1), Count = g.Count() });
    }

    [Case("flink/WindowAggregateITCase/tumble-min-max-time")]
    public async Task Aggregates_of_the_time(string id)
    {
        await using var run = new CaseRun(id, disturbance);
        await run.RunAsync(
            from row in run.Input<Trade>("T1").WithEventTime(row => row.Ts, Seconds(1)).Window(Tumbling(Seconds(5)))
            group row by 0 into g
            select new { Time = g.Window.End - Ms(1), Min = g.Min(r => r.Ts), Max = g.Max(r => r.Ts) });
    }

    [Case("flink/WindowRankITCase/second-only")]
    public async Task Second_of_a_window(string id)
    {
        await using var run = new CaseRun(id, disturbance);
        var sums =
            from row in run.Input<Trade>("T1").WithEventTime(row => row.Ts, Seconds(1)).Window(Tumbling(Seconds(5)))
            group row by row.Name into g
            select new { Name = g.Key, g.Window, Count = g.Count(), Sum = g.Sum(r => r.BigDec) };
        await run.RunAsync(
            from sum in sums.Window(sum => sum.Window)
            group sum by 0 into all
            from row in all.OrderByDescending(s => s.Sum).Take(2).Select((s, rank) => new { s.Name, s.Window.Start, s.Window.End, s.Count, s.Sum, Rank = rank + 1 })
            where row.Rank > 1
            select row);
    }

    [Case("flink/WindowOperatorTest/tumbling-late-side-output")]
    public async Task Late_rows_of_tumbling_windows(string id)
    {
        await using var run = new CaseRun(id, disturbance);
        var window = run.Input<Reading>("input").WithEventTime(row => AtMs(row.Ms), WatermarkStrategy.From(() => new ByHand<Reading>())).Window(Tumbling(Seconds(2)));
        await run.RunAsync(
            from row in window group row by row.Key into g select new { g.Key, Sum = g.Sum(r => r.Value), End = g.Window.End.ToUnixTimeMilliseconds() },
            window.LateRows());
    }

    [Case("flink/WindowOperatorTest/session-late-side-output")]
    public async Task Late_rows_of_sessions(string id)
    {
        await using var run = new CaseRun(id, disturbance);
        var window = run.Input<Reading>("input").WithEventTime(row => AtMs(row.Ms), WatermarkStrategy.From(() => new ByHand<Reading>())).Window(Session(Seconds(3)));
        await run.RunAsync(
            from row in window
            group row by row.Key into g
            select new { g.Key, Sum = g.Sum(r => r.Value), Start = g.Window.Start.ToUnixTimeMilliseconds(), End = g.Window.End.ToUnixTimeMilliseconds() },
            window.LateRows());
    }

    [Case("flink/DeduplicateITCase/first-by-event-time")]
    public async Task First_by_time(string id)
    {
        await using var run = new CaseRun(id, disturbance);
        await run.RunAsync(
            from row in run.Input<Sample>("T").WithEventTime(row => AtMs(row.B), TimeSpan.Zero)
            group row by row.A into g
            select new { A = g.Key, First = g.First() } into first
            select new { first.A, first.First.B, first.First.C });
    }

    [Case("flink/DeduplicateITCase/first-then-count")]
    public async Task Count_of_the_first(string id)
    {
        await using var run = new CaseRun(id, disturbance);
        var first = from row in run.Input<Sample>("T").WithEventTime(row => AtMs(row.B), TimeSpan.Zero) group row by row.B into g select g.First();
        await run.RunAsync(from row in first group row by 0 into all select all.Count());
    }

    [Case("flink/DeduplicateITCase/last-by-event-time")]
    public async Task Last_by_time(string id)
    {
        await using var run = new CaseRun(id, disturbance);
        await run.RunAsync(run.Input<Sample>("T").WithEventTime(row => AtMs(row.B), TimeSpan.Zero).LatestBy(row => row.B).Select(row => new { row.A, row.B, row.C }));
    }

    private async Task AggregateAsync(string id, Windowing windowing)
    {
        await using var run = new CaseRun(id, disturbance);
        await run.RunAsync(
            from row in run.Input<Trade>("T1").WithEventTime(row => row.Ts, Seconds(1)).Window(windowing)
            group row by row.Name into g
            select new
            {
                Name = g.Key,
                g.Window.Start,
                g.Window.End,
                Count = g.Count(),
                Sum = g.Sum(r => r.BigDec),
                Max = g.Max(r => r.Double),
                Min = g.Min(r => r.Float),
                Strings = g.CountDistinct(r => r.String),
            });
    }

    private sealed record Trade(DateTimeOffset Ts, int? Int, double? Double, float? Float, decimal? BigDec, string? String, string? Name);

    private sealed record Reading(string Key, int Value, long Ms);

    private sealed record Sample(int A, long B, string C);
}
