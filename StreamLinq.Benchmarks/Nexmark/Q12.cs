// q12: windows of processing time. The only query whose result depends on when rows arrive.
namespace StreamLinq.Benchmarks.Nexmark;

public static class Q12
{
    public sealed record Row(long Bidder, long BidCount, DateTimeOffset Starttime, DateTimeOffset Endtime);

    public static IStreamQueryable<Row, EventTime> Query(Streams s) =>
        from b in s.Arrivals.WithProcessingTime().Where(e => e is Bid).Select(e => (Bid)e).Window(Windowing.Tumbling(TimeSpan.FromSeconds(10)))
        group b by b.Bidder into g
        select new Row(g.Key, g.Count(), g.Window.Start, g.Window.End);
}
