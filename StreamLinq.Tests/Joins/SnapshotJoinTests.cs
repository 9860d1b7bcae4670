// Joins with a table as it is in the epoch: in every epoch its rows come with the table after that epoch, whatever is read first and whatever crashes between; no result is ever corrected.
using NUnit.Framework;
using StreamLinq.Tests.Windows;
using StreamLinq.Tests.Workers;

namespace StreamLinq.Tests.Joins;

[TestFixture]
public sealed class SnapshotJoinTests
{
    public sealed record Order(int Id, string? User, DateTimeOffset At);

    [Test]
    public void Rows_come_with_the_table_after_their_epoch() => JoinsEqualReferenceTests.Hold(JoinRun.Any(JoinForm.Unbounded), async drawn =>
    {
        var run = drawn with { IsSelfJoin = false };
        await using var harness = new StreamTestHarness { Workers = DrawnWorkers.Of(run.Rows.Length) };
        var (left, right) = JoinsEqualReferenceTests.Sources(harness, run);
        var query = Query(run, left.Rows, right.Rows);
        var output = await harness.StartAsync(query);
        var before = new List<Click>();
        foreach (var (rows, cut) in run.Steps())
        {
            await JoinsEqualReferenceTests.FeedAsync(harness, run, left, right, rows, cut, []);
            before.AddRange(run.RightOf(rows));
            JoinsEqualReferenceTests.Compare(run, JoinsEqualReferenceTests.After(rows), output.Take().Select(c => c.Row), Expected(run, run.LeftOf(rows), before));
        }

        var (ofLeft, ofRight) = (run.LeftOf(run.Rows), run.RightOf(run.Rows));
        JoinsEqualReferenceTests.Compare(run, "over lists", query.Over(left.Rows, ofLeft).Over(right.Rows, ofRight).ToList(), Expected(run, ofLeft, [.. ofRight]));
    });

    // The latest row of each key; sums of groups, of which some leave again; and all rows, of which many are alike.
    private static IStreamQueryable<Pair, AppendOnly> Query(JoinRun run, IStreamQueryable<Click, AppendOnly> left, IStreamQueryable<Click, AppendOnly> right)
    {
        if (run.Keys == 0)
        {
            var latest = right.LatestBy(c => c.Page).Where(c => c.Value != 2).Snapshot();
            return run.Kind == JoinKind.Inner
                ? from l in left join r in latest on l.Page equals r.Page select new Pair(l.Id, r.Value)
                : left.LeftJoin(latest, l => l.Page, r => r.Page, (l, r) => new Pair(l.Id, r == null ? null : r.Value), run.Condition == 0 ? null : (l, r) => l.Value < r.Value);
        }

        var table = run.Keys == 1
            ? from c in right group c by c.Page into g select new { Page = g.Key, Value = (int)g.Sum(c => c.Value) } into sum where sum.Value < 4 select sum
            : from c in right.Unbounded() select new { c.Page, c.Value };
        return run.Kind == JoinKind.Inner
            ? from l in left join r in table.Snapshot() on l.Page equals r.Page select new Pair(l.Id, r.Value)
            : left.LeftJoin(table.Snapshot(), l => l.Page, r => r.Page, (l, r) => new Pair(l.Id, r == null ? null : r.Value), run.Condition == 0 ? null : (l, r) => l.Value < r.Value);
    }

    private static IEnumerable<Pair> Expected(JoinRun run, IEnumerable<Click> left, List<Click> right)
    {
        var table = run.Keys switch
        {
            0 => right.GroupBy(c => c.Page).Select(g => (g.Key, g.Last().Value)).Where(r => r.Value != 2),
            1 => right.GroupBy(c => c.Page).Select(g => (g.Key, Value: g.Sum(c => c.Value))).Where(r => r.Value < 4),
            _ => right.Select(c => (c.Page, c.Value)),
        };
        foreach (var l in left)
        {
            var matches = table.Where(r => l.Page is not null && r.Item1 == l.Page && (run.Kind == JoinKind.Inner || run.Condition == 0 || l.Value < r.Value)).ToList();
            foreach (var (_, value) in matches) yield return new Pair(l.Id, value);
            if (matches.Count == 0 && run.Kind != JoinKind.Inner) yield return new Pair(l.Id, null);
        }
    }

    [Test]
    public async Task The_left_side_keeps_its_windows_and_is_not_held_up_by_the_table()
    {
        var start = new DateTimeOffset(2024, 1, 1, 0, 0, 0, TimeSpan.Zero);
        await using var harness = new StreamTestHarness();
        var (orders, users) = (harness.Source<Order>("orders"), harness.Source<Order>("users"));
        var timed = orders.Rows.WithEventTime(o => o.At, TimeSpan.Zero).Window(Windowing.Tumbling(TimeSpan.FromSeconds(10)));
        var names = users.Rows.WithEventTime(o => o.At, TimeSpan.Zero).LatestBy(u => u.Id).Snapshot();
        var output = await harness.StartAsync(from o in timed join u in names on o.Id equals u.Id group o by u.User into g select $"{g.Key} {g.Window.Start:ss} {g.Count()}");
        users.Add([new(1, "ann", start), new(2, "bob", start)]);
        await orders.EpochAsync([new(1, null, start), new(2, null, start.AddSeconds(1)), new(1, null, start.AddSeconds(2)), new(3, null, start.AddSeconds(12))]);
        await harness.RunUntilIdleAsync();
        Assert.That(output.Result, Is.EquivalentTo(["ann 00 2", "bob 00 1"]));
    }
}
