// Joins by example: what plans say, what is refused, whose time results have, what errors do, and in which order rows come.
using NUnit.Framework;
using StreamLinq.Tests.Plans;

namespace StreamLinq.Tests.Joins;

[TestFixture]
public sealed class JoinExampleTests
{
    private static readonly DateTimeOffset Start = new(2024, 1, 1, 0, 0, 0, TimeSpan.Zero);

    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    public sealed record Order(int Id, string? User, double At, int Amount = 0)
    {
        public DateTimeOffset Time => Start.AddSeconds(At);
    }

    public readonly record struct Point(long Key, long X, long Y, long Ticks);

    private static IStreamQueryable<Order, EventTime> Timed(TestSource<Order> source) => source.Rows.WithEventTime(o => o.Time, TimeSpan.Zero);

    [Test]
    public async Task The_plan_says_what_each_side_keeps_and_until_when()
    {
        await using var harness = new StreamTestHarness();
        var (left, right) = (Timed(harness.Source<Order>("l")), Timed(harness.Source<Order>("r")));
        var pairs = from l in left join r in right.Within(5 * Second, 10 * Second) on l.User equals r.User where l.Amount > 3 && r.Amount > l.Amount select new { l.Id, Other = r.Id };
        Assert.That(pairs.Explain(ExplainLevel.Logical), Does.Contain("""
                Filter row.Amount > 3 && row#3.Amount > row.Amount
                  Inner join on row.User = row#2.User where time#2 is from time - 5 s to time + 10 s: row#3 = row#2
                    EventTime time = row.Time
            """.ReplaceLineEndings("\n")));
        Assert.That(pairs.Explain(ExplainLevel.Physical), Does.Contain("-> join-1 left").And.Contain("-> join-1 right")
            .And.Contain("[state bounded by the watermark: a left row stays until it passes the row's time + 10 s]").And.Contain("[state bounded by the watermark: a right row stays until it passes the row's time + 5 s]")
            .And.Contain("to time + 10 s if row.Amount > 3 && row#3.Amount > row.Amount"));
        var open = left.SemiJoin(right.Within(TimeSpan.MaxValue, -Second), l => l.Id, r => r.Id).Named("before");
        Assert.That(open.Explain(ExplainLevel.Physical), Does.Contain("Semi join on row.Id = row#2.Id where time#2 is any time to time - 1 s named 'before' [state unbounded: all right rows are kept]")
            .And.Contain("a left row stays until it passes the row's time - 1 s").And.Contain("-> before left"));
        var windows = left.Window(Windowing.Tumbling(Second)).AntiJoin(right.Window(Windowing.Tumbling(Second)), l => l.Id, r => r.Id);
        Assert.That(windows.Explain(ExplainLevel.Physical), Does.Contain("Anti join on row.Id = row#2.Id in Tumbling(1 s) on time [state bounded by the watermark: a left row stays until its last window closes]"));
        Assert.That(left.FullJoin(right.Unbounded(), l => l.User, r => r.User, (l, r) => 1).Explain(ExplainLevel.Physical), Does.Contain("Full join on row.User = row#2.User, all rows kept").And.Contain("[state unbounded: all left rows are kept]").And.Contain("[rows come and go]"));
    }

    [Test]
    public async Task Another_provider_can_print_a_join()
    {
        await using var harness = new StreamTestHarness();
        var (left, right) = (harness.Source<Order>("l").Rows, harness.Source<Order>("r").Rows);
        Assert.That(SqlPlans.Of(left.LeftJoin(right.Unbounded(), l => l.Id, r => r.Id, (l, r) => new { l.Id, Other = r }, (l, r) => l.Amount > 1)), Does.Contain("LEFT JOIN r r1 ON l1.Id = r1.row_2.Id AND (Amount > 1)"));
    }

    [Test]
    public async Task Of_a_struct_only_the_members_that_are_read_are_kept()
    {
        await using var harness = new StreamTestHarness();
        var (left, right) = (harness.Source<Point>("l"), harness.Source<Point>("r"));
        var pairs = from l in left.Rows.WithEventTime(p => new DateTimeOffset(p.Ticks, TimeSpan.Zero), TimeSpan.Zero)
                    join r in right.Rows.WithEventTime(p => new DateTimeOffset(p.Ticks, TimeSpan.Zero), TimeSpan.Zero).Within(Second, Second) on l.Key equals r.Key
                    where l.X > 0
                    select new { l.Key, r.Y };
        Assert.That(pairs.Explain(ExplainLevel.Optimized), Does.Contain("row.Key = row.Key, row.X = row.X").And.Contain("if row.X > 0").And.Contain("row#2.Y = row#2.Y"));
        var output = await harness.StartAsync(pairs);
        left.Add(new(1, 1, 2, Start.Ticks), new(1, 0, 2, Start.Ticks));
        right.Add(new Point(1, 3, 4, Start.Ticks));
        await harness.RunUntilIdleAsync();
        Assert.That(output.Result, Is.EqualTo(new[] { new { Key = 1L, Y = 4L } }));
        Assert.That(output.Query.LastProgress!.StateOperators.Single().Rows, Is.EqualTo(2), "the row that fails the condition is not kept");
    }

    [Test]
    public async Task Sides_whose_windows_differ_are_refused()
    {
        await using var harness = new StreamTestHarness();
        var (left, right) = (Timed(harness.Source<Order>("l")), Timed(harness.Source<Order>("r")));
        var tumbling = left.Window(Windowing.Tumbling(Second));
        Refused("brings rows in different windows together", tumbling.SemiJoin(right.Window(Windowing.Tumbling(2 * Second)), l => l.Id, r => r.Id));
        Refused("brings rows in different windows together", tumbling.SemiJoin(right.Window(Windowing.Tumbling(Second)).GracePeriod(Second), l => l.Id, r => r.Id));
        Refused("joins session windows", left.Window(Windowing.Session(Second)).SemiJoin(right.Window(Windowing.Session(Second)), l => l.Id, r => r.Id));
        var counts = tumbling.GroupBy(l => l.Id).Select(g => new { g.Key, g.Window });
        Refused("brings rows in different windows together", counts.Window(c => c.Window).SemiJoin(right.Window(Windowing.Tumbling(Second)), l => l.Key, r => r.Id));
        var others = right.Window(Windowing.Tumbling(2 * Second)).GroupBy(r => r.Id).Select(g => new { g.Key, g.Window });
        Refused("brings rows in different windows together", counts.Window(c => c.Window).SemiJoin(others.Window(c => c.Window), l => l.Key, r => r.Key));

        static void Refused(string text, IStreamQueryable query) => Assert.That(() => LogicalPlan.Bind(query), Throws.TypeOf<QueryTranslationException>().With.Message.StartsWith("SLQ1005: ").And.Message.Contains(text));
    }

    [Test]
    public async Task The_window_of_a_window_join_goes_on()
    {
        await using var harness = new StreamTestHarness();
        var source = harness.Source<Order>("orders");
        var counts = Timed(source).Window(Windowing.Tumbling(10 * Second)).GroupBy(o => o.User).Select(g => new { User = g.Key, g.Window, Count = g.Count() });
        var sums = Timed(source).Window(Windowing.Tumbling(10 * Second)).GroupBy(o => o.User).Select(g => new { User = g.Key, g.Window, Sum = g.Sum(o => o.Amount) });
        var both = from c in counts.Window(c => c.Window) join s in sums.Window(s => s.Window) on c.User equals s.User select new { c.Count, s.Sum, s.Window };
        var output = await harness.StartAsync(from b in both.Window(b => b.Window) group b by 0 into all select new { all.Window.Start, Users = all.Count(), Count = all.Sum(b => b.Count), Sum = all.Sum(b => b.Sum) });
        source.Add(new(1, "a", 1, 10), new(2, "b", 2, 20), new(3, "a", 3, 30), new(4, null, 4, 40), new(5, "a", 12, 50));
        await source.CompleteAsync();
        Assert.That(output.Result, Is.EqualTo(new[] { new { Start, Users = 2L, Count = 3L, Sum = 60L }, new { Start = Start + 10 * Second, Users = 1L, Count = 1L, Sum = 50L } }));
        Assert.That(output.Query.RecentProgress.Sum(p => p.LateRows), Is.Zero);
    }

    [Test]
    public async Task Pairs_can_have_the_time_of_one_side([Values] bool ofLeft)
    {
        await using var harness = new StreamTestHarness();
        var (left, right) = (harness.Source<Order>("l"), harness.Source<Order>("r"));
        var pairs = from l in Timed(left) join r in Timed(right).Within(20 * Second, 20 * Second) on l.User equals r.User select new { l, r };
        var chosen = ofLeft ? pairs.WithEventTime(p => p.l.Time, TimeSpan.Zero) : pairs.WithEventTime(p => p.r.Time, TimeSpan.Zero);
        var output = await harness.StartAsync(chosen.Window(Windowing.Tumbling(10 * Second)).GroupBy(_ => 0).Select(g => new { At = g.Window.Start, Count = g.Count() }));
        left.Add(new(1, "a", 1), new(2, "a", 25));
        right.Add(new Order(3, "a", 19));
        await harness.RunUntilIdleAsync();
        Assert.That(output.Result, Is.Empty, "the watermark is held back by the bound");
        await left.CompleteAsync();
        await right.CompleteAsync();
        Assert.That(output.Result.Select(r => $"{(r.At - Start).TotalSeconds}: {r.Count}"), Is.EqualTo(ofLeft ? new[] { "0: 1", "20: 1" } : ["10: 2"]));
        Assert.That(output.Query.RecentProgress.Sum(p => p.LateRows), Is.Zero);
        Assert.That(() => LogicalPlan.Bind(pairs.WithEventTime(p => p.l.Time.AddHours(1), TimeSpan.Zero)), Throws.TypeOf<QueryTranslationException>().With.Message.StartsWith("SLQ1012"));
    }

    [Test]
    public async Task A_condition_that_throws_fails_the_query_and_says_where()
    {
        await using var harness = new StreamTestHarness();
        var (left, right) = (harness.Source<Order>("l"), harness.Source<Order>("r"));
        await harness.StartAsync(Timed(left).SemiJoin(Timed(right).Within(Second, Second), l => l.User, r => r.User, (l, r) => 10 / r.Amount > 1));
        left.Add(new(1, "a", 1, 1), new(2, "b", 1, 1));
        right.Add(new(3, "a", 1, 1), new(4, "b", 1, 0));
        Assert.That(harness.RunUntilIdleAsync, Throws.TypeOf<StreamingQueryException>().With.Message.Contains("SLQ2001").And.Message.Contains("SemiJoin(").And.Message.Contains("DivideByZeroException").And.Message.Contains("row 2 of source 'r'"));
    }

    [Test]
    public async Task A_pair_whose_condition_throws_is_left_out_and_counted_whichever_row_came_first([Values] bool leftFirst)
    {
        await using var harness = new StreamTestHarness(options: new() { OnRowError = RowErrorPolicy.SkipAndCount });
        var (left, right) = (harness.Source<Order>("l"), harness.Source<Order>("r"));
        var sink = new MemorySink<string>();
        var pairs = Timed(left).LeftJoin(Timed(right).Within(Second, Second), l => l.User, r => r.User, (l, r) => $"{l.Id}-{(r == null ? 0 : 12 / r.Id)}", (l, r) => 10 / r.Amount > 1);
        await harness.StartAsync(pairs.WriteTo(sink));
        void Left() => left.Add(new(1, "a", 1), new(2, "b", 1));
        void Right() => right.Add(new(3, "a", 1, 0), new(4, "b", 1, 1), new(0, "b", 1, 1));
        if (leftFirst) Left();
        else Right();
        await harness.RunUntilIdleAsync();
        if (leftFirst) Right();
        else Left();
        await harness.RunUntilIdleAsync();
        await left.CompleteAsync();
        await right.CompleteAsync();
        Assert.That(sink.Rows, Is.EquivalentTo(["2-3", "1-0"]), "the pair of 2 and 0 fails in the result, that of 1 and 3 in the condition");
        Assert.That(harness.Query.RecentProgress.Sum(p => p.RowErrors), Is.EqualTo(2));
    }

    [Test]
    public async Task Rows_come_in_one_order_whatever_crashes_between([Values(-1, 0, 1, 2, 3)] int crashAfter)
    {
        await using var harness = new StreamTestHarness();
        var (left, right) = (harness.Source<Order>("l"), harness.Source<Order>("r"));
        var output = await harness.StartAsync(Timed(left).FullJoin(Timed(right).Within(7 * Second, 7 * Second), l => l.User, r => r.User, (l, r) => $"{(l == null ? "" : l.Id)}-{(r == null ? "" : r.Id)}"));
        Order[][] lefts = [[new(1, "a", 1), new(2, "a", 9), new(3, "b", 4), new(4, "c", 3)], [new(5, "a", 16), new(6, "a", 12)], [new(7, "a", 40)], [new(8, "b", 90)]];
        Order[][] rights = [[new(11, "a", 3), new(12, "d", 2)], [new(13, "a", 9), new(14, "a", 10), new(15, "b", 11)], [new(16, "a", 39), new(17, "e", 35)], [new(18, "b", 90)]];
        for (var epoch = 0; epoch < 4; epoch++)
        {
            left.Add(lefts[epoch]);
            right.Add(rights[epoch]);
            await harness.RunUntilIdleAsync();
            if (epoch == crashAfter) await harness.CrashAndRecoverAsync();
        }

        await left.CompleteAsync();
        await right.CompleteAsync();
        Assert.That(string.Join(' ', output.Result), Is.EqualTo("1-11 2-11 2-13 5-13 6-13 2-14 5-14 6-14 3-15 -12 4- 7-16 8-18 -17"));
    }

    [Test]
    public async Task A_key_with_half_of_all_rows_costs_no_more_than_its_rows()
    {
        const int Count = 40_000;
        await using var harness = new StreamTestHarness();
        var (left, right) = (harness.Source<Order>("l"), harness.Source<Order>("r"));
        var pairs = from l in Timed(left) join r in Timed(right).Within(Second, Second) on l.User equals r.User select new { l.Id, Other = r.Id };
        var output = await harness.StartAsync(pairs);
        left.Add([.. Enumerable.Range(0, Count).Select(i => new Order(i, i % 2 == 0 ? "hot" : $"{i}", i))]);
        right.Add([.. Enumerable.Range(0, Count).Select(i => new Order(i, i % 2 == 0 ? "hot" : $"{i}", i))]);
        await harness.RunEpochAsync();
        Assert.That(output.Take(), Has.Count.EqualTo(Count));
        var state = output.Query.LastProgress!.StateOperators.Single();
        Assert.That(state.Rows, Is.EqualTo(2 * Count));
        Assert.That(state.MemoryBytes, Is.LessThan(2L * Count * 400));
        await harness.RunUntilIdleAsync();
        Assert.That(output.Query.LastProgress!.StateOperators.Single().Rows, Is.EqualTo(2));
    }

    [Test]
    public async Task Thin_rows_and_rows_of_an_open_side_are_put_together_anew()
    {
        const int Count = 3000;
        await using var harness = new StreamTestHarness();
        var (left, right) = (harness.Source<Order>("l"), harness.Source<Order>("r"));
        var delay = TimeSpan.FromDays(10_000);
        var equal = from l in left.Rows.WithEventTime(o => o.Time, delay) join r in right.Rows.WithEventTime(o => o.Time, delay).Within(TimeSpan.Zero, TimeSpan.Zero) on l.User equals r.User select l.Id;
        var before = from l in Timed(left) join r in Timed(right).Within(TimeSpan.MaxValue, TimeSpan.Zero) on l.Id equals r.Id select r.Id;
        var (ofEqual, ofBefore) = (new MemorySink<int>(), new MemorySink<int>());
        await harness.StartAsync(equal.WriteTo(ofEqual), before.WriteTo(ofBefore));
        for (var epoch = 0; epoch < 4; epoch++)
        {
            left.Add([.. Enumerable.Range(epoch * Count, Count).Select(i => new Order(i, "a", i * 3600.0))]);
            if (epoch > 0) right.Add([.. Enumerable.Range((epoch - 1) * Count, Count).Select(i => new Order(i, "a", i * 3600.0))]);
            await harness.RunUntilIdleAsync();
        }

        Assert.That(ofEqual.Rows, Is.EquivalentTo(Enumerable.Range(0, 3 * Count)));
        Assert.That(ofBefore.Rows, Is.EquivalentTo(Enumerable.Range(0, 3 * Count)));
        await harness.CrashAndRecoverAsync();
        right.Add([.. Enumerable.Range(3 * Count, Count).Select(i => new Order(i, "a", i * 3600.0))]);
        await harness.RunUntilIdleAsync();
        Assert.That(ofEqual.Rows, Is.EquivalentTo(Enumerable.Range(0, 4 * Count)));
        Assert.That(ofBefore.Rows, Is.EquivalentTo(Enumerable.Range(0, 4 * Count)));
    }
}
