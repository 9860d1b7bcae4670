// q14: calculation, with functions of the user.
using System.Text.Json.Serialization;

namespace StreamLinq.Benchmarks.Nexmark;

public static class Q14
{
    public sealed record Row(long Auction, long Bidder, decimal Price, string BidTimeType, DateTimeOffset DateTime, string Extra, [property: JsonPropertyName("c_counts")] int CCounts);

    public static IStreamQueryable<Row, EventTime> Query(Streams s) =>
        from b in s.Bids
        let price = 0.908m * b.Price
        where price > 1_000_000 && price < 50_000_000
        select new Row(b.AuctionId, b.Bidder, price, TimeType(b.DateTime.UtcDateTime.Hour), b.DateTime, b.Extra, Count(b.Extra));

    private static int Count(string extra) => extra.AsSpan().Count('c');

    private static string TimeType(int hour) => hour switch { >= 8 and <= 18 => "dayTime", <= 6 or >= 20 => "nightTime", _ => "otherTime" };
}
