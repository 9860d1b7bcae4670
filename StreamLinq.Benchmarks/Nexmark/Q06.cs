// q6: average selling price per seller over each auction and the ten before it: rows with their neighbours, over a table. A better bid takes the averages of its auction and of those behind it back.
using System.Text.Json.Serialization;

namespace StreamLinq.Benchmarks.Nexmark;

public static class Q06
{
    public sealed record Row(long Seller, [property: JsonPropertyName("avg_price")] long AvgPrice);

    public static IStreamQueryable<Row, Table> Query(Streams s) =>
        from won in Q09.Query(s)
        group won by won.Seller into seller
        from frame in seller.OrderBy(w => w.BidDateTime).ThenBy(w => w.Id).Over(preceding: 10)
        select new Row(seller.Key, frame.Sum(w => w.Price) / frame.Count());
}
