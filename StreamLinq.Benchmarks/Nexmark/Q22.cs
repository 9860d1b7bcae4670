// q22: directories of the url.
namespace StreamLinq.Benchmarks.Nexmark;

public static class Q22
{
    public sealed record Row(long Auction, long Bidder, long Price, string Channel, string? Dir1, string? Dir2, string? Dir3);

    public static IStreamQueryable<Row, EventTime> Query(Streams s) =>
        from b in s.Bids
        let parts = b.Url.Split('/')
        select new Row(b.AuctionId, b.Bidder, b.Price, b.Channel, parts.ElementAtOrDefault(3), parts.ElementAtOrDefault(4), parts.ElementAtOrDefault(5));
}
