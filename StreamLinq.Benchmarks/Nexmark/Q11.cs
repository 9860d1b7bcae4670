// q11: user sessions.
namespace StreamLinq.Benchmarks.Nexmark;

public static class Q11
{
    public sealed record Row(long Bidder, long BidCount, DateTimeOffset Starttime, DateTimeOffset Endtime);

    public static IStreamQueryable<Row, EventTime> Query(Streams s) =>
        from b in s.Bids.Window(Windowing.Session(gap: TimeSpan.FromSeconds(10)))
        group b by b.Bidder into g
        select new Row(g.Key, g.Count(), g.Window.Start, g.Window.End);
}
