// A group-by that is changed between two starts: what becomes of its state, what is refused with which words, and what comes out afterwards.
using NUnit.Framework;

namespace StreamLinq.Tests.Changes;

[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class GroupChangeTests
{
    private static readonly DateTimeOffset Changed = new(2026, 5, 2, 0, 0, 0, TimeSpan.Zero);

    private readonly MemorySource<Sale> _rows = new();
    private readonly ChangedRun _run = new();

    private IStreamQueryable<Sale, AppendOnly> Sales => StreamSource.From(_rows, "sales");

    private static IStreamQueryable<ShopTotal, Table> Sums(IStreamQueryable<Sale, AppendOnly> sales) =>
        (from s in sales group s by s.Shop into g select new ShopTotal(g.Key, g.Sum(s => s.Net))).Named("sums");

    [SetUp]
    public async Task A_query_has_run_on_three_rows()
    {
        _rows.Add(new Sale("a", "x", 10, 1), new Sale("b", "y", 20, 2), new Sale("a", "y", 30, 3));
        Assert.That(await _run.RunAsync(Sums(Sales)), Is.EquivalentTo(new[] { new ShopTotal("a", 40), new ShopTotal("b", 20) }));
        _run.Time.Advance(TimeSpan.FromDays(1));
        _rows.Add(new Sale("a", "x", 100, 10), new Sale("c", "z", 200, 20));
    }

    [Test]
    public async Task The_same_meaning_in_other_words_is_kept()
    {
        var same = from row in Sales
                   let shop = row.Shop
                   where true
                   group new { row.Net, shop } by shop into sold
                   select new { Name = sold.Key + "!", Total = sold.Sum(x => x.Net) };
        Assert.That((await _run.CompareAsync(Sums(Sales))).ToString(), Is.EqualTo("source sales: kept\nsums: kept"));
        Assert.That(await _run.RunAsync(Sums(Sales)), Is.EquivalentTo(new[] { new ShopTotal("a", 140), new ShopTotal("b", 20), new ShopTotal("c", 200) }));
        Assert.That(_run.CompleteSince("sums"), Is.Null);
        var changes = await _run.CompareAsync(same.Where(s => s.Total > 0).Named("sums"));
        Assert.That(changes.Changes[1].Kind, Is.EqualTo(StateChangeKind.Partial), "a condition that is always true is one all the same");
    }

    [Test]
    public async Task An_operator_that_gets_a_name_takes_its_state_along()
    {
        var changes = await _run.CompareAsync(Sums(Sales).Named("totals"));
        Assert.That(changes.ToString(), Is.EqualTo("source sales: kept\ntotals: kept (it was named 'sums')"));
        Assert.That((await _run.RunAsync(Sums(Sales).Named("totals"))).Single(t => t.Key == "a").Sum, Is.EqualTo(140));
        Assert.That((await _run.RunAsync(Sums(Sales).Named("totals"))), Is.Empty, "nothing to do");
    }

    [Test]
    public async Task A_new_aggregate_must_be_allowed_and_counts_from_now_on()
    {
        var more = (from s in Sales group s by s.Shop into g select new ShopTotal(g.Key, g.Sum(s => s.Net)) { Other = g.Count() }).Named("sums");
        Assert.That(await _run.RefusedAsync(more), Is.EqualTo(
            "SLQ2043: The query has changed since the checkpoint in 'memory' was written:\nsource sales: kept\n"
            + "sums: right only for rows from now on (Count() is new) - allow it with Partial = [\"sums\"]\n"
            + "Change the query back, allow what is said with StreamingQueryOptions.AllowStateChanges, or use an empty folder to start anew."));
        var result = await _run.RunAsync(more, new AllowedStateChanges { Partial = ["sums"] });
        Assert.That(result, Is.EquivalentTo(new[] { new ShopTotal("a", 140) { Other = 1 }, new ShopTotal("b", 20), new ShopTotal("c", 200) { Other = 1 } }));
        Assert.That(_run.CompleteSince("sums"), Is.EqualTo(Changed));

        _run.Time.Advance(TimeSpan.FromDays(1));
        _rows.Add(new Sale("b", "x", 1, 1));
        Assert.That((await _run.RunAsync(more)).Single(t => t.Key == "b"), Is.EqualTo(new ShopTotal("b", 21) { Other = 1 }), "no longer a change");
        Assert.That(_run.CompleteSince("sums"), Is.EqualTo(Changed), "it is remembered");
    }

    [Test]
    public async Task An_aggregate_that_is_no_longer_asked_for_is_dropped()
    {
        var both = (from s in Sales group s by s.Shop into g select new { g.Key, N = g.Count(), Top = g.Max(s => s.Tax), Sum = g.Sum(s => s.Net) }).Named("sums");
        await _run.RunAsync(both, new AllowedStateChanges { Partial = ["sums"] });
        _rows.Add(new Sale("a", "x", 1000, 10));
        var less = (from s in Sales group s by s.Shop into g select new { g.Key, Sum = g.Sum(s => s.Net), N = g.Count() }).Named("sums");
        Assert.That((await _run.CompareAsync(less)).Changes[1].ToString(), Is.EqualTo("sums: converted (Max(row.Tax) value is dropped; Max(row.Tax) isSet is dropped)"));
        Assert.That((await _run.RunAsync(less)).Single(t => t.Key == "a").ToString(), Is.EqualTo("{ Key = a, Sum = 1140, N = 2 }"));
    }

    [Test]
    public async Task Aggregates_in_another_order_are_converted()
    {
        var sums = (from s in Sales group s by s.Shop into g select new { g.Key, A = g.Sum(s => s.Net), B = g.Sum(s => s.Tax) }).Named("both");
        var allow = new AllowedStateChanges { Added = ["both"], Dropped = ["sums"] };
        await _run.RunAsync(sums, allow);
        _rows.Add(new Sale("a", "x", 1000, 7));
        var turned = (from s in Sales group s by s.Shop into g select new { g.Key, B = g.Sum(s => s.Tax), A = g.Sum(s => s.Net) }).Named("both");
        Assert.That((await _run.CompareAsync(turned)).Changes[1].Kind, Is.EqualTo(StateChangeKind.Converted));
        Assert.That((await _run.RunAsync(turned)).Single(t => t.Key == "a").ToString(), Is.EqualTo("{ Key = a, B = 17, A = 1100 }"));
    }

    [Test]
    public async Task A_condition_on_the_rows_is_partial()
    {
        Assert.That(await _run.RefusedAsync(Sums(Sales.Where(s => s.Town == "x"))), Does.Contain(
            "\nsums: right only for rows from now on (its rows were sales and are sales where row.Town == \"x\") - allow it with Partial = [\"sums\"]\n"));
        var result = await _run.RunAsync(Sums(Sales.Where(s => s.Town == "x")), new AllowedStateChanges { Partial = ["sums"] });
        Assert.That(result, Is.EquivalentTo(new[] { new ShopTotal("a", 140), new ShopTotal("b", 20) }));
    }

    [Test]
    public async Task What_could_go_on_partially_begins_empty_where_that_is_allowed()
    {
        var result = await _run.RunAsync(Sums(Sales.Where(s => s.Town == "x")), new AllowedStateChanges { Reset = ["sums"] });
        Assert.That(result, Is.EqualTo(new[] { new ShopTotal("a", 100) }));
        Assert.That(_run.CompleteSince("sums"), Is.EqualTo(Changed));
    }

    [Test]
    public async Task Another_key_begins_empty()
    {
        var byTown = (from s in Sales group s by s.Town into g select new ShopTotal(g.Key, g.Sum(s => s.Net))).Named("sums");
        Assert.That(await _run.RefusedAsync(byTown, new AllowedStateChanges { Partial = ["sums"] }), Does.Contain(
            "\nsums: begins empty (key row.Town is new; key row.Shop is no longer part of it) - allow it with Reset = [\"sums\"]\n"));
        Assert.That(await _run.RunAsync(byTown, new AllowedStateChanges { Reset = ["sums"] }), Is.EquivalentTo(new[] { new ShopTotal("x", 100), new ShopTotal("z", 200) }));
    }

    [Test]
    public async Task Another_column_that_is_summed_is_another_aggregate()
    {
        var taxes = (from s in Sales group s by s.Shop into g select new ShopTotal(g.Key, g.Sum(s => s.Tax))).Named("sums");
        Assert.That(await _run.RefusedAsync(taxes), Does.Contain("(Sum(row.Tax) is new; Sum(row.Net) is dropped)"));
    }

    [Test]
    public async Task Operators_come_and_go_by_name()
    {
        var distinct = Sums(Sales.Distinct().Named("seen"));
        Assert.That(await _run.RefusedAsync(distinct), Does.Contain("\nseen: new, begins empty - allow it with Added = [\"seen\"]\nsums: right only for rows from now on ("));
        await _run.RunAsync(distinct, new AllowedStateChanges { Added = ["seen"], Partial = ["sums"] });
        Assert.That(_run.CompleteSince("seen"), Is.EqualTo(Changed));
        Assert.That(await _run.RefusedAsync(Sums(Sales)), Does.Contain("\nseen: gone, its state is dropped - allow it with Dropped = [\"seen\"]\n"));
        _rows.Add(new Sale("a", "x", 100, 10));
        Assert.That((await _run.RunAsync(Sums(Sales), new AllowedStateChanges { Dropped = ["seen"], Partial = ["sums"] })).Single(t => t.Key == "a").Sum, Is.EqualTo(240));
    }

    [Test]
    public async Task Sources_come_and_go_by_name()
    {
        var online = new MemorySource<Sale>();
        online.Add(new Sale("a", "-", 5, 0));
        var both = Sums(Sales.Merge(StreamSource.From(online, "online")));
        Assert.That(await _run.RefusedAsync(both), Does.Contain("\nsource sales: kept\nsource online: new, read from its beginning - allow it with Added = [\"online\"]\n"));
        Assert.That((await _run.RunAsync(both, new AllowedStateChanges { Added = ["online"], Partial = ["sums"] })).Single(t => t.Key == "a").Sum, Is.EqualTo(145));
        _rows.Add(new Sale("a", "x", 1, 0));
        Assert.That(await _run.RefusedAsync(Sums(Sales)), Does.Contain("\nsource online: gone, its offsets are dropped - allow it with Dropped = [\"online\"]\n"));
        Assert.That((await _run.RunAsync(Sums(Sales), new AllowedStateChanges { Dropped = ["online"], Partial = ["sums"] })).Single(t => t.Key == "a").Sum, Is.EqualTo(146));
    }

    [Test]
    public void A_checkpoint_of_other_sources_altogether_is_that_of_another_query() =>
        Assert.That(Assert.ThrowsAsync<StreamLinqException>(() => _run.RunAsync(Sums(StreamSource.From(_rows, "other"))))!.Message,
            Does.StartWith("SLQ1013: 'memory' is the checkpoint of another query. Stored: ").And.Contain("with the sources sales. Now: ").And.Contain("with the sources other."));

    [Test]
    public async Task A_group_over_a_table_begins_empty_with_it_or_not_at_all()
    {
        static IStreamQueryable<ShopTotal, Table> BySize(IStreamQueryable<ShopTotal, Table> sums) =>
            (from t in sums group t by t.Sum > 50 into g select new ShopTotal(g.Key.ToString(), g.Count())).Named("sizes");
        var sizes = BySize(Sums(Sales));
        Assert.That(await _run.RefusedAsync(sizes, new AllowedStateChanges { Added = ["sizes"] }), Does.Contain(
            "\nsums: kept\nsizes: impossible (it would begin empty, and the table of 'sums' goes on with rows that it was never told: begin that one empty too, with Reset = [\"sums\"])\n"));
        var result = await _run.RunAsync(sizes, new AllowedStateChanges { Added = ["sizes"], Reset = ["sums"] });
        Assert.That(result, Is.EqualTo(new[] { new ShopTotal("True", 2) }));

        _rows.Add(new Sale("b", "x", 1, 0));
        Assert.That(await _run.RunAsync(sizes), Is.EquivalentTo(new[] { new ShopTotal("True", 2), new ShopTotal("False", 1) }));
        var byTown = BySize((from s in Sales group s by s.Town into g select new ShopTotal(g.Key, g.Sum(s => s.Net))).Named("sums"));
        Assert.That((await _run.CompareAsync(byTown)).Changes.Select(c => c.Kind), Is.EqualTo(new[] { StateChangeKind.Kept, StateChangeKind.Reset, StateChangeKind.Reset }));
    }

    [Test]
    public async Task A_sum_that_is_wide_enough_goes_on_with_wider_numbers()
    {
        var wide = new MemorySource<WideSale>();
        for (var i = 0; i < 3; i++) wide.Add(new WideSale("read before", "-", 0, 0));
        wide.Add(new WideSale("a", "north", 5_000_000_000, 1));
        var sums = (from s in StreamSource.From(wide, "sales") group s by s.Shop into g select new { g.Key, Sum = g.Sum(s => s.Net) }).Named("sums");
        Assert.That((await _run.CompareAsync(sums)).Changes[1].ToString(), Is.EqualTo("sums: kept"));
        Assert.That((await _run.RunAsync(sums)).Single(s => s.Key == "a").Sum, Is.EqualTo(5_000_000_040));
    }

    [Test]
    public async Task A_member_that_rows_did_not_have_becomes_part_of_the_key()
    {
        var wide = new MemorySource<WideSale>();
        for (var i = 0; i < 3; i++) wide.Add(new WideSale("read before", "-", 0, 0));
        wide.Add(new WideSale("a", "north", 1, 1), new WideSale("a", null, 2, 1, "web"), new WideSale("a", null, 3, 1));
        var sums = (from s in StreamSource.From(wide, "sales") group s by new { s.Region, s.Shop, s.Channel } into g select new { g.Key, Sum = g.Sum(s => s.Net) }).Named("sums");
        Assert.That((await _run.CompareAsync(sums)).Changes[1].ToString(), Does.StartWith(
            "sums: converted (key row.Region is new, and null in the groups there are: rows had no Region; key row.Channel is new, and \"shop\" in the groups there are"));
        Assert.That((await _run.RunAsync(sums)).Select(s => (s.Key.Region, s.Key.Shop, s.Key.Channel, s.Sum)), Is.EquivalentTo(new[]
        {
            ("north", "a", "shop", 1L), (null, "a", "web", 2L), (null, "a", "shop", 43L), (null, "b", "shop", 20L),
        }));
    }

    [Test]
    public async Task A_member_that_rows_had_does_not_become_part_of_the_key() =>
        Assert.That(await _run.RefusedAsync((from s in Sales group s by new { s.Shop, s.Town } into g select new { g.Key, Sum = g.Sum(s => s.Net) }).Named("sums")), Does.Contain(
            "\nsums: begins empty (key row.Town is new) - allow it with Reset = [\"sums\"]\n"));

    [Test]
    public async Task A_member_with_another_name_is_told()
    {
        await _run.RunAsync((from s in Sales group s by s.Shop into g select new { g.Key, Sum = g.Sum(s => s.Tax) }).Named("sums"), new AllowedStateChanges { Reset = ["sums"] });
        var wide = new MemorySource<WideSale>();
        for (var i = 0; i < 5; i++) wide.Add(new WideSale("read before", "-", 0, 0));
        wide.Add(new WideSale("a", "north", 1, 5));
        var sums = (from s in StreamSource.From(wide, "sales") group s by s.Shop into g select new { g.Key, Sum = g.Sum(s => s.Vat) }).Named("sums");
        Assert.That(await _run.RefusedAsync(sums), Does.Contain("(Sum(row.Vat) is new; Sum(row.Tax) is dropped)"));
        var renamed = new AllowedStateChanges { Renamed = new Dictionary<string, string> { ["Tax"] = "Vat" } };
        Assert.That((await _run.CompareAsync(sums, renamed)).Changes[1].Kind, Is.EqualTo(StateChangeKind.Kept));
        Assert.That((await _run.RunAsync(sums, renamed)).Single(s => s.Key == "a").Sum, Is.EqualTo(15));
        Assert.That((await _run.CompareAsync(sums)).HasChanges, Is.False, "the new name is stored");
    }
}
