// q1: currency conversion, in exact decimals.
namespace StreamLinq.Benchmarks.Nexmark;

public static class Q01
{
    public sealed record Row(long Auction, long Bidder, decimal Price, DateTimeOffset DateTime, string Extra);

    public static IStreamQueryable<Row, EventTime> Query(Streams s) =>
        from b in s.Bids
        select new Row(b.AuctionId, b.Bidder, 0.908m * b.Price, b.DateTime, b.Extra);
}
