// q7: highest bid. The greatest price of each window, and the bids that have it from ten seconds before the window's end to its end, both included. The time of a window's result is its last instant.
namespace StreamLinq.Benchmarks.Nexmark;

public static class Q07
{
    public sealed record Row(long Auction, long Price, long Bidder, DateTimeOffset DateTime, string Extra);

    public static IStreamQueryable<Row, EventTime> Query(Streams s)
    {
        var (size, tick) = (TimeSpan.FromSeconds(10), TimeSpan.FromTicks(1));
        var highest = from b in s.Bids.Window(Windowing.Tumbling(size))
                      group b by 0 into g
                      select new { Price = g.Max(b => b.Price) };

        return from h in highest
               join b in s.Bids.Within(size - tick, tick) on h.Price equals b.Price
               select new Row(b.AuctionId, b.Price, b.Bidder, b.DateTime, b.Extra);
    }
}
