// Tables that change, by example: what each epoch writes, bad feeds of changes, what is kept and for how long, what plans say and what is refused.
using NUnit.Framework;

namespace StreamLinq.Tests.Tables;

[TestFixture]
public sealed class TableExampleTests
{
    private static readonly DateTimeOffset Start = new(2024, 1, 1, 0, 0, 0, TimeSpan.Zero);

    public sealed record Rate(string Currency, int Value, int At)
    {
        public DateTimeOffset Time => Start.AddSeconds(At);
    }

    public sealed record Player(string Name, string Team, int Points);

    private static Change<Rate> Set(string currency, int value, int at) => new(ChangeKind.Upsert, new Rate(currency, value, at));

    private static Change<Rate> Delete(string currency, int at) => new(ChangeKind.Delete, new Rate(currency, 0, at));

    private static string Text<T>(IEnumerable<Change<T>> changes) => string.Join("; ", changes.Select(c => $"{c.Kind} {c.Row}"));

    private static string Sorted<T>(IEnumerable<Change<T>> changes) => string.Join("; ", changes.Select(c => $"{c.Kind} {c.Row}").Order(StringComparer.Ordinal));

    [Test]
    public async Task The_latest_row_by_event_time_is_not_replaced_by_an_older_one_however_late()
    {
        await using var harness = new StreamTestHarness();
        var rates = harness.Source<Rate>();
        var output = await harness.StartAsync(rates.Rows.WithEventTime(r => r.Time, TimeSpan.Zero).LatestBy(r => r.Currency), OutputMode.Update);
        await rates.EpochAsync([new("EUR", 1, 10), new("USD", 5, 10)]);
        Assert.That(Text(output.Take()), Is.EqualTo("Upsert Rate { Currency = EUR, Value = 1, At = 10, Time = 01/01/2024 00:00:10 +00:00 }; Upsert Rate { Currency = USD, Value = 5, At = 10, Time = 01/01/2024 00:00:10 +00:00 }"));
        await rates.EpochAsync([new("EUR", 9, 3), new("USD", 6, 10), new("GBP", 7, 100)]);
        await harness.CrashAndRecoverAsync();
        await rates.EpochAsync([new("EUR", 2, 11), new("CHF", 8, 1)]);
        Assert.That(output.Result.ToDictionary(r => r.Currency, r => r.Value), Is.EqualTo(new Dictionary<string, int> { ["EUR"] = 2, ["USD"] = 6, ["GBP"] = 7, ["CHF"] = 8 }));
        Assert.That(output.Query.LastProgress!.StateOperators.Single(), Has.Property("RowsLate").Zero.And.Property("Rows").EqualTo(4));
    }

    [Test]
    public async Task A_feed_by_arrival_sets_and_takes_away_whatever_was_there_before()
    {
        await using var harness = new StreamTestHarness();
        var feed = harness.Source<Change<Rate>>();
        var output = await harness.StartAsync(feed.Rows.ToTable(r => r.Currency).Select(r => new { r.Currency, r.Value }), OutputMode.Changelog);
        await feed.EpochAsync([Delete("EUR", 0), Set("USD", 1, 0), Set("USD", 2, 0), Delete("GBP", 0), new(ChangeKind.Insert, new Rate("GBP", 3, 0))]);
        Assert.That(Text(output.Take()), Is.EqualTo("Insert { Currency = USD, Value = 2 }; Insert { Currency = GBP, Value = 3 }"));
        await harness.CrashAndRecoverAsync();
        await feed.EpochAsync([Delete("USD", 0), Delete("USD", 0), Set("GBP", 3, 0), Set("EUR", 4, 0), Delete("EUR", 0)]);
        Assert.That(Text(output.Take()), Is.EqualTo("Delete { Currency = USD, Value = 2 }"));
        Assert.That(output.Query.LastProgress!.StateOperators.Single().Rows, Is.EqualTo(1), "keys that are gone take no room");
    }

    [Test]
    public async Task A_deletion_that_comes_before_its_insertion_counts_until_the_watermark_has_passed_it()
    {
        await using var harness = new StreamTestHarness();
        var feed = harness.Source<Change<Rate>>();
        var table = feed.Rows.WithEventTime(c => c.Row.Time, TimeSpan.FromSeconds(10)).ToTable(r => r.Currency).Select(r => new { r.Currency, r.Value });
        Assert.That(table.Explain(ExplainLevel.Physical), Does.Contain("[state bounded by the number of keys there are]"));
        var output = await harness.StartAsync(table, OutputMode.Update);
        await feed.EpochAsync([Delete("EUR", 20), Set("USD", 1, 20)]);
        await feed.EpochAsync([Set("EUR", 5, 15)]);
        Assert.That(Text(output.Take()), Is.EqualTo("Upsert { Currency = USD, Value = 1 }"), "an insertion of before the deletion");
        Assert.That(Operator().Rows, Is.EqualTo(2), "the deletion is remembered");
        await harness.CrashAndRecoverAsync();
        await feed.EpochAsync([Set("EUR", 6, 12), Set("USD", 2, 40)]);
        await harness.RunUntilIdleAsync();
        Assert.That(Text(output.Take()), Is.EqualTo("Upsert { Currency = USD, Value = 2 }"));
        Assert.That(Operator().Rows, Is.EqualTo(1), "and forgotten when nothing of before it can come any more");
        await feed.EpochAsync([Set("EUR", 7, 19), Set("USD", 3, 39)]);
        Assert.That(Text(output.Take()), Is.Empty);
        Assert.That(Operator().RowsLate, Is.EqualTo(1), "what comes nevertheless is late");
        await feed.EpochAsync([Set("EUR", 8, 41), Delete("USD", 40)]);
        Assert.That(Sorted(output.Take()), Is.EqualTo("Delete { Currency = USD, Value = 2 }; Upsert { Currency = EUR, Value = 8 }"));

        StateOperatorProgress Operator() => output.Query.LastProgress!.StateOperators.Single();
    }

    [Test]
    public async Task A_row_that_falls_out_of_the_first_is_deleted_and_comes_back_when_one_before_it_goes()
    {
        await using var harness = new StreamTestHarness();
        var players = harness.Source<Player>();
        var top = players.Rows.LatestBy(p => p.Name).OrderByDescending(p => p.Points).ThenBy(p => p.Name).Take(2).Select(p => new { p.Name, p.Points });
        var output = await harness.StartAsync(top, OutputMode.Update);
        await players.EpochAsync([new("Ada", "a", 10), new("Bob", "a", 20), new("Eve", "b", 5)]);
        Assert.That(Sorted(output.Take()), Is.EqualTo("Upsert { Name = Ada, Points = 10 }; Upsert { Name = Bob, Points = 20 }"));
        await players.EpochAsync([new("Eve", "b", 15)]);
        Assert.That(Sorted(output.Take()), Is.EqualTo("Delete { Name = Ada, Points = 10 }; Upsert { Name = Eve, Points = 15 }"));
        await harness.CrashAndRecoverAsync();
        await players.EpochAsync([new("Bob", "a", 1)]);
        Assert.That(Sorted(output.Take()), Is.EqualTo("Delete { Name = Bob, Points = 20 }; Upsert { Name = Ada, Points = 10 }"));
    }

    [Test]
    public async Task Complete_shows_the_first_rows_in_their_order()
    {
        await using var harness = new StreamTestHarness();
        var players = harness.Source<Player>();
        var output = await harness.StartAsync(players.Rows.Unbounded().OrderBy(p => p.Team).Take(3).Select(p => p.Name), OutputMode.Complete);
        await players.EpochAsync([new("Ada", "b", 1), new("Bob", "a", 1), new("Eve", "b", 1), new("Joe", "b", 1)]);
        Assert.That(output.Result, Is.EqualTo(["Bob", "Ada", "Eve"]), "of equal rows the earlier arrival comes first");
        await players.EpochAsync([new("Sue", "a", 1)]);
        Assert.That(output.Result, Is.EqualTo(["Bob", "Sue", "Ada"]));
        Assert.That(output.Query.LastProgress!.StateOperators.Single().Bound, Is.EqualTo("state bounded by 3 rows per key"));
    }

    [Test]
    public async Task What_falls_out_needs_a_sink_that_deletes()
    {
        await using var harness = new StreamTestHarness();
        var top = harness.Source<Player>().Rows.LatestBy(p => p.Name).OrderBy(p => p.Points).Take(2);
        Assert.That(() => top.WriteTo(new ConformingSink(SinkFeatures.Upserts), OutputMode.Update).Explain(), Throws.TypeOf<QueryTranslationException>().With.Message.StartsWith("SLQ1010"));
        Assert.That(harness.Source<Player>("p").Rows.LatestBy(p => p.Name).WriteTo(new ConformingSink(SinkFeatures.Upserts), OutputMode.Update).Explain(), Does.Contain("Update to "));
    }

    private sealed class ConformingSink(SinkFeatures features) : IStreamSink<Player>
    {
        public string Description => "a sink";

        public SinkFeatures Features => features;

        public ValueTask<IStreamSinkWriter<Player>> OpenAsync(SinkContext context, CancellationToken cancellationToken) => throw new NotSupportedException();
    }

    [Test]
    public async Task Changes_are_told_when_the_epoch_is_over_first_what_goes()
    {
        await using var harness = new StreamTestHarness();
        var players = harness.Source<Player>();
        var teams = from p in players.Rows.LatestBy(p => p.Name) group p by p.Team into g select new { Team = g.Key, Points = g.Sum(p => p.Points), Best = g.Max(p => p.Points) };
        var output = await harness.StartAsync(teams.ToChanges().Select(c => $"{c.Kind} {c.Row.Team} {c.Row.Points} {c.Row.Best}"));
        await players.EpochAsync([new("Ada", "a", 1), new("Ada", "b", 2), new("Bob", "b", 3)]);
        Assert.That(output.Take().Select(c => c.Row), Is.EqualTo(["Insert b 5 3"]));
        await players.EpochAsync([new("Bob", "a", 3), new("Ada", "b", 2)]);
        Assert.That(output.Take().Select(c => c.Row), Is.EqualTo(["Delete b 5 3", "Insert b 2 2", "Insert a 3 3"]));
        await harness.CrashAndRecoverAsync();
        await players.EpochAsync([new("Bob", "a", 3)]);
        Assert.That(output.Take(), Is.Empty);
    }

    [Test]
    public async Task A_join_of_tables_by_their_key_is_updated_by_it()
    {
        await using var harness = new StreamTestHarness();
        var players = harness.Source<Player>();
        var rates = harness.Source<Rate>();
        var joined = from p in players.Rows.LatestBy(p => p.Name) join r in rates.Rows.LatestBy(r => r.Currency) on p.Team equals r.Currency select new { p.Name, Worth = p.Points * r.Value };
        var output = await harness.StartAsync(joined, OutputMode.Update);
        players.Add(new("Ada", "EUR", 10), new("Bob", "USD", 20), new("Eve", "EUR", 30));
        rates.Add(new Rate("EUR", 2, 0));
        await harness.RunEpochAsync();
        Assert.That(Sorted(output.Take()), Is.EqualTo("Upsert { Name = Ada, Worth = 20 }; Upsert { Name = Eve, Worth = 60 }"));
        await harness.CrashAndRecoverAsync();
        players.Add(new Player("Eve", "USD", 30));
        rates.Add(new("EUR", 3, 0), new("USD", 1, 0));
        await harness.RunEpochAsync();
        Assert.That(Sorted(output.Take()), Is.EqualTo("Upsert { Name = Ada, Worth = 30 }; Upsert { Name = Bob, Worth = 20 }; Upsert { Name = Eve, Worth = 30 }"));
        await players.EpochAsync([new Player("Ada", "CHF", 10)]);
        Assert.That(Sorted(output.Take()), Is.EqualTo("Delete { Name = Ada, Worth = 30 }"));
    }

    [Test]
    public async Task A_condition_that_throws_leaves_the_pair_out_for_good()
    {
        await using var harness = new StreamTestHarness(options: new StreamingQueryOptions { OnRowError = RowErrorPolicy.SkipAndCount });
        var players = harness.Source<Player>();
        var latest = players.Rows.LatestBy(p => p.Name);
        var output = await harness.StartAsync(latest.LeftJoin(latest, l => l.Team, r => r.Team, (l, r) => new { l.Name, Other = r == null ? "" : r.Name }, (l, r) => 10 / r.Points > 1 && l.Name != r.Name), OutputMode.Changelog);
        await players.EpochAsync([new("Ada", "a", 0), new("Bob", "a", 1)]);
        Assert.That(output.Result.Select(r => $"{r.Name}-{r.Other}").Order(StringComparer.Ordinal), Is.EqualTo(["Ada-Bob", "Bob-"]));
        await players.EpochAsync([new("Ada", "b", 1), new("Bob", "b", 2)]);
        Assert.That(output.Result.Select(r => $"{r.Name}-{r.Other}").Order(StringComparer.Ordinal), Is.EqualTo(["Ada-Bob", "Bob-Ada"]));
    }

    [Test]
    public async Task Ranks_of_a_large_table_cost_what_has_changed()
    {
        const int Players = 40_000;
        await using var harness = new StreamTestHarness();
        var players = harness.Source<Player>();
        var query = from p in players.Rows.LatestBy(p => p.Name) group p by p.Team into g from row in g.OrderByDescending(p => p.Points).ThenBy(p => p.Name).Take(2).Select((p, rank) => new { Rank = rank, p.Name, p.Points }) select new { g.Key, row.Rank, row.Name, row.Points };
        var output = await harness.StartAsync(query, OutputMode.Update);
        await players.EpochAsync([.. Enumerable.Range(0, Players).Select(i => new Player($"{i}", "a", i))]);
        output.Take();
        var started = System.Diagnostics.Stopwatch.GetTimestamp();
        for (var i = 1; i <= 200; i++) await players.EpochAsync([new($"{Players - i}", "a", -i)]);
        Assert.That(System.Diagnostics.Stopwatch.GetElapsedTime(started), Is.LessThan(TimeSpan.FromSeconds(8)));
        Assert.That(output.Result.OrderBy(r => r.Rank).Select(r => r.Name), Is.EqualTo([$"{Players - 201}", $"{Players - 202}"]));
    }

    [Test]
    public async Task Plans_say_what_is_kept()
    {
        await using var harness = new StreamTestHarness();
        var players = harness.Source<Player>("players").Rows;
        var latest = players.LatestBy(p => p.Name);
        Assert.That(latest.OrderBy(p => p.Points).Take(3).Explain(ExplainLevel.Physical), Does.Contain("Latest by name = row.Name to arrive [state bounded by the number of keys]").And.Contain("take 3 [state unbounded: all rows of a group are kept]"));
        Assert.That(latest.Join(latest, a => a.Team, b => b.Team, (a, b) => new { A = a.Name, B = b.Name }).Explain(ExplainLevel.Physical), Does.Contain("[state unbounded: all rows of the left table are kept]").And.Contain("right table"));
        Assert.That(players.Unbounded().Explain(ExplainLevel.Physical), Does.Contain("All rows there ever were [state unbounded: all rows are kept]"));
        Assert.That(latest.ToChanges().Explain(ExplainLevel.Physical), Does.Contain("Changes change of row [no state]"));
        Assert.That((from g in players.GroupBy(p => p.Team) from f in g.OrderBy(p => p.Points).Over(3) select f.Sum(p => p.Points)).Explain(ExplainLevel.Physical), Does.Contain("over 3 before: sum = Sum("));
    }
}
