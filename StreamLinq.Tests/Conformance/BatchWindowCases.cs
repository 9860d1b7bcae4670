// Spark's cases of windows over bounded tables: how times fall into windows and sessions. Each is run as a batch and as a stream that ends.
using System.Globalization;
using NUnit.Framework;
using static StreamLinq.Tests.Conformance.CaseTime;
using static StreamLinq.Windowing;

namespace StreamLinq.Tests.Conformance;

[TestFixture(Disturbance.None)]
[TestFixture(Disturbance.Crash)]
[TestFixture(Disturbance.Replay)]
[TestFixture(Disturbance.Workers)]
public sealed class BatchWindowCases(Disturbance disturbance)
{
    [Case("spark/DataFrameSessionWindowing/single-row")]
    public Task Session_of_one_row(string id) =>
        RunAsync(id, rows => from row in Timed(rows).Window(Session(Seconds(10))) group row by 0 into g select new { g.Window.Start, g.Window.End, Count = g.Count() });

    [Case("spark/DataFrameSessionWindowing/keys")]
    public Task Sessions_by_key(string id) =>
        RunAsync(id, rows =>
            from row in Timed(rows).Window(Session(Seconds(10)))
            group row by row.Id into g
            select new { g.Window.Start, g.Window.End, Id = g.Key, Count = g.Count(), Sum = g.Sum(r => r.Value) });

    [Case("spark/DataFrameSessionWindowing/keys-distinct")]
    public Task Distinct_values_of_sessions(string id) =>
        RunAsync(id, rows =>
            from row in Timed(rows).Window(Session(Seconds(10)))
            group row by row.Id into g
            select new { g.Window.Start, g.Window.End, Id = g.Key, Count = g.Count(), Sum = g.ToList().Select(r => r.Value).Distinct().Sum() });

    // Spark's rows stay apart here because nothing is grouped; a session is always of a group, so each row is its own.
    [Case("spark/DataFrameSessionWindowing/dynamic-gap-column")]
    public Task Gap_of_the_row(string id) =>
        RunAsync(id, rows =>
            from row in Timed(rows).SessionWindow(row => Gap(row.Id))
            group row by row into g
            select new { g.Window.Start, g.Window.End, g.Key.Value });

    [Case("spark/DataFrameSessionWindowing/nonpositive-gap-filtered")]
    public Task Gaps_that_are_none(string id) =>
        RunAsync(id, rows =>
            from row in Timed(rows).SessionWindow(row => row.Value == 1 ? TimeSpan.Zero : row.Value == 2 ? -Seconds(10) : Seconds(5))
            group row by 0 into g
            select new { g.Window.Start, g.Window.End, Count = g.Count() });

    [Case("spark/DataFrameTimeWindowing/negative-offset")]
    public Task Negative_offset(string id) =>
        RunAsync(id, rows => from row in Timed(rows).Window(Hopping(Seconds(10), Seconds(10), Seconds(-5))) group row by 0 into g select new { g.Window.Start, g.Window.End, Count = g.Count() });

    [Case("spark/DataFrameTimeWindowing/offset-groups")]
    public Task Offset_with_a_key(string id) =>
        RunAsync(id, rows =>
            from row in Timed(rows).Window(Hopping(Seconds(10), Seconds(10), Seconds(5)))
            group row by row.Id into g
            select new { g.Window.Start, g.Window.End, Id = g.Key, Count = g.Count() });

    [Case("spark/DataFrameTimeWindowing/sliding-milliseconds")]
    public Task Windows_of_milliseconds(string id) =>
        RunAsync(id, rows => from row in Timed(rows).Window(Hopping(Ms(200), Ms(40))) group row by 0 into g select new { g.Window.Start, g.Window.End, Count = g.Count() });

    // Which window a row is in shows in its group only, so the rows of the group are given back one by one.
    [Case("spark/DataFrameTimeWindowing/projection")]
    public Task Window_of_a_row(string id) =>
        RunAsync(id, rows =>
            from row in Timed(rows).Window(Tumbling(Seconds(10)))
            group row by 0 into g
            select new { g.Window, Rows = g.ToList() } into w
            from row in w.Rows
            select new { w.Window.Start, w.Window.End, row.Value });

    [Case("spark/DataFrameTimeWindowing/negative-timestamps")]
    public Task Window_from_before_1970(string id) =>
        RunAsync(id, rows =>
            from row in Timed(rows).Window(Tumbling(Seconds(10), Seconds(5)))
            group row by 0 into g
            select new { g.Window, Rows = g.ToList() } into w
            from row in w.Rows
            select new { w.Window.Start, w.Window.End, row.Value });

    // A time that may be null is not accepted as event time; what Spark leaves out silently is left out in words here.
    [Case("spark/DataFrameTimeWindowing/null-timestamps")]
    public async Task Time_that_is_null(string id)
    {
        await using var run = new CaseRun(id, disturbance);
        await run.RunBatchAsync("input", (IStreamQueryable<MaybeTimed, AppendOnly> rows) =>
            from row in rows.Where(row => row.Time != null).WithEventTime(row => row.Time!.Value, TimeSpan.Zero).Window(Tumbling(Seconds(10)))
            group row by 0 into g
            select new { Rows = g.ToList() } into w
            from row in w.Rows
            select row.Value);
    }

    private async Task RunAsync<T>(string id, Func<IStreamQueryable<Row, AppendOnly>, IStreamQueryable<T, AppendOnly>> query)
    {
        await using var run = new CaseRun(id, disturbance);
        await run.RunBatchAsync("input", query);
    }

    private static IStreamQueryable<Row, EventTime> Timed(IStreamQueryable<Row, AppendOnly> rows) => rows.WithEventTime(row => row.Time, TimeSpan.Zero);

    private static TimeSpan Gap(string text) => Seconds(int.Parse(text.TrimEnd('s'), CultureInfo.InvariantCulture));

    private sealed record Row(DateTimeOffset Time, int Value, string Id);

    private sealed record MaybeTimed(DateTimeOffset? Time, int Value, string Id);
}
