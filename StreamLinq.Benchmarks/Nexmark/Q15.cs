// q15: bidding statistics per day: filtered counts and distinct counts.
namespace StreamLinq.Benchmarks.Nexmark;

public static class Q15
{
    public sealed record Row(
        DateOnly Day, long TotalBids, long Rank1Bids, long Rank2Bids, long Rank3Bids, long TotalBidders, long Rank1Bidders, long Rank2Bidders, long Rank3Bidders,
        long TotalAuctions, long Rank1Auctions, long Rank2Auctions, long Rank3Auctions);

    public static IStreamQueryable<Row, Table> Query(Streams s) =>
        from b in s.Bids
        group b by DateOnly.FromDateTime(b.DateTime.UtcDateTime) into g
        let rank1 = g.Where(b => b.Price < 10_000)
        let rank2 = g.Where(b => b.Price >= 10_000 && b.Price < 1_000_000)
        let rank3 = g.Where(b => b.Price >= 1_000_000)
        select new Row(
            g.Key, g.Count(), rank1.Count(), rank2.Count(), rank3.Count(),
            g.CountDistinct(b => b.Bidder), rank1.CountDistinct(b => b.Bidder), rank2.CountDistinct(b => b.Bidder), rank3.CountDistinct(b => b.Bidder),
            g.CountDistinct(b => b.AuctionId), rank1.CountDistinct(b => b.AuctionId), rank2.CountDistinct(b => b.AuctionId), rank3.CountDistinct(b => b.AuctionId));
}
