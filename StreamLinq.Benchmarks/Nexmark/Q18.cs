// q18: last bid of each bidder on each auction, by event time: a bid that comes late does not replace a newer one.
namespace StreamLinq.Benchmarks.Nexmark;

public static class Q18
{
    public sealed record Row(long Auction, long Bidder, long Price, string Channel, string Url, DateTimeOffset DateTime, string Extra);

    public static IStreamQueryable<Row, Table> Query(Streams s) =>
        from b in s.Bids.LatestBy(b => new { b.Bidder, b.AuctionId })
        select new Row(b.AuctionId, b.Bidder, b.Price, b.Channel, b.Url, b.DateTime, b.Extra);
}
