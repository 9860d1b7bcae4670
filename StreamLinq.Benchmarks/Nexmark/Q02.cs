// q2: selection.
namespace StreamLinq.Benchmarks.Nexmark;

public static class Q02
{
    public sealed record Row(long Auction, long Price);

    public static IStreamQueryable<Row, EventTime> Query(Streams s) =>
        from b in s.Bids
        where b.AuctionId % 123 == 0
        select new Row(b.AuctionId, b.Price);
}
