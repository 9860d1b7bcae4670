// q5: hot items. The auctions with most bids per hopping window: a window on the windows that the counts carry.
namespace StreamLinq.Benchmarks.Nexmark;

public static class Q05
{
    public sealed record Row(long Auction, long Num);

    public static IStreamQueryable<Row, EventTime> Query(Streams s)
    {
        var counts = from b in s.Bids.Window(Windowing.Hopping(TimeSpan.FromSeconds(10), TimeSpan.FromSeconds(2)))
                     group b by b.AuctionId into g
                     select new { Auction = g.Key, Num = g.Count(), g.Window };

        return from c in counts.Window(c => c.Window)
               group c by 0 into all
               from c in all.OrderByDescending(c => c.Num).TakeWithTies(1)
               select new Row(c.Auction, c.Num);
    }
}
