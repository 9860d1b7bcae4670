// What the queries read: the mixed stream with one watermark for all three kinds of events, and its three views.
namespace StreamLinq.Benchmarks.Nexmark;

/// <param name="arrivals">The events in the order they came.</param>
public sealed class Streams(IStreamQueryable<Event, AppendOnly> arrivals)
{
    public IStreamQueryable<Event, AppendOnly> Arrivals => arrivals;

    /// <summary>The rows of the second file, which do not change.</summary>
    public IEnumerable<Q13.Side> SideInput { get; init; } = [];

    public IStreamQueryable<Event, EventTime> Events => arrivals.WithEventTime(e => e.DateTime, maxDelay: TimeSpan.FromSeconds(4));

    public IStreamQueryable<Person, EventTime> Persons => from e in Events where e is Person select (Person)e;

    public IStreamQueryable<Auction, EventTime> Auctions => from e in Events where e is Auction select (Auction)e;

    public IStreamQueryable<Bid, EventTime> Bids => from e in Events where e is Bid select (Bid)e;
}
