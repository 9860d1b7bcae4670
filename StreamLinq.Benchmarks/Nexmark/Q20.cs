// q20: bids with their auction, of category 10. All bids of other categories wait for an auction that never comes, so the condition on the category keeps those auctions out, and no more.
using System.Text.Json.Serialization;

namespace StreamLinq.Benchmarks.Nexmark;

public static class Q20
{
    public sealed record Row(
        long Auction, long Bidder, long Price, string Channel, string Url, [property: JsonPropertyName("bid_dateTime")] DateTimeOffset BidDateTime, [property: JsonPropertyName("bid_extra")] string BidExtra,
        string ItemName, string Description, long InitialBid, long Reserve, [property: JsonPropertyName("auction_dateTime")] DateTimeOffset AuctionDateTime, DateTimeOffset Expires, long Seller, long Category,
        [property: JsonPropertyName("auction_extra")] string AuctionExtra);

    public static IStreamQueryable<Row, AppendOnly> Query(Streams s) =>
        from b in s.Bids
        join a in s.Auctions.Unbounded() on b.AuctionId equals a.Id
        where a.Category == 10
        select new Row(
            b.AuctionId, b.Bidder, b.Price, b.Channel, b.Url, b.DateTime, b.Extra,
            a.ItemName, a.Description, a.InitialBid, a.Reserve, a.DateTime, a.Expires, a.Seller, a.Category, a.Extra);
}
