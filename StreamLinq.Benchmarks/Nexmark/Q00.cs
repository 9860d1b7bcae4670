// q0: pass-through.
namespace StreamLinq.Benchmarks.Nexmark;

public static class Q00
{
    public sealed record Row(long Auction, long Bidder, long Price, DateTimeOffset DateTime, string Extra);

    public static IStreamQueryable<Row, EventTime> Query(Streams s) =>
        from b in s.Bids
        select new Row(b.AuctionId, b.Bidder, b.Price, b.DateTime, b.Extra);
}
