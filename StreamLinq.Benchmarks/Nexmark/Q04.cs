// q4: average winning price per category. A table of a table: a better bid takes the auction's price back from the average of its category.
namespace StreamLinq.Benchmarks.Nexmark;

public static class Q04
{
    public sealed record Row(long Id, long Final);

    public static IStreamQueryable<Row, Table> Query(Streams s) =>
        from a in s.Auctions
        join b in s.Bids.Unbounded() on a.Id equals b.AuctionId
        where a.DateTime <= b.DateTime && b.DateTime <= a.Expires
        group b.Price by new { a.Id, a.Category } into auction
        select new { auction.Key.Category, Final = auction.Max() } into won
        group won.Final by won.Category into category
        select new Row(category.Key, category.Sum() / category.Count());
}
