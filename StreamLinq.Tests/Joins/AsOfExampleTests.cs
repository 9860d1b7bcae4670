// Joins as of a time by example: what plans say, what is kept and for how long, rows of which only the key is there, and a key that half of all rows have.
using NUnit.Framework;

namespace StreamLinq.Tests.Joins;

[TestFixture]
public sealed class AsOfExampleTests
{
    private static readonly DateTimeOffset Start = new(2024, 1, 1, 0, 0, 0, TimeSpan.Zero);

    public sealed record Order(int Id, string? Currency, double At)
    {
        public DateTimeOffset Time => Start.AddSeconds(At);
    }

    public sealed record Rate(string Currency, string? Text, double At)
    {
        public DateTimeOffset Time => Start.AddSeconds(At);
    }

    [Test]
    public async Task The_plan_says_what_is_kept()
    {
        await using var harness = new StreamTestHarness();
        var orders = harness.Source<Order>("orders").Rows.WithEventTime(o => o.Time, TimeSpan.Zero);
        var rates = harness.Source<Rate>("rates").Rows.WithEventTime(r => r.Time, TimeSpan.Zero).LatestBy(r => r.Currency);
        var query = from o in orders join r in rates.Where(r => r.At > 1).AsOf() on o.Currency equals r.Currency select new { o.Id, r.Text };
        Assert.That(query.Explain(ExplainLevel.Logical), Does.Contain("Inner join on row.Currency = key as of time").And.Contain("canMatch = row#2.At > 1"));
        Assert.That(query.Explain(ExplainLevel.Physical), Does.Contain("[state bounded by the watermark: a left row stays until it passes the row's time]")
            .And.Contain("[state bounded by the number of keys and by the watermark: a version stays until it passes the time of the next one of its key]"));
        var snapshot = from o in orders join r in rates.Snapshot() on o.Currency equals r.Currency select new { o.Id, r.Text };
        Assert.That(snapshot.Explain(ExplainLevel.Physical), Does.Contain(", as the table is in the epoch").And.Contain("[no state]").And.Contain("[state unbounded: all rows of the right table are kept]"));
        var list = from o in orders join r in new[] { new Rate("EUR", "1", 0) } on o.Currency equals r.Currency select new { o.Id, r.Text };
        Assert.That(list.Explain(ExplainLevel.Physical), Does.Not.Contain("state"));
    }

    [Test]
    public async Task Of_a_deletion_only_the_key_is_read_and_what_is_over_is_forgotten()
    {
        await using var harness = new StreamTestHarness();
        var (orders, feed) = (harness.Source<Order>("orders"), harness.Source<Change<Rate>>("rates"));
        var rates = feed.Rows.WithEventTime(c => c.Row.Time, TimeSpan.Zero).ToTable(r => r.Currency);
        var lengths = from r in rates where r.Text!.Length > 0 select new { r.Currency, r.Text!.Length };
        var output = await harness.StartAsync(orders.Rows.WithEventTime(o => o.Time, TimeSpan.Zero).LeftJoin(lengths.AsOf(), o => o.Currency, r => r.Currency, (o, r) => $"{o.Id}: {(r == null ? -1 : r.Length)}"));
        feed.Add(new(ChangeKind.Insert, new Rate("EUR", "1.0", 1)), new(ChangeKind.Delete, new Rate("EUR", null, 5)), new(ChangeKind.Upsert, new Rate("USD", "1", 20)));
        orders.Add(new(1, "EUR", 4.9), new(2, "EUR", 5), new(3, "EUR", 0.5), new(4, null, 3), new(5, "USD", 20));
        await harness.RunUntilIdleAsync();
        Assert.That(output.Take().Select(c => c.Row), Is.EqualTo(new[] { "3: -1", "4: -1", "1: 3", "2: -1", "5: 1" }), "by their times");
        Assert.That(output.Query.LastProgress!.StateOperators.Single().Rows, Is.EqualTo(1), "EUR is gone");
        await harness.CrashAndRecoverAsync();
        feed.Add(new Change<Rate>(ChangeKind.Upsert, new Rate("EUR", "late", 3)));
        orders.Add(new(6, "EUR", 21), new(7, "USD", 19));
        await harness.RunEpochAsync();
        Assert.That(output.Query.LastProgress!.LateRows, Is.EqualTo(2));
        feed.Add(new Change<Rate>(ChangeKind.Upsert, new Rate("EUR", "late", 22)));
        await harness.RunUntilIdleAsync();
        Assert.That(output.Take().Select(c => c.Row), Is.EqualTo(new[] { "6: -1" }));
    }

    [Test]
    public async Task A_key_with_half_of_all_rows_costs_no_more_than_its_rows()
    {
        const int Count = 40_000;
        await using var harness = new StreamTestHarness();
        var (orders, rates) = (harness.Source<Order>("orders"), harness.Source<Rate>("rates"));
        var table = rates.Rows.WithEventTime(r => r.Time, TimeSpan.Zero).LatestBy(r => r.Currency);
        var output = await harness.StartAsync(from o in orders.Rows.WithEventTime(o => o.Time, TimeSpan.Zero) join r in table.AsOf() on o.Currency equals r.Currency select r.Text);
        rates.Add([.. Enumerable.Range(0, Count).Select(i => new Rate(i % 2 == 0 ? "hot" : $"{i}", $"{i}", i))]);
        orders.Add([.. Enumerable.Range(0, Count).Select(i => new Order(i, i % 2 == 0 ? "hot" : $"{i}", i))]);
        await harness.RunUntilIdleAsync();
        Assert.That(output.Result, Is.EqualTo(Enumerable.Range(0, Count).Select(i => $"{i}")));
        Assert.That(output.Query.LastProgress!.StateOperators.Single().Rows, Is.EqualTo((Count / 2) + 1));
    }
}
