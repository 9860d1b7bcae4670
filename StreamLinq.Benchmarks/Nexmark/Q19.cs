// q19: the ten highest bids of each auction with their rank; of equal prices the earlier one. A new best bid moves all others down.
using System.Text.Json.Serialization;

namespace StreamLinq.Benchmarks.Nexmark;

public static class Q19
{
    public sealed record Row(long Auction, long Bidder, long Price, string Channel, string Url, DateTimeOffset DateTime, string Extra, [property: JsonPropertyName("rank_number")] int RankNumber);

    public static IStreamQueryable<Row, Table> Query(Streams s) =>
        from b in s.Bids
        group b by b.AuctionId into auction
        from row in auction.OrderByDescending(b => b.Price).ThenBy(b => b.DateTime).ThenBy(b => b.Seq).Take(10)
                           .Select((b, rank) => new Row(b.AuctionId, b.Bidder, b.Price, b.Channel, b.Url, b.DateTime, b.Extra, rank + 1))
        select row;
}
