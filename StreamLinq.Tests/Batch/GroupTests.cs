// Groups: keys, having, let, elements, groups of groups, and whole queries as in the language's examples.
using System.Diagnostics.CodeAnalysis;
using NUnit.Framework;

namespace StreamLinq.Tests.Batch;

[SuppressMessage("Structure", "NUnit1027", Justification = "FsCheck supplies the arguments.")]
public sealed class GroupTests
{
    [Test]
    public void Word_count()
    {
        var counts = from line in Rows.Of<string>()
                     from word in line.Split(' ')
                     where word.Length > 0
                     group word by word into g
                     select new { Word = g.Key, Count = g.Count() } into row
                     orderby row.Count descending
                     select row;
        Assert.That(counts.Over(["to be or", "not  to be", "be"]).ToList(), Is.EqualTo(new[]
        {
            new { Word = "be", Count = 3L }, new { Word = "to", Count = 2L }, new { Word = "or", Count = 1L }, new { Word = "not", Count = 1L },
        }));
    }

    [FsCheck.NUnit.Property]
    public bool Group_by_a_composite_key_with_an_element_and_having(Bid[] rows)
    {
        var query = from b in Rows.Of<Bid>()
                    group b.Price by new { Auction = b.Auction % 3, b.Channel } into g
                    where g.Count() > 1
                    let total = g.Sum()
                    select new { g.Key, Total = total, Most = g.Max(), Least = g.Min() };
        var expected = from b in rows
                       group b.Price by new { Auction = b.Auction % 3, b.Channel } into g
                       where g.Count() > 1
                       let total = g.Sum(price => (long)price)
                       select new { g.Key, Total = total, Most = g.Max(), Least = g.Min() };
        return query.Over(rows).ToList().SequenceEqual(expected);
    }

    [FsCheck.NUnit.Property]
    public bool A_group_over_a_group(Bid[] rows)
    {
        var query = from b in Rows.Of<Bid>()
                    group b.Price by new { b.Auction, Category = b.Auction % 3 } into auction
                    select new { auction.Key.Category, Final = auction.Max() } into won
                    group won.Final by won.Category into category
                    select new { category.Key, Average = category.Sum() / category.Count(), Mean = category.Average() };
        var expected = from b in rows
                       group b.Price by new { b.Auction, Category = b.Auction % 3 } into auction
                       select new { auction.Key.Category, Final = auction.Max() } into won
                       group won.Final by won.Category into category
                       select new { category.Key, Average = category.Sum(p => (long)p) / category.Count(), Mean = (double)category.Sum(p => (long)p) / category.Count() };
        return query.Over(rows).ToList().SequenceEqual(expected);
    }

    [FsCheck.NUnit.Property]
    public bool Filtered_and_distinct_aggregates_through_let(Bid[] rows)
    {
        var limit = 3;
        var query = from b in Rows.Of<Bid>()
                    group b by b.Auction % 3 into day
                    let cheap = day.Where(b => b.Price < limit)
                    select new { day.Key, Bids = day.Count(), CheapBids = cheap.Count(), CheapBidders = cheap.CountDistinct(b => b.Bidder), Dear = day.Count(b => b.Price >= limit) };
        var expected = from b in rows
                       group b by b.Auction % 3 into day
                       let cheap = day.Where(b => b.Price < limit)
                       select new
                       {
                           day.Key,
                           Bids = day.LongCount(),
                           CheapBids = cheap.LongCount(),
                           CheapBidders = cheap.Select(b => b.Bidder).Distinct().LongCount(),
                           Dear = day.LongCount(b => b.Price >= limit),
                       };
        return query.Over(rows).ToList().SequenceEqual(expected);
    }

    [FsCheck.NUnit.Property]
    public bool Top_N_per_key_with_rank(Bid[] rows)
    {
        var query = from b in Rows.Of<Bid>()
                    group b by b.Auction % 3 into g
                    from row in g.OrderByDescending(b => b.Price).ThenBy(b => b.Bidder).Take(2).Select((b, rank) => new { b.Auction, b.Bidder, b.Price, Rank = rank + 1 })
                    select row;
        var expected = from b in rows
                       group b by b.Auction % 3 into g
                       from row in g.OrderByDescending(b => b.Price).ThenBy(b => b.Bidder).Take(2).Select((b, rank) => new { b.Auction, b.Bidder, b.Price, Rank = rank + 1 })
                       select row;
        return query.Over(rows).ToList().SequenceEqual(expected);
    }

    [FsCheck.NUnit.Property]
    public bool TakeWithTies_keeps_all_that_equal_the_last(Bid[] rows, byte more)
    {
        var count = 1 + more % 5;
        var query = from b in Rows.Of<Bid>()
                    group b by 0 into g
                    from row in g.OrderByDescending(b => b.Price % 3).ThenBy(b => b.Bidder % 2).TakeWithTies(count)
                    select row;
        var sorted = rows.OrderByDescending(b => b.Price % 3).ThenBy(b => b.Bidder % 2).ToList();
        var taken = sorted.Take(count).ToList();
        var ties = sorted.Skip(taken.Count).TakeWhile(b => taken.Count > 0 && b.Price % 3 == taken[^1].Price % 3 && b.Bidder % 2 == taken[^1].Bidder % 2);
        return query.Over(rows).ToList().SequenceEqual(taken.Concat(ties));
    }

    [Test]
    public void Keys_are_compared_by_value()
    {
        var noon = new DateTimeOffset(2024, 5, 1, 12, 0, 0, TimeSpan.Zero);
        Assert.That(Sizes([1.0m, 1.00m, 2m]), Is.EqualTo([2L, 1L]));
        Assert.That(Sizes([-0.0, double.NaN, 0.0, double.NaN, 1.0]), Is.EqualTo([2L, 2L, 1L]));
        Assert.That(Sizes([noon, noon.ToOffset(TimeSpan.FromHours(2)), noon.AddTicks(1)]), Is.EqualTo([2L, 1L]));
        Assert.That(Sizes<string?>(["a", null, "A", null, "a"]), Is.EqualTo([2L, 2L, 1L]));
        Assert.That(Sizes<double?>([-0.0, null, 0.0, null, null]), Is.EqualTo([2L, 3L]));
        Assert.That(Sizes<(decimal, string?)>([(1.0m, null), (1.00m, null), (1m, "")]), Is.EqualTo([2L, 1L]));

        static IReadOnlyList<long> Sizes<K>(K[] keys)
        {
            var simple = Rows.Of<K>().GroupBy(k => k).Select(g => g.Count()).Over(keys).ToList();
            var composite = Rows.Of<K>().GroupBy(k => new { Other = 1, Key = k }).Select(g => g.Count()).Over(keys).ToList();
            Assert.That(composite, Is.EqualTo(simple));
            return simple;
        }
    }

    [Test]
    public void Groups_come_in_the_order_of_their_first_row_and_may_be_made_of_a_table()
    {
        var query = Rows.Of<int>().Unbounded().GroupBy(x => x % 3, x => x * 10).Select(g => new { g.Key, All = string.Join(",", g.ToList()) });
        Assert.That(query.Over([5, 1, 2, 4]).ToList(), Is.EqualTo(new[] { new { Key = 2, All = "50,20" }, new { Key = 1, All = "10,40" } }));
    }
}
