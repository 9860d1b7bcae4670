// q9: winning bids. Each auction with its best bid so far; of equal prices the earlier one.
using System.Text.Json.Serialization;

namespace StreamLinq.Benchmarks.Nexmark;

public static class Q09
{
    public sealed record Row(
        long Id, string ItemName, string Description, long InitialBid, long Reserve, DateTimeOffset DateTime, DateTimeOffset Expires, long Seller, long Category, string Extra,
        long Auction, long Bidder, long Price, [property: JsonPropertyName("bid_dateTime")] DateTimeOffset BidDateTime, [property: JsonPropertyName("bid_extra")] string BidExtra);

    public static IStreamQueryable<Row, Table> Query(Streams s) =>
        from a in s.Auctions
        join b in s.Bids.Unbounded() on a.Id equals b.AuctionId
        where a.DateTime <= b.DateTime && b.DateTime <= a.Expires
        group new Match(a, b) by a.Id into auction
        let best = auction.OrderByDescending(m => m.Bid.Price).ThenBy(m => m.Bid.DateTime).ThenBy(m => m.Bid.Seq).First()
        select new { auction.Key, best.Auction, best.Bid } into won
        select new Row(
            won.Key, won.Auction.ItemName, won.Auction.Description, won.Auction.InitialBid, won.Auction.Reserve, won.Auction.DateTime, won.Auction.Expires, won.Auction.Seller, won.Auction.Category, won.Auction.Extra,
            won.Bid.AuctionId, won.Bid.Bidder, won.Bid.Price, won.Bid.DateTime, won.Bid.Extra);

    public sealed record Match(Auction Auction, Bid Bid);
}
