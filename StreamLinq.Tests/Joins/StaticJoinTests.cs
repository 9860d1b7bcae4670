// Joins with rows that do not change: what they give in every epoch and over lists, that all kinds stay what they are, and what happens to rows that cannot be read.
using System.Linq.Expressions;
using NUnit.Framework;
using StreamLinq.Tests.Windows;
using StreamLinq.Tests.Workers;

namespace StreamLinq.Tests.Joins;

[TestFixture]
public sealed class StaticJoinTests
{
    private static readonly DateTimeOffset Start = new(2024, 1, 1, 0, 0, 0, TimeSpan.Zero);

    public sealed record Order(int Id, string? User, double At)
    {
        public DateTimeOffset Time => Start.AddSeconds(At);
    }

    public sealed record City(string? Name, string Of);

    private static readonly City[] Cities = [new("ann", "Rome"), new("bob", "Oslo"), new("bob", "Kyiv"), new(null, "Nowhere")];

    [Test]
    public void Each_left_row_comes_with_the_rows_of_its_key() => JoinsEqualReferenceTests.Hold(JoinRun.Any(JoinForm.Unbounded), async run =>
    {
        await using var harness = new StreamTestHarness { Workers = DrawnWorkers.Of(run.Rows.Length) };
        var left = harness.Source<Click>("left");
        var rows = run.Rows.Select(r => r.Row).Where(r => r.Id % 2 == 0).ToArray();
        var query = Query(run, left.Rows, rows);
        var output = await harness.StartAsync(query);
        foreach (var (step, cut) in run.Steps())
        {
            await JoinsEqualReferenceTests.FeedAsync(harness, run with { IsSelfJoin = true }, left, left, step, cut, []);
            JoinsEqualReferenceTests.Compare(run, JoinsEqualReferenceTests.After(step), output.Take().Select(c => c.Row), Expected(run, step, rows));
        }

        JoinsEqualReferenceTests.Compare(run, "over a list", query.Over(run.Rows.Select(r => r.Row)).ToList(), Expected(run, run.Rows, rows));
    });

    private static IStreamQueryable<Pair, AppendOnly> Query(JoinRun run, IStreamQueryable<Click, AppendOnly> left, Click[] rows)
    {
        return run.Keys == 0 ? Of(c => c.Page) : run.Keys == 1 ? Of(c => new { c.Page, Odd = c.Value % 2 }) : Of(c => c.Value % 2);

        IStreamQueryable<Pair, AppendOnly> Of<K>(Expression<Func<Click, K>> key) => run.Kind == JoinKind.Inner
            ? left.Join(rows, key, key, (l, r) => new Pair(l.Id, r.Id))
            : left.LeftJoin(rows, key, key, (l, r) => new Pair(l.Id, r == null ? null : r.Id), run.Condition == 0 ? null : (l, r) => l.Value < r.Value);
    }

    private static IEnumerable<Pair> Expected(JoinRun run, IEnumerable<(bool, Click Row)> left, Click[] rows)
    {
        foreach (var (_, l) in left)
        {
            var matches = rows.Where(r => run.Keys switch { 0 => l.Page is not null && l.Page == r.Page, 1 => (l.Page, l.Value % 2) == (r.Page, r.Value % 2), _ => l.Value % 2 == r.Value % 2 }
                && (run.Kind == JoinKind.Inner || run.Condition == 0 || l.Value < r.Value)).ToList();
            foreach (var r in matches) yield return new Pair(l.Id, r.Id);
            if (matches.Count == 0 && run.Kind != JoinKind.Inner) yield return new Pair(l.Id, null);
        }
    }

    [Test]
    public async Task The_left_side_keeps_its_time_and_its_windows()
    {
        await using var harness = new StreamTestHarness();
        var orders = harness.Source<Order>();
        var timed = orders.Rows.WithEventTime(o => o.Time, TimeSpan.Zero);
        var behind = from o in timed join c in Cities on o.User equals c.Name select new { o.Id, c.Of } into placed select placed;
        var counts = from placed in behind.Window(Windowing.Tumbling(TimeSpan.FromSeconds(10))) group placed by placed.Of into g select $"{g.Key} {g.Window.Start:ss} {g.Count()}";
        var before = from o in timed.Window(Windowing.Tumbling(TimeSpan.FromSeconds(10))) join c in Cities on o.User equals c.Name group o by c.Of into g select $"{g.Key} {g.Window.Start:ss} {g.Count()}";
        var (first, second) = (new MemorySink<string>(), new MemorySink<string>());
        await harness.StartAsync(counts.WriteTo(first), before.WriteTo(second));
        Order[] rows = [new(1, "ann", 1), new(2, "bob", 2), new(3, null, 3), new(4, "bob", 12), new(5, "carl", 13)];
        await orders.EpochAsync(rows);
        await orders.CompleteAsync();
        string[] expected = ["Rome 00 1", "Oslo 00 1", "Kyiv 00 1", "Oslo 10 1", "Kyiv 10 1"];
        Assert.That(first.Rows, Is.EquivalentTo(expected));
        Assert.That(second.Rows, Is.EquivalentTo(expected));
        Assert.That(counts.Over(rows).ToList(), Is.EquivalentTo(expected));
        Assert.That(before.Over(rows).ToList(), Is.EquivalentTo(expected));
    }

    [Test]
    public async Task A_table_keeps_its_key_where_no_two_rows_have_one()
    {
        await using var harness = new StreamTestHarness();
        var orders = harness.Source<Order>();
        var counts = from o in orders.Rows group o by o.User into g select new { User = g.Key, N = g.Count() };
        var unique = Cities.Where(c => c.Of != "Kyiv");
        var output = await harness.StartAsync(from n in counts join c in unique on n.User equals c.Name select new { n.User, n.N, c.Of }, OutputMode.Update);
        await orders.EpochAsync([new(1, "ann", 0), new(2, "bob", 0), new(3, null, 0)]);
        await orders.EpochAsync([new(4, "ann", 0)]);
        Assert.That(output.Result, Is.EquivalentTo([new { User = (string?)"ann", N = 2L, Of = "Rome" }, new { User = (string?)"bob", N = 1L, Of = "Oslo" }]));
        var twice = from n in counts join c in Cities on n.User equals c.Name select new { n.User, n.N, c.Of };
        Assert.That(() => twice.WriteTo(StreamSink.Console(), OutputMode.Update).Explain(), Throws.TypeOf<QueryTranslationException>().With.Message.StartsWith("SLQ1008"));
    }

    [Test]
    public async Task The_rows_are_read_once_when_the_query_starts()
    {
        await using var harness = new StreamTestHarness();
        var orders = harness.Source<Order>();
        var reads = 0;
        var rows = Enumerable.Range(0, 1).SelectMany(_ => { reads++; return Cities; });
        var output = await harness.StartAsync(orders.Rows.Join(rows, o => o.User, c => c.Name, (o, c) => c.Of));
        Assert.That(reads, Is.EqualTo(1));
        await orders.EpochAsync([new(1, "ann", 0)]);
        await orders.EpochAsync([new(2, "bob", 0)]);
        Assert.That(output.Result, Is.EqualTo(new[] { "Rome", "Oslo", "Kyiv" }));
        Assert.That(reads, Is.EqualTo(1));
    }

    [Test]
    public async Task Rows_that_cannot_be_read_are_told_before_anything_runs()
    {
        await using var harness = new StreamTestHarness();
        var orders = harness.Source<Order>();
        IEnumerable<City> rows = Enumerable.Range(0, 1).Select<int, City>(_ => throw new IOException("the disk is gone"));
        Assert.That(async () => await harness.StartAsync(orders.Rows.Join(rows, o => o.User, c => c.Name, (o, c) => c.Of)), Throws.TypeOf<StreamLinqException>().With.Message.StartsWith("SLQ1020: Join(").And.Message.Contains("could not read its rows that do not change")
            .And.Message.Contains("the disk is gone").And.InnerException.TypeOf<IOException>());
        await using var second = new StreamTestHarness();
        Assert.That(async () => await second.StartAsync(second.Source<Order>().Rows.Join(new City?[] { null }, o => o.User, c => c!.Name, (o, c) => c!.Of)), Throws.TypeOf<StreamLinqException>().With.Message.StartsWith("SLQ1020"));
    }
}
