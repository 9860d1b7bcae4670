// What compiles and is illegal all the same is refused before anything runs: the code, what failed, where, and what to write instead.
using NUnit.Framework;

namespace StreamLinq.Tests.Engine;

[TestFixture]
public sealed class RefusalTests
{
    private sealed record Order(int Id, string User, int Amount, int[] Items, DateTimeOffset At);

    private sealed class Plain
    {
        public int Value { get; set; }
    }

    private static readonly IStreamQueryable<Order, AppendOnly> Orders = StreamSource.From(new MemorySource<Order>(), "orders");

    private static void Refused(string code, string text, Action act)
    {
        var error = Assert.Throws<QueryTranslationException>(() => act())!;
        Assert.Multiple(() =>
        {
            Assert.That(error.Code, Is.EqualTo(code));
            Assert.That(error.Message, Does.StartWith($"{code}: ").And.Contain(text));
            Assert.That(error.HelpLink, Does.EndWith("docs/errors.md#" + code));
        });
    }

    private static void Refused(string code, string text, IStreamQueryable query) => Refused(code, text, () => query.Explain());

    [Test]
    public void A_lambda_that_reads_the_clock() => Refused("SLQ1001",
        "Where(o => o.At > DateTimeOffset.UtcNow) reads DateTimeOffset.UtcNow, which would be another value when an epoch runs again after a crash. Use a member of the row, or WithProcessingTime()",
        Orders.Where(o => o.At > DateTimeOffset.UtcNow));

    [Test]
    public void A_lambda_that_draws_a_random_number() => Refused("SLQ1001", "reads Random.Next", Orders.Where(o => Random.Shared.Next() > o.Id));

    [Test]
    public void A_new_guid() => Refused("SLQ1001", "reads Guid.NewGuid", Orders.Select(o => new { o.Id, Key = Guid.NewGuid() }));

    [Test]
    public void A_group_as_the_result() => Refused("SLQ1002", "a group of rows leaves the query in the query's result", Orders.GroupBy(o => o.User));

    [Test]
    public void A_group_passed_to_a_method() => Refused("SLQ1002", "A group is not kept as a list", from o in Orders group o by o.User into g select Describe(g));

    private static string Describe(object group) => group.ToString()!;

    [Test]
    public void Min_of_filtered_rows_that_may_be_none() => Refused("SLQ1003", "Make the selector nullable: Min(x => (int?)x.Value)",
        from o in Orders group o by o.User into g select new { g.Key, Least = g.Where(o => o.Amount > 3).Min(o => o.Amount) });

    [Test]
    public void An_aggregate_inside_an_aggregate() => Refused("SLQ1004", "inside the lambda of Count",
        from o in Orders group o by o.User into g select new { g.Key, N = g.Count(o => o.Amount > g.Average(x => x.Amount)) });

    [Test]
    public void A_key_without_value_equality()
    {
        Refused("SLQ1007", "has a key of int[], which cannot be one: an array is compared by reference", from o in Orders group o by o.Items into g select g.Count());
        Refused("SLQ1007", "its member Items is int[]: an array is compared by reference", Orders.Distinct());
        Refused("SLQ1007", "it has no value equality; make it a record", from o in Orders group o by new { P = new Plain { Value = o.Id } } into g select g.Count());
    }

    [Test]
    public void Update_without_the_key_in_the_row() => Refused("SLQ1008", "user is not in it. Select the key columns too, or use OutputMode.Changelog",
        () => (from o in Orders group o by o.User into g select new { N = g.Count() }).WriteTo(StreamSink.Console(), OutputMode.Update).Explain());

    [Test]
    public void Update_of_a_table_that_lost_its_key() => Refused("SLQ1008", "this table has none (SelectMany, Merge",
        () => (from o in Orders group o by o.User into g select new { g.Key, N = g.Count() } into r from i in Enumerable.Range(0, 2) select new { r.Key, i }).WriteTo(StreamSink.Console(), OutputMode.Update).Explain());

    [Test]
    public void A_record_that_holds_the_key_is_enough() =>
        Assert.That((from o in Orders group o by o.User into g select new PerUser(g.Key, g.Count())).WriteTo(new MemorySink<PerUser>(), OutputMode.Update).Explain(), Does.Contain("Update to memory"));

    private sealed record PerUser(string User, long Orders);

    [Test]
    public void An_order_that_is_not_complete() => Refused("SLQ1009", "ordered but not cut",
        () => (from o in Orders group o by o.User into g orderby g.Count() select new { g.Key, N = g.Count() }).WriteTo(StreamSink.Console(), OutputMode.Update).Explain());

    [Test]
    public void ThenBy_after_a_select() => Refused("SLQ1009", "does not follow an OrderBy directly",
        (from o in Orders group o by o.User into g select new { g.Key, N = g.Count() }).OrderBy(r => r.N).Select(r => new { r.Key }).ThenBy(r => r.Key));

    [Test]
    public void A_sink_that_cannot_do_what_the_mode_needs() => Refused("SLQ1010", "Complete needs a sink that can replace its content",
        () => (from o in Orders group o by o.User into g select new { g.Key, N = g.Count() }).WriteTo(StreamSink.ForEach(Ignore(new { Key = "", N = 0L })), OutputMode.Complete).Explain());

    private static Func<Change<T>, CancellationToken, ValueTask> Ignore<T>(T shape) => (_, _) => ValueTask.CompletedTask;

    [Test]
    public void A_custom_aggregate_that_cannot_take_rows_back() => Refused("SLQ1011", "Implement IRetractableAggregate",
        () => (from o in Orders group o by o.User into g select new { g.Key, N = g.Count() } into r group r.N by r.Key.Length into g select new { g.Key, L = g.Aggregate(new Longest()) }).WriteTo(StreamSink.Console(), OutputMode.Update).Explain());

    private sealed class Longest : IStreamAggregate<long, long, long>
    {
        public long Create() => 0;

        public long Add(long accumulator, long input) => Math.Max(accumulator, input);

        public long Merge(long left, long right) => Math.Max(left, right);

        public long Result(long accumulator) => accumulator;
    }

    private static readonly IStreamQueryable<Order, EventTime> Timed = Orders.WithEventTime(o => o.At, TimeSpan.FromSeconds(5));

    private static IStreamQueryable<Order, Windowed> Minutes(int minutes) => Timed.Window(Windowing.Tumbling(TimeSpan.FromMinutes(minutes)));

    [Test]
    public void Rows_in_different_windows_together()
    {
        const string Rest = " brings rows in different windows together. Give both sides the same windows and grace period, or window them after they are merged.";
        Refused("SLQ1005", Rest, Minutes(1).Merge(Minutes(2)).GroupBy(o => o.User).Select(g => g.Count()));
        Refused("SLQ1005", Rest, Minutes(1).Merge(Minutes(1).GracePeriod(TimeSpan.FromSeconds(1))).GroupBy(o => o.User).Select(g => g.Count()));
        Refused("SLQ1005", Rest, Timed.SessionWindow(o => TimeSpan.FromSeconds(o.Amount)).Merge(Minutes(1)).GroupBy(o => o.User).Select(g => g.Count()));
        Assert.That(Minutes(1).Merge(Minutes(1)).GroupBy(o => o.User).Select(g => g.Count()).Explain(), Does.Contain("Merge"));
    }

    [Test]
    public void A_window_that_is_not_carried()
    {
        const string Rest = " does not name a window that the row carries on from a closed one. Select g.Window in the query that is windowed again, or use Window(Windowing).";
        Refused("SLQ1006", "Window(o => new Window(o.At, o.At.AddHours(1)))" + Rest, Timed.Window(o => new Window(o.At, o.At.AddHours(1))).GroupBy(o => o.User).Select(g => g.Count()));
        var counts = Minutes(1).GroupBy(o => o.User).Select(g => new { g.Window, Longer = new Window(g.Window.Start, g.Window.End.AddHours(1)) });
        Refused("SLQ1006", "Window(c => c.Longer)" + Rest, counts.Window(c => c.Longer).GroupBy(_ => 0).Select(g => g.Count()));
    }

    [Test]
    public void A_time_for_rows_that_have_one()
    {
        Refused("SLQ1012", "WithEventTime(o => o.At", Timed.WithEventTime(o => o.At, TimeSpan.Zero));
        Refused("SLQ1012", "gives a time to rows that have one. Leave out one of the two.", Timed.WithProcessingTime());
        Refused("SLQ1012", "WithEventTime(o => o.At", Orders.WithProcessingTime().Where(o => o.Id > 0).WithEventTime(o => o.At, WatermarkStrategy.Monotonic));
    }

    [Test]
    public void Two_sources_of_one_name() => Refused("SLQ1013", "two sources of the query are named 'orders'",
        Orders.Merge(StreamSource.From(new MemorySource<Order>(), "orders")));

    [Test]
    public void Two_operators_of_one_name()
    {
        var error = Assert.Throws<StreamLinqException>(() => Orders.DistinctBy(o => o.Id).Named("seen").DistinctBy(o => o.User).Named("seen").Explain(ExplainLevel.Physical))!;
        Assert.That(error.Message, Does.StartWith("SLQ1013: two operators of the query are named 'seen'"));
    }

    [Test]
    public void A_query_inside_a_lambda() => Refused("SLQ1014", "A lambda sees one row: join the two queries instead", Orders.Where(o => Matches(Orders, o)));

    private static bool Matches(IStreamQueryable orders, Order order) => orders is not null && order is not null;

    [Test]
    public void The_first_none_of_a_group() => Refused("SLQ1018", "says Take(0): the first rows of a group are at least one",
        from o in Orders group o by o.User into g from first in g.OrderBy(o => o.At).Take(0) select first);

    [Test]
    public void An_aggregate_inside_a_ranked_select() => Refused("SLQ1004", "inside the lambda of Select",
        from o in Orders group o by o.User into g from first in g.OrderBy(o => o.At).Select((o, rank) => new { o.Id, Of = g.Count() }) select first);

    [Test]
    public void Frames_that_make_no_sense()
    {
        var groups = from o in Orders group o by o.User;
        Refused("SLQ1018", "says Over(-1): a row stands with none or more of the rows before it", from g in groups from f in g.OrderBy(o => o.At).Over(-1) select f.Count());
        Refused("SLQ1019", "not ordered by time", from g in groups from f in g.OrderBy(o => o.Id).Over(TimeSpan.FromMinutes(1)) select f.Count());
        Refused("SLQ1019", "not ordered by time", from g in groups from f in g.OrderByDescending(o => o.At).Over(TimeSpan.FromMinutes(1)) select f.Count());
    }

    [Test]
    public void Update_of_ranked_rows_without_the_rank() => Refused("SLQ1008", "rank is not in it. Select the key columns too",
        () => (from o in Orders group o by o.User into g from top in g.OrderBy(o => o.At).Take(3) select new { g.Key, top.Id }).WriteTo(StreamSink.Console(), OutputMode.Update).Explain());

    [Test]
    public void First_of_a_tables_rows_without_an_order() => Refused("SLQ1100", "First over a table needs an order",
        () => (from o in Orders group o by o.User into g select new { g.Key, N = g.Count() } into r group r by r.N into g select new { g.Key, First = g.First().Key }).WriteTo(StreamSink.Console(), OutputMode.Update).Explain());

    [Test]
    public void What_comes_with_later_versions()
    {
        Refused("SLQ1100", "ThenBy on rows of a group that were ordered or cut before", from o in Orders group o by o.User into g select new { g.Key, All = g.OrderBy(o => o.At).Take(3).ThenBy(o => o.Id).ToList() });
        Refused("SLQ1100", "Sum after Take or Select on the rows of a group", from o in Orders group o by o.User into g select new { g.Key, N = g.OrderBy(o => o.At).Select((o, rank) => rank).Sum() });
        Refused("SLQ1100", "ToList after Over on the rows of a group", from o in Orders group o by o.User into g select new { g.Key, All = g.OrderBy(o => o.At).Over(2).ToList() });
        Refused("SLQ1100", "AsOf of a table that is more than Where and Select away", from o in Orders.WithEventTime(o => o.At, TimeSpan.Zero) join p in Orders.WithEventTime(o => o.At, TimeSpan.Zero).LatestBy(p => p.Id).SelectMany(p => p.Items, (p, item) => new { p.Id, item }).AsOf() on o.Id equals p.Id select o.Id);
        Refused("SLQ1100", "Join of a table with Snapshot", from o in Orders.LatestBy(o => o.Id) join p in Orders.LatestBy(p => p.Id).Snapshot() on o.Id equals p.Id select o.Id);
    }
}
