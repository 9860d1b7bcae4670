// The ordered rows of groups as they change: what an output sees of a top-N, and what is kept for it.
using NUnit.Framework;
using StreamLinq.Embedded;

namespace StreamLinq.Tests.Engine;

[TestFixture]
public sealed class OrderedRowsTests
{
    private sealed record Bid(int Auction, string Bidder, int Price);

    private static string Text<T>(IEnumerable<Change<T>> changes) => string.Join("; ", changes.Select(c => $"{c.Kind} {c.Row}").Order(StringComparer.Ordinal));

    [Test]
    public async Task A_top_n_is_updated_by_its_rank()
    {
        await using var harness = new StreamTestHarness();
        var bids = harness.Source<Bid>();
        var query = from b in bids.Rows
                    group b by b.Auction into g
                    from row in g.OrderByDescending(b => b.Price).Take(2).Select((b, rank) => new { b.Bidder, b.Price, Rank = rank + 1 })
                    select new { g.Key, row.Rank, row.Bidder, row.Price };
        var output = await harness.StartAsync(query, OutputMode.Update);
        await bids.EpochAsync([new(1, "Ada", 10), new(1, "Bob", 20), new(2, "Eve", 5)]);
        Assert.That(Text(output.Take()), Is.EqualTo(
            "Upsert { Key = 1, Rank = 1, Bidder = Bob, Price = 20 }; Upsert { Key = 1, Rank = 2, Bidder = Ada, Price = 10 }; Upsert { Key = 2, Rank = 1, Bidder = Eve, Price = 5 }"));
        await harness.CrashAndRecoverAsync();
        await bids.EpochAsync([new(1, "Joe", 15), new(1, "Sue", 3)]);
        Assert.That(Text(output.Take()), Is.EqualTo("Upsert { Key = 1, Rank = 2, Bidder = Joe, Price = 15 }"));
    }

    [Test]
    public async Task A_changelog_of_first_rows_without_their_ranks_holds_what_gets_in_and_what_falls_out()
    {
        await using var harness = new StreamTestHarness();
        var bids = harness.Source<Bid>();
        var output = await harness.StartAsync(from b in bids.Rows group b by b.Auction into g from row in g.OrderByDescending(b => b.Price).Take(3) select new { g.Key, row.Bidder }, OutputMode.Changelog);
        await bids.EpochAsync([new(1, "Ada", 10), new(1, "Bob", 20), new(1, "Eve", 30), new(2, "Ida", 5)]);
        Assert.That(Text(output.Take()), Is.EqualTo("Insert { Key = 1, Bidder = Ada }; Insert { Key = 1, Bidder = Bob }; Insert { Key = 1, Bidder = Eve }; Insert { Key = 2, Bidder = Ida }"));
        await harness.CrashAndRecoverAsync();
        await bids.EpochAsync([new(1, "Joe", 40), new(1, "Sue", 3), new(3, "Tom", 50)]);
        Assert.That(Text(output.Take()), Is.EqualTo("Delete { Key = 1, Bidder = Ada }; Insert { Key = 1, Bidder = Joe }; Insert { Key = 3, Bidder = Tom }"));
    }

    [Test]
    public async Task The_first_rows_of_a_table_are_sent_on_without_those_that_stay()
    {
        await using var harness = new StreamTestHarness();
        var bids = harness.Source<Bid>();
        var highest = from b in bids.Rows group b by b.Auction into g select new { g.Key, Highest = g.Max(b => b.Price) };
        var output = await harness.StartAsync(highest.OrderByDescending(b => b.Highest).Take(3).Select(b => b.Highest), OutputMode.Changelog);
        await bids.EpochAsync([new(1, "Ada", 10), new(2, "Bob", 5), new(3, "Eve", 30)]);
        Assert.That(Text(output.Take()), Is.EqualTo("Insert 10; Insert 30; Insert 5"));
        await bids.EpochAsync([new(4, "Ida", 20), new(3, "Joe", 40)]);
        Assert.That(Text(output.Take()), Is.EqualTo("Delete 30; Delete 5; Insert 20; Insert 40"));
    }

    [Test]
    public async Task Rows_that_stay_are_sent_again_where_something_else_that_they_show_has_changed()
    {
        await using var harness = new StreamTestHarness();
        var bids = harness.Source<Bid>();
        var query = from b in bids.Rows group b by b.Auction into g from row in g.OrderByDescending(b => b.Price).Take(2) select new { row.Bidder, Of = g.Count() };
        var output = await harness.StartAsync(query, OutputMode.Changelog);
        await bids.EpochAsync([new(1, "Ada", 10), new(1, "Bob", 20)]);
        Assert.That(Text(output.Take()), Is.EqualTo("Insert { Bidder = Ada, Of = 2 }; Insert { Bidder = Bob, Of = 2 }"));
        await bids.EpochAsync([new(1, "Eve", 15)]);
        Assert.That(Text(output.Take()), Is.EqualTo("Delete { Bidder = Ada, Of = 2 }; Delete { Bidder = Bob, Of = 2 }; Insert { Bidder = Bob, Of = 3 }; Insert { Bidder = Eve, Of = 3 }"));
    }

    [Test]
    public async Task A_list_that_is_left_out_for_one_of_its_rows_comes_back_whole_without_it()
    {
        await using var harness = new StreamTestHarness(options: new StreamingQueryOptions { OnRowError = RowErrorPolicy.SkipAndCount });
        var bids = harness.Source<Bid>();
        var query = from b in bids.Rows group b by b.Auction into g from row in g.OrderByDescending(b => b.Price).Take(2) select 100 / row.Price into parts group parts by parts into g select new { g.Key, N = g.Count() };
        var output = await harness.StartAsync(query, OutputMode.Update);
        await bids.EpochAsync([new(1, "Ada", 0), new(1, "Bob", 20)]);
        Assert.That(Text(output.Take()), Is.Empty);
        await bids.EpochAsync([new(1, "Eve", 10)]);
        Assert.That(Text(output.Take()), Is.EqualTo("Upsert { Key = 10, N = 1 }; Upsert { Key = 5, N = 1 }"));
        await bids.EpochAsync([new(1, "Joe", 50)]);
        Assert.That(Text(output.Take()), Is.EqualTo("Delete { Key = 10, N = 1 }; Upsert { Key = 2, N = 1 }"));
    }

    [Test]
    public void The_difference_of_two_lists_is_what_one_has_and_the_other_has_not()
    {
        var random = new Random(11);
        for (var round = 0; round < 2_000; round++)
        {
            var old = Drawn(random);
            var now = random.Next(2) == 0 ? Drawn(random) : [.. old.Where(_ => random.Next(8) > 0).Concat(Drawn(random).Take(3))];
            var (gone, come) = (old, now);
            RowsDifference.Trim(ref gone, ref come);
            Assert.That(now.Concat(gone).Order(), Is.EqualTo(old.Concat(come).Order()));
            if (old.SequenceEqual(now)) Assert.That(gone.Concat(come), Is.Empty);
        }

        int[] before = [1, 2, 3, 4], after = [1, 5, 2, 3];
        RowsDifference.Trim(ref before, ref after);
        Assert.That((before, after), Is.EqualTo((new[] { 4 }, new[] { 5 })));
    }

    private static int[] Drawn(Random random) => [.. Enumerable.Range(0, random.Next(random.Next(2) == 0 ? 6 : 400)).Select(_ => random.Next(50))];

    [Test]
    public async Task Rows_with_ties_leave_when_a_better_one_comes()
    {
        await using var harness = new StreamTestHarness();
        var bids = harness.Source<Bid>();
        var query = from b in bids.Rows
                    group b by 0 into all
                    from row in all.OrderByDescending(b => b.Price).TakeWithTies(1).Select((b, rank) => new { Rank = rank, b.Bidder, b.Price })
                    select row;
        var output = await harness.StartAsync(query, OutputMode.Update);
        await bids.EpochAsync([new(1, "Ada", 10), new(1, "Bob", 20), new(2, "Eve", 20)]);
        Assert.That(Text(output.Take()), Is.EqualTo("Upsert { Rank = 0, Bidder = Bob, Price = 20 }; Upsert { Rank = 1, Bidder = Eve, Price = 20 }"));
        await bids.EpochAsync([new(3, "Joe", 21)]);
        Assert.That(Text(output.Take()), Is.EqualTo("Delete { Rank = 1, Bidder = Eve, Price = 20 }; Upsert { Rank = 0, Bidder = Joe, Price = 21 }"));
    }

    [Test]
    public void Only_what_can_lose_rows_asks_a_sink_for_deletes()
    {
        var bids = StreamSource.From(new MemorySource<Bid>(), "bids");
        var groups = from b in bids group b by b.Auction;
        var top = from g in groups from row in g.OrderByDescending(b => b.Price).Take(2).Select((b, rank) => new { b.Auction, Rank = rank, b.Price }) select new { g.Key, row.Rank, row.Price };
        Assert.That(top.WriteTo(UpsertsTo(top), OutputMode.Update).Explain(), Does.Contain("Update to "));
        var ties = from g in groups from row in g.OrderByDescending(b => b.Price).TakeWithTies(2).Select((b, rank) => new { b.Auction, Rank = rank, b.Price }) select new { g.Key, row.Rank, row.Price };
        Assert.That(() => ties.WriteTo(UpsertsTo(ties), OutputMode.Update).Explain(), Throws.TypeOf<QueryTranslationException>().With.Message.StartsWith("SLQ1010"));
    }

    [Test]
    public async Task What_leaves_a_table_leaves_its_top_n()
    {
        await using var harness = new StreamTestHarness();
        var bids = harness.Source<Bid>();
        var query = from b in bids.Rows
                    group b by new { b.Auction, b.Bidder } into g
                    select new { g.Key.Auction, g.Key.Bidder, Bids = g.Count() } into per
                    where per.Bids < 3
                    group per by per.Auction into g
                    select new { g.Key, Most = g.MaxBy(p => p.Bids).Bidder, Longest = g.OrderBy(p => p.Bidder).Take(2).Aggregate(new LongestName()), All = string.Join(",", g.OrderBy(p => p.Bidder).ToList().Select(p => p.Bidder)) };
        var output = await harness.StartAsync(query, OutputMode.Update);
        await bids.EpochAsync([new(1, "Ada", 10), new(1, "Ada", 20), new(1, "Bob", 20), new(1, "Christine", 1)]);
        Assert.That(Text(output.Take()), Is.EqualTo("Upsert { Key = 1, Most = Ada, Longest = 3, All = Ada,Bob,Christine }"));
        await bids.EpochAsync([new(1, "Ada", 30), new(1, "Bob", 31)]);
        Assert.That(Text(output.Take()), Is.EqualTo("Upsert { Key = 1, Most = Bob, Longest = 9, All = Bob,Christine }"));
        await bids.EpochAsync([new(1, "Bob", 32), new(1, "Christine", 2), new(1, "Christine", 3)]);
        Assert.That(Text(output.Take()), Is.EqualTo("Delete { Key = 1, Most = Bob, Longest = 9, All = Bob,Christine }"));
    }

    [Test]
    public async Task A_top_n_over_a_stream_keeps_no_more_than_it_shows()
    {
        await using var harness = new StreamTestHarness();
        var bids = harness.Source<Bid>();
        var tops = from b in bids.Rows group b by b.Auction into g from row in g.OrderByDescending(b => b.Price).Take(3) select row;
        var output = await harness.StartAsync(tops, OutputMode.Complete);
        var random = new Random(7);
        var rows = Enumerable.Range(0, 20_000).Select(i => new Bid(i % 2, $"bidder {i}", random.Next(1_000_000))).ToArray();
        foreach (var part in rows.Chunk(1_000)) await bids.EpochAsync(part);
        Assert.That(output.Result, Is.EqualTo(rows.GroupBy(b => b.Auction).OrderBy(g => g.Key).SelectMany(g => g.OrderByDescending(b => b.Price).Take(3))));
    }

    private sealed class LongestName : IStreamAggregate<object, int, int>
    {
        public int Create() => 0;

        public int Add(int accumulator, object input) => Math.Max(accumulator, ((string)input.GetType().GetProperty("Bidder")!.GetValue(input)!).Length);

        public int Merge(int left, int right) => Math.Max(left, right);

        public int Result(int accumulator) => accumulator;
    }

    private static IStreamSink<T> UpsertsTo<T>(IStreamQueryable<T> query) => new UpsertSink<T>();

    private sealed class UpsertSink<T> : IStreamSink<T>
    {
        public string Description => "upserts";

        public SinkFeatures Features => SinkFeatures.Upserts;

        public ValueTask<IStreamSinkWriter<T>> OpenAsync(SinkContext context, CancellationToken cancellationToken) => throw new InvalidOperationException("never opened");
    }
}
