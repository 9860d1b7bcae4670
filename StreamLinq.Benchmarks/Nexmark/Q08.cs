// q8: new users. Who has registered and opened an auction in one window; both are told once per window.
namespace StreamLinq.Benchmarks.Nexmark;

public static class Q08
{
    public sealed record Row(long Id, string Name, DateTimeOffset Stime);

    public static IStreamQueryable<Row, EventTime> Query(Streams s)
    {
        var windowing = Windowing.Tumbling(TimeSpan.FromSeconds(10));
        var registered = from p in s.Persons.Window(windowing) group p by new { p.Id, p.Name } into g select new { g.Key.Id, g.Key.Name, g.Window };
        var sellers = from a in s.Auctions.Window(windowing) group a by a.Seller into g select new { Id = g.Key, g.Window };

        return from p in registered.Window(p => p.Window)
               join a in sellers.Window(a => a.Window) on p.Id equals a.Id
               select new Row(p.Id, p.Name, p.Window.Start);
    }
}
