// q17: auction statistics per day. An average of integers, cut off, is a sum divided by a count.
namespace StreamLinq.Benchmarks.Nexmark;

public static class Q17
{
    public sealed record Row(long Auction, DateOnly Day, long TotalBids, long Rank1Bids, long Rank2Bids, long Rank3Bids, long MinPrice, long MaxPrice, long AvgPrice, long SumPrice);

    public static IStreamQueryable<Row, Table> Query(Streams s) =>
        from b in s.Bids
        group b.Price by new { b.AuctionId, Day = DateOnly.FromDateTime(b.DateTime.UtcDateTime) } into g
        select new Row(
            g.Key.AuctionId, g.Key.Day,
            g.Count(), g.Count(p => p < 10_000), g.Count(p => p >= 10_000 && p < 1_000_000), g.Count(p => p >= 1_000_000),
            g.Min(), g.Max(), g.Sum() / g.Count(), g.Sum());
}
