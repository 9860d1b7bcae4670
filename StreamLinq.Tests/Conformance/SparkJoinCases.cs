// Spark's cases of stream-stream joins. What Spark says with a range of two times is Within here; a window as a join key is a join of windows, whose rows come when the window closes: those cases are
// compared at their end. Without event time all rows are kept (Unbounded).
using NUnit.Framework;
using static StreamLinq.Tests.Conformance.CaseTime;
using static StreamLinq.Windowing;

namespace StreamLinq.Tests.Conformance;

[TestFixture(Disturbance.None)]
[TestFixture(Disturbance.Crash)]
[TestFixture(Disturbance.Replay)]
[TestFixture(Disturbance.Workers)]
public sealed class SparkJoinCases(Disturbance disturbance)
{
    [Case("spark/StreamingJoin/inner-window-no-watermark")]
    public async Task All_rows_by_key_and_window(string id)
    {
        await using var run = new CaseRun(id, disturbance);
        var left = from value in run.Input<int>("input1") select new { Key = value, End = (value / 10 + 1) * 10, Value = value * 2 };
        var right = from value in run.Input<int>("input2") select new { Key = value, End = (value / 10 + 1) * 10, Value = value * 3 };
        await run.RunAsync(from l in left join r in right.Unbounded() on new { l.Key, l.End } equals new { r.Key, r.End } select new { l.Key, l.End, Left = l.Value, Right = r.Value });
    }

    [Case("spark/StreamingJoin/inner-range-one-sided")]
    public async Task Any_later_time(string id)
    {
        await using var run = new CaseRun(id, disturbance);
        var (left, right) = (Timed(run, "left", 10), Timed(run, "right", 10));
        await run.RunAsync(
            from l in left
            join r in right.Within(-(Seconds(5) + TimeSpan.FromTicks(1)), TimeSpan.MaxValue) on l.Key equals r.Key
            select new { l.Key, Left = l.Time, Right = r.Time });
    }

    [Case("spark/StreamingJoin/three-way")]
    public async Task Three_streams(string id)
    {
        await using var run = new CaseRun(id, disturbance);
        var a = from value in run.Input<int>("input1") select new { Key = value, Value = value * 2 };
        var b = from value in run.Input<int>("input2") select new { Key = value, Value = value * 3 };
        var c = from value in run.Input<int>("input3") select new { Key = value, Value = value * 5 };
        await run.RunAsync(
            from l in a
            join m in b.Unbounded() on l.Key equals m.Key
            join r in c.Unbounded() on m.Key equals r.Key
            select new { Lk = l.Key, Lv = l.Value, Mk = m.Key, Mv = m.Value, Rk = r.Key, Rv = r.Value });
    }

    [Case("spark/StreamingJoin/range-left-outer-minutes")]
    public async Task Left_rows_within_minutes(string id)
    {
        await using var run = new CaseRun(id, disturbance);
        await run.RunAsync(Timed(run, "left", 600).LeftJoin(
            Timed(run, "right", 600).Within(Seconds(210), Seconds(210)), l => l.Key, r => r.Key, (l, r) => new { Left = l.Key, Right = r == null ? null : (int?)r.Key, LeftTime = l.Time, RightTime = r == null ? null : (int?)r.Time }));
    }

    [Case("spark/StreamingJoin/range-right-outer")]
    public Task Right_rows_within_seconds(string id) => RightAsync(id, 10, 5);

    [Case("spark/StreamingJoin/range-right-outer-minutes")]
    public Task Right_rows_within_minutes(string id) => RightAsync(id, 600, 210);

    [Case("spark/StreamingJoin/range-full-outer")]
    public async Task Rows_of_both_sides(string id)
    {
        await using var run = new CaseRun(id, disturbance);
        await run.RunAsync(Timed(run, "left", 10).FullJoin(
            Timed(run, "right", 10).Within(Seconds(5), Seconds(5)), l => l.Key, r => r.Key,
            (l, r) => new { Left = l == null ? null : (int?)l.Key, Right = r == null ? null : (int?)r.Key, LeftTime = l == null ? null : (int?)l.Time, RightTime = r == null ? null : (int?)r.Time }));
    }

    // What has matched is not kept for the right rows that are still to come: the row would not come out again.
    [Case("spark/StreamingJoin/range-left-semi")]
    public async Task Left_rows_with_a_match(string id)
    {
        await using var run = new CaseRun(id, disturbance) { MayKeepLess = true };
        await run.RunAsync(Timed(run, "left", 10).SemiJoin(Timed(run, "right", 10).Within(Seconds(5), Seconds(5)), l => l.Key, r => r.Key).Select(l => new { l.Key, l.Time }));
    }

    [Case("spark/StreamingJoin/self-inner-interval")]
    public async Task Pairs_of_one_stream(string id)
    {
        await using var run = new CaseRun(id, disturbance);
        var (left, right) = Twice(run);
        await run.RunAsync(from l in left join r in right.Within(TimeSpan.Zero, Seconds(5)) on l.Value equals r.Value select new { Left = l.Value, LeftTime = l.T, Right = r.Value, RightTime = r.T });
    }

    // Spark keeps a left row whose time is up for one more epoch where the bound is just reached; it has matched, so nothing shows.
    [Case("spark/StreamingJoin/self-left-outer")]
    public async Task Left_rows_of_one_stream(string id)
    {
        await using var run = new CaseRun(id, disturbance) { MayKeepLess = true };
        var (left, right) = Twice(run);
        await run.RunAsync(left.LeftJoin(
            right.Within(TimeSpan.Zero, Seconds(5)), l => l.Value, r => r.Value, (l, r) => new { Left = l.Value, LeftTime = l.T, Right = r == null ? null : (int?)r.Value, RightTime = r == null ? null : (long?)r.T }));
    }

    [Case("spark/StreamingJoin/self-left-semi")]
    public async Task Left_rows_of_one_stream_with_a_match(string id)
    {
        await using var run = new CaseRun(id, disturbance);
        var (left, right) = Twice(run);
        await run.RunAsync(left.SemiJoin(right.Within(TimeSpan.Zero, Seconds(5)), l => l.Value, r => r.Value).Select(l => new { l.Value, l.T }));
    }

    [Case("spark/StreamingJoin/right-outer-left-condition")]
    public async Task Right_rows_in_windows_with_a_condition_on_the_left(string id)
    {
        await using var run = new CaseRun(id, disturbance);
        var (left, right) = Windows(run);
        await run.RunToTheEndAsync(left.RightJoin(right, l => l.Key, r => r.Key, (l, r) => new OfRight(r.Key, r.End, l == null ? null : l.Twice, r.Text), (l, r) => l.Twice > 4), new OfRight(21, 30, null, "63"));
    }

    [Case("spark/StreamingJoin/full-outer-left-condition")]
    public Task All_rows_in_windows_with_a_condition_on_the_left(string id) => FullAsync(id, left: true);

    [Case("spark/StreamingJoin/full-outer-right-condition")]
    public Task All_rows_in_windows_with_a_condition_on_the_right(string id) => FullAsync(id, left: false);

    [Case("spark/StreamingJoin/left-semi-left-condition")]
    public async Task Left_rows_in_windows_with_a_match(string id)
    {
        await using var run = new CaseRun(id, disturbance);
        var (left, right) = Windows(run);
        await run.RunToTheEndAsync(left.SemiJoin(right, l => l.Key, r => r.Key, (l, r) => l.Twice > 4).Select(l => new { l.Key, l.End, l.Twice }));
    }

    [Case("spark/StreamingJoin/left-outer-right-condition")]
    public async Task Left_rows_in_windows_with_a_condition_on_the_right(string id)
    {
        await using var run = new CaseRun(id, disturbance);
        var (left, right) = Windows(run);
        await run.RunToTheEndAsync(left.LeftJoin(right, l => l.Key, r => r.Key, (l, r) => new { l.Key, l.End, l.Twice, Text = r == null ? null : r.Text }, (l, r) => r.Thrice > 7));
    }

    [Case("spark/StreamingJoin/windowed-right-outer")]
    public async Task Right_rows_in_windows(string id)
    {
        await using var run = new CaseRun(id, disturbance);
        var (left, right) = Windows(run);
        await run.RunToTheEndAsync(left.RightJoin(right, l => l.Key, r => r.Key, (l, r) => new { r.Key, r.End, Twice = l == null ? null : (int?)l.Twice, r.Thrice }));
    }

    [Case("spark/StreamingJoin/windowed-full-outer")]
    public async Task All_rows_in_windows(string id)
    {
        await using var run = new CaseRun(id, disturbance);
        var (left, right) = Windows(run);
        await run.RunToTheEndAsync(
            left.FullJoin(right, l => l.Key, r => r.Key, (l, r) => new OfBoth(l == null ? r!.Key : l.Key, l == null ? r!.End : l.End, l == null ? null : l.Twice, r == null ? null : r.Thrice)), new OfBoth(21, 30, 42, null));
    }

    [Case("spark/MultiStatefulOperators/right-outer-interval-to-window")]
    public async Task A_window_behind_a_join(string id)
    {
        await using var run = new CaseRun(id, disturbance);
        var left = run.Input<Named>("input1").WithEventTime(row => row.At, TimeSpan.Zero);
        var right = run.Input<Named>("input2").WithEventTime(row => row.At, TimeSpan.Zero);
        await run.RunAsync(
            from row in left.RightJoin(right.Within(Hours(1), Hours(1)), l => l.Id, r => r.Id, (l, r) => r.Id).Window(Tumbling(Minutes(10)))
            group row by 0 into g
            select new { g.Window.Start, g.Window.End, Count = g.Count() });
    }

    [Case("spark/UnsupportedOperations/join-append")]
    public async Task A_join_without_event_time(string id)
    {
        await using var run = new CaseRun(id, disturbance);
        await run.RunAsync(from a in run.Input<int>("s1") join b in run.Input<int>("s2").Unbounded() on a equals b select a);
    }

    private async Task RightAsync(string id, int delay, int within)
    {
        await using var run = new CaseRun(id, disturbance);
        await run.RunAsync(Timed(run, "left", delay).RightJoin(
            Timed(run, "right", delay).Within(Seconds(within), Seconds(within)), l => l.Key, r => r.Key, (l, r) => new { Left = l == null ? null : (int?)l.Key, Right = r.Key, LeftTime = l == null ? null : (int?)l.Time, RightTime = r.Time }));
    }

    private async Task FullAsync(string id, bool left)
    {
        await using var run = new CaseRun(id, disturbance);
        var (lefts, rights) = Windows(run);
        await run.RunToTheEndAsync(
            lefts.FullJoin(
                rights, l => l.Key, r => r.Key,
                (l, r) => new OfEach(l == null ? null : l.Key, l == null ? null : l.End, l == null ? null : l.Twice, r == null ? null : r.Key, r == null ? null : r.End, r == null ? null : r.Text),
                (l, r) => left ? l.Twice > 4 : r.Thrice > 7),
            new OfEach(null, null, null, 21, 30, "63"));
    }

    private static IStreamQueryable<Row, EventTime> Timed(CaseRun run, string name, int delay) => run.Input<Row>(name).WithEventTime(row => At(row.Time), Seconds(delay));

    private static (IStreamQueryable<Event, EventTime>, IStreamQueryable<Event, EventTime>) Twice(CaseRun run)
    {
        var rows = run.Input<Event>("input");
        return (rows.WithEventTime(x => At(x.T), Seconds(5)), rows.Where(x => x.Value % 2 == 0).WithEventTime(x => At(x.T), Seconds(5)));
    }

    private static (IStreamQueryable<Side, Windowed>, IStreamQueryable<Side, Windowed>) Windows(CaseRun run) => (Windows(run, "left"), Windows(run, "right"));

    private static IStreamQueryable<Side, Windowed> Windows(CaseRun run, string name) => run.Input<int>(name).Select(value => new Side(value)).WithEventTime(row => At(row.Key), Seconds(10)).Window(Tumbling(Seconds(10)));

    private sealed record Row(int Key, int Time);

    private sealed record Event(int Value, long T);

    [Case("spark/UnsupportedOperations/left-outer-stream-batch")]
    public async Task Rows_that_do_not_change_on_the_right(string id)
    {
        await using var run = new CaseRun(id, disturbance);
        await run.RunAsync(run.Input<int>("s1").LeftJoin(Array.Empty<Side>(), a => a, side => side.Key, (a, side) => new { A = a, Twice = side == null ? null : (int?)side.Twice }));
    }

    private sealed record Named(string Id, DateTimeOffset At);

    private sealed record Side(int Key)
    {
        public int End => (Key / 10 + 1) * 10;

        public int Twice => Key * 2;

        public int Thrice => Key * 3;

        public string Text => $"{Thrice}";
    }

    private sealed record OfRight(int Key, int End, int? Twice, string Text);

    private sealed record OfBoth(int Key, int End, int? Twice, int? Thrice);

    private sealed record OfEach(int? Left, int? LeftEnd, int? Twice, int? Right, int? RightEnd, string? Text);
}
