// Look-ups by example: how often they are asked, what is kept and for how long, what they leave of the left side, and what is refused.
using NUnit.Framework;

namespace StreamLinq.Tests.Calls;

[TestFixture]
public sealed class LookupTests
{
    private static readonly DateTimeOffset Start = new(2024, 1, 1, 0, 0, 0, TimeSpan.Zero);

    public sealed record Order(int Id, string? User, double At)
    {
        public DateTimeOffset Time => Start.AddSeconds(At);
    }

    public sealed record User(string Name, string City);

    private static readonly User[] Users = [new("ann", "Rome"), new("bob", "Oslo")];

    private readonly List<string> _asked = [];

    [SetUp]
    public void Forget() => _asked.Clear();

    private ILookupSide<User> Asked(LookupOptions? options = null) => Lookup.From<string, User>((name, _) =>
    {
        _asked.Add(name);
        return ValueTask.FromResult(Array.Find(Users, u => u.Name == name));
    }, options);

    [Test]
    public async Task Each_key_of_a_batch_is_asked_for_once_and_none_that_is_null()
    {
        await using var harness = new StreamTestHarness();
        var orders = harness.Source<Order>();
        var output = await harness.StartAsync(orders.Rows.LeftJoin(Asked(), o => o.User, u => u.Name, (o, u) => $"{o.Id} {(u == null ? "?" : u.City)}"));
        await orders.EpochAsync(new(1, "ann", 0), new(2, "bob", 0), new(3, "ann", 0), new(4, null, 0), new(5, "eve", 0), new(6, "eve", 0));
        Assert.That(output.Result, Is.EqualTo(["1 Rome", "2 Oslo", "3 Rome", "4 ?", "5 ?", "6 ?"]));
        Assert.That(_asked, Is.EqualTo(["ann", "bob", "eve"]));
        await orders.EpochAsync(new Order(7, "ann", 0));
        Assert.That(_asked, Is.EqualTo(["ann", "bob", "eve", "ann"]));
    }

    [Test]
    public async Task Answers_are_kept_so_many_and_so_long()
    {
        await using var harness = new StreamTestHarness();
        var orders = harness.Source<Order>();
        var output = await harness.StartAsync(from o in orders.Rows join u in Asked(new LookupOptions { CacheSize = 2, CacheFor = TimeSpan.FromMinutes(1) }) on o.User equals u.Name select $"{o.Id} {u.City}");
        await orders.EpochAsync(new(1, "ann", 0), new(2, "eve", 0));
        await orders.EpochAsync(new(3, "ann", 0), new(4, "eve", 0));
        Assert.That(_asked, Is.EqualTo(["ann", "eve"]), "an answer that there is nothing is one too");
        await orders.EpochAsync(new Order(5, "ann", 0));
        await orders.EpochAsync(new Order(6, "bob", 0));
        await orders.EpochAsync(new Order(7, "ann", 0));
        Assert.That(_asked, Is.EqualTo(["ann", "eve", "bob"]), "the one that was not used for the longest time has gone");
        await orders.EpochAsync(new Order(8, "eve", 0));
        Assert.That(_asked, Is.EqualTo(["ann", "eve", "bob", "eve"]));
        Assert.That(output.Query.LastProgress!.StateOperators.Single().Rows, Is.EqualTo(2));
        harness.Advance(TimeSpan.FromMinutes(1));
        await orders.EpochAsync(new Order(9, "ann", 0));
        Assert.That(_asked, Is.EqualTo(["ann", "eve", "bob", "eve", "ann"]));
        Assert.That(output.Result, Is.EqualTo(["1 Rome", "3 Rome", "5 Rome", "6 Oslo", "7 Rome", "9 Rome"]));
    }

    [Test]
    public async Task The_left_side_keeps_its_time_and_its_windows()
    {
        await using var harness = new StreamTestHarness();
        var orders = harness.Source<Order>();
        var timed = orders.Rows.WithEventTime(o => o.Time, TimeSpan.Zero);
        var window = Windowing.Tumbling(TimeSpan.FromSeconds(10));
        var behind = from o in (from o in timed join u in Asked() on o.User equals u.Name select new { o.Id, u.City }).Window(window) group o by o.City into g select $"{g.Key} {g.Window.Start:ss} {g.Count()}";
        var before = from o in timed.Window(window) join u in Lookup.Refreshed(_ => ValueTask.FromResult<IReadOnlyCollection<User>>(Users), TimeSpan.FromMinutes(1)) on o.User equals u.Name group o by u.City into g select $"{g.Key} {g.Window.Start:ss} {g.Count()}";
        var (first, second) = (new MemorySink<string>(), new MemorySink<string>());
        await harness.StartAsync(behind.WriteTo(first), before.WriteTo(second));
        Order[] rows = [new(1, "ann", 1), new(2, "bob", 2), new(3, null, 3), new(4, "bob", 12), new(5, "carl", 13)];
        await orders.EpochAsync(rows);
        await orders.CompleteAsync();
        string[] expected = ["Rome 00 1", "Oslo 00 1", "Oslo 10 1"];
        Assert.That(first.Rows, Is.EquivalentTo(expected));
        Assert.That(second.Rows, Is.EquivalentTo(expected));
        Assert.That(behind.Over(rows).ToList(), Is.EquivalentTo(expected));
        Assert.That(before.Over(rows).ToList(), Is.EquivalentTo(expected));
    }

    [Test]
    public async Task Every_row_of_a_key_that_cannot_be_found_out_has_failed()
    {
        await using var harness = new StreamTestHarness(options: new StreamingQueryOptions { OnRowError = RowErrorPolicy.SkipAndCount });
        var orders = harness.Source<Order>("orders");
        var users = Lookup.From<string, User>((name, _) => name == "bob" ? throw new IOException("gone") : ValueTask.FromResult<User?>(Users[0]), new LookupOptions { CacheSize = 9 });
        var query = orders.Rows.LeftJoin(users, o => o.User, u => u.Name, (o, u) => o.Id);
        var output = await harness.StartAsync(query);
        await orders.EpochAsync(new(1, "ann", 0), new(2, "bob", 0), new(3, "bob", 0), new(4, null, 0));
        Assert.That(output.Result, Is.EqualTo([1, 4]));
        Assert.That(output.Query.LastProgress!.RowErrors, Is.EqualTo(2));
        await using var strict = new StreamTestHarness();
        var source = strict.Source<Order>("orders");
        await strict.StartAsync(source.Rows.LeftJoin(users, o => o.User, u => u.Name, (o, u) => o.Id));
        source.Add(new(1, "ann", 0), new(2, "bob", 0));
        Assert.That(Assert.ThrowsAsync<StreamingQueryException>(strict.RunEpochAsync)!.Message, Does.StartWith("SLQ2007: query 'test', epoch 0: LeftJoin(").And.Contain(" failed for row 2 of source 'orders'").And.Contain("IOException ('gone')"));
    }

    [Test]
    public async Task Rows_that_cannot_be_loaded_at_the_start_end_it()
    {
        await using var harness = new StreamTestHarness();
        var orders = harness.Source<Order>();
        var users = Lookup.Refreshed<User>(_ => throw new IOException("not there"), TimeSpan.FromMinutes(1));
        Assert.That(async () => await harness.StartAsync(from o in orders.Rows join u in users on o.User equals u.Name select o.Id),
            Throws.TypeOf<StreamLinqException>().With.Message.StartsWith("SLQ1023: Join(").And.Message.Contains("could not load its rows, or the key of one of them: not there").And.InnerException.TypeOf<IOException>());
    }

    [Test]
    public void What_can_be_taken_back_and_other_keys_are_refused()
    {
        var orders = StreamSource.From(new MemorySource<Order>(), "orders");
        Assert.That(() => (from o in orders.LatestBy(o => o.Id) join u in Asked() on o.User equals u.Name select o.Id).Explain(ExplainLevel.Logical),
            Throws.TypeOf<QueryTranslationException>().With.Message.StartsWith("SLQ1021: Join(").And.Message.Contains("the answer may be another one by then").And.Message.Contains("Look up the rows of the stream before they are grouped"));
        Assert.That(() => (from o in orders join u in Asked() on o.Id equals u.Name.Length select o.Id).Explain(ExplainLevel.Logical),
            Throws.TypeOf<QueryTranslationException>().With.Message.StartsWith("SLQ1022: Join(").And.Message.Contains("has keys of int, and its Lookup is asked by string"));
    }

    [Test]
    public void The_plan_says_how_it_asks()
    {
        var orders = StreamSource.From(new MemorySource<Order>(), "orders");
        var asked = from o in orders join u in Asked(new LookupOptions { CacheSize = 100, CacheFor = TimeSpan.FromMinutes(5) }) on o.User equals u.Name select new { o.Id, u.City };
        Assert.That(asked.Explain(ExplainLevel.Physical), Does.Contain("source orders (memory of Order) -> lookup-1").And.Contain("Look up row.User: found (User[]), 16 at once, 100 answers kept for 5 min [no state: an epoch that runs again asks again"));
        var loaded = from o in orders join u in Lookup.Refreshed(_ => ValueTask.FromResult<IReadOnlyCollection<User>>(Users), TimeSpan.FromHours(1)) on o.User equals u.Name select new { o.Id, u.City };
        Assert.That(loaded.Explain(ExplainLevel.Logical), Does.Contain("Look up row.User: found (User[]) in rows loaded every 1 h").And.Contain("Flatten u in found"));
    }
}
