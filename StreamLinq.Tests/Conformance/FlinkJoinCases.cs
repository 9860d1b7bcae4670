// Flink's cases of interval joins and window joins, and those of other engines: arroyo, Feldera, Trill.
using NUnit.Framework;
using static StreamLinq.Tests.Conformance.CaseTime;
using static StreamLinq.Windowing;

namespace StreamLinq.Tests.Conformance;

[TestFixture(Disturbance.None)]
[TestFixture(Disturbance.Crash)]
[TestFixture(Disturbance.Replay)]
[TestFixture(Disturbance.Workers)]
public sealed class FlinkJoinCases(Disturbance disturbance)
{
    [Case("flink/IntervalJoinITCase/inner-null-safe")]
    public async Task Nulls_in_a_key_of_parts_are_equal(string id)
    {
        await using var run = new CaseRun(id, disturbance);
        var (t1, t2) = Sides(run, Ms(1));
        await run.RunAsync(from a in t1 join b in t2.Within(Seconds(6), Seconds(5)) on new { a.Key } equals new { b.Key } select new { b.Key, Right = b.Id, Left = a.Id });
    }

    [Case("flink/IntervalJoinITCase/inner-one-sided-window")]
    public async Task Both_bounds_on_one_side(string id)
    {
        await using var run = new CaseRun(id, disturbance);
        var (t1, t2) = Sides(run, Ms(1));
        await run.RunAsync(from a in t1 join b in t2.Within(Seconds(3), -Seconds(1)) on 0 equals 0 select new { b.Key, Right = b.Id, Left = a.Id });
    }

    [Case("flink/IntervalJoinITCase/inner-equal-time")]
    public async Task Equal_times(string id)
    {
        await using var run = new CaseRun(id, disturbance);
        var t1 = run.Input<Valued>("T1").WithEventTime(row => AtMs(row.Ms), Seconds(1));
        var t2 = run.Input<Valued>("T2").WithEventTime(row => AtMs(row.Ms), Seconds(1));
        await run.RunAsync(from a in t1 join b in t2.Within(TimeSpan.Zero, TimeSpan.Zero) on a.Key equals b.Key select new { a.Key, a.Ms, Left = a.Val, Right = b.Val });
    }

    [Case("flink/IntervalJoinITCase/left-outer")]
    public async Task A_condition_on_the_left_leaves_the_row_without_a_match(string id)
    {
        await using var run = new CaseRun(id, disturbance);
        var (t1, t2) = Sides(run, Ms(1));
        await run.RunAsync(t1.LeftJoin(t2.Within(Seconds(6), Seconds(5)), a => a.Key, b => b.Key, (a, b) => new { a.Key, Right = b == null ? null : b.Id, Left = a.Id }, (a, b) => a.Id != "L-5"));
    }

    [Case("flink/IntervalJoinITCase/inner-then-window-second")]
    public async Task Windows_by_the_time_of_the_right_side(string id)
    {
        await using var run = new CaseRun(id, disturbance);
        var (t1, t2) = Sides(run, Ms(1));
        var pairs = from a in t1 join b in t2.Within(Seconds(5), Seconds(5)) on a.Key equals b.Key select new { b.Key, b };
        await run.RunAsync(
            from pair in pairs.WithEventTime(pair => AtMs(pair.b.Ms), TimeSpan.Zero).Window(Tumbling(Seconds(4)))
            group pair by pair.Key into g
            select new { g.Key, End = g.Window.End.ToUnixTimeMilliseconds(), Count = g.Count() });
    }

    [Case("flink/WindowJoinITCase/inner")]
    public async Task Counts_of_windows(string id)
    {
        await using var run = new CaseRun(id, disturbance);
        var (left, right) = (Counts(run, "T1"), Counts(run, "T2"));
        await run.RunAsync(from l in left.Window(c => c.Window) join r in right.Window(c => c.Window) on l.Name equals r.Name select new { l.Name, l.Window.Start, l.Window.End, Left = l.Strings, Right = r.Strings });
    }

    [Case("flink/WindowJoinITCase/inner-null-safe")]
    public async Task Counts_of_windows_with_equal_nulls(string id)
    {
        await using var run = new CaseRun(id, disturbance);
        var (left, right) = (Counts(run, "T1"), Counts(run, "T2"));
        await run.RunAsync(
            from l in left.Window(c => c.Window)
            join r in right.Window(c => c.Window) on new { l.Name } equals new { r.Name }
            select new { l.Name, l.Window.Start, l.Window.End, Left = l.Strings, Right = r.Strings });
    }

    [Case("flink/WindowJoinITCase/semi")]
    public async Task Counts_with_a_match(string id)
    {
        await using var run = new CaseRun(id, disturbance);
        await run.RunAsync(Counts(run, "T1").Window(c => c.Window).SemiJoin(Counts(run, "T2").Window(c => c.Window), l => l.Name, r => r.Name).Select(l => new { l.Name, l.Window.Start, l.Window.End, l.Strings }));
    }

    [Case("flink/WindowJoinITCase/anti")]
    public async Task Counts_without_a_match(string id)
    {
        await using var run = new CaseRun(id, disturbance);
        await run.RunAsync(Counts(run, "T1").Window(c => c.Window).AntiJoin(Counts(run, "T2").Window(c => c.Window), l => l.Name, r => r.Name).Select(l => new { l.Name, l.Window.Start, l.Window.End, l.Strings }));
    }

    [Case("flink/WindowJoinITCase/right-outer")]
    public async Task Counts_of_the_right(string id)
    {
        await using var run = new CaseRun(id, disturbance);
        await run.RunAsync(Counts(run, "T1").Window(c => c.Window).RightJoin(
            Counts(run, "T2").Window(c => c.Window), l => l.Name, r => r.Name, (l, r) => new { Name = l == null ? null : l.Name, r.Window.Start, r.Window.End, Left = l == null ? null : (long?)l.Strings, Right = r.Strings }));
    }

    [Case("arroyo/smoke/distinct-join-inner")]
    public async Task Two_counts_of_one_stream(string id)
    {
        await using var run = new CaseRun(id, disturbance);
        var cars = run.Input<Car>("cars").WithEventTime(car => car.Timestamp, Seconds(1));
        var (dropoffs, pickups) = (Drivers(cars.Where(car => car.EventType == "dropoff")), Drivers(cars.Where(car => car.EventType == "pickup")));
        await run.RunAsync(from d in dropoffs.Window(d => d.Window) join p in pickups.Window(p => p.Window) on 0 equals 0 select new { d.Window.Start, Dropoffs = d.Count, Pickups = p.Count });
    }

    [Case("arroyo/smoke/join-self-mod")]
    public async Task A_stream_with_a_part_of_itself(string id)
    {
        await using var run = new CaseRun(id, disturbance);
        var impulses = run.Input<Impulse>("impulse");
        await run.RunAsync(from a in impulses join b in impulses.Where(i => i.Counter % 2 == 1).Unbounded() on a.Counter equals b.Counter select new { A = a.Counter, B = b.Counter });
    }

    [Case("feldera/StreamingTests/full-outer-residual")]
    public async Task A_table_of_both_sides(string id)
    {
        await using var run = new CaseRun(id, disturbance);
        await run.RunAsync(run.Input<First>("t1").FullJoin(
            run.Input<Second>("t2").Unbounded(), x => x.A, y => y.L, (x, y) => new { A = x == null ? null : (int?)x.A, L = y == null ? null : (int?)y.L }, (x, y) => x.B < 5 && y.M > 0));
    }

    [Case("trill/SimpleTesting/left-outer-residual")]
    public async Task Rows_of_one_time(string id)
    {
        await using var run = new CaseRun(id, disturbance);
        var (left, right) = (run.Input<Left>("left").WithEventTime(_ => At(10), TimeSpan.Zero), run.Input<Right>("right").WithEventTime(_ => At(10), TimeSpan.Zero));
        await run.RunAsync(left.LeftJoin(
            right.Within(TimeSpan.Zero, TimeSpan.Zero), l => l.F1, r => r.F3, (l, r) => new { l.F1, l.F2, F3 = r == null ? -1 : r.F3, F4 = r == null ? "null" : r.F4 }, (l, r) => l.F2 != "E"));
    }

    private static (IStreamQueryable<Keyed, EventTime>, IStreamQueryable<Keyed, EventTime>) Sides(CaseRun run, TimeSpan delay) =>
        (run.Input<Keyed>("T1").WithEventTime(row => AtMs(row.Ms), delay), run.Input<Keyed>("T2").WithEventTime(row => AtMs(row.Ms), delay));

    private static IStreamQueryable<Counted, EventTime> Counts(CaseRun run, string name) =>
        from row in run.Input<Trade>(name).WithEventTime(row => row.Ts, Seconds(1)).Window(Tumbling(Seconds(5)))
        group row by row.Name into g
        select new Counted(g.Key, g.Window, g.CountDistinct(r => r.String));

    private static IStreamQueryable<InHour, EventTime> Drivers(IStreamQueryable<Car, EventTime> cars) =>
        from car in cars.Window(Tumbling(Hours(1))) group car by 0 into g select new InHour(g.Window, g.CountDistinct(car => car.DriverId));

    private sealed record Keyed(string? Key, string Id, long Ms);

    private sealed record Valued(string Key, long Ms, string Val);

    private sealed record Trade(DateTimeOffset Ts, int? Int, double? Double, float? Float, decimal? BigDec, string? String, string? Name);

    private sealed record Counted(string? Name, Window Window, long Strings);

    private sealed record InHour(Window Window, long Count);

    private sealed record Car(
        DateTimeOffset Timestamp,
        [property: System.Text.Json.Serialization.JsonPropertyName("driver_id")] long DriverId,
        [property: System.Text.Json.Serialization.JsonPropertyName("event_type")] string EventType,
        string Location);

    private sealed record Impulse(DateTimeOffset Timestamp, long Counter, [property: System.Text.Json.Serialization.JsonPropertyName("subtask_index")] long Subtask);

    private sealed record First(int A, int B, int C);

    private sealed record Second(int L, int M, int N);

    private sealed record Left(int F1, string F2);

    private sealed record Right(int F3, string F4);
}
