// Events of Nexmark made in memory: of every 50 one person, three auctions and 46 bids, half of the bids for one hot auction in a hundred and three quarters of them by one hot bidder,
// evenly spaced over a span of event time. The rules and ratios are those of Nexmark's own generator; the random numbers are not, so rows differ and their distribution does not.
using System.Collections.Immutable;
using System.Globalization;
using System.Text;

namespace StreamLinq.Benchmarks.Nexmark;

/// <param name="count">How many events there are.</param>
/// <param name="span">The event time from the first to after the last.</param>
/// <param name="seed">The same seed gives the same events.</param>
public sealed class EventGenerator(int count, TimeSpan span, ulong seed)
{
    private const int Round = 50;
    private const int AuctionsPerRound = 3;
    private const int FirstId = 1000;
    private const int Hot = 100;
    private const int Ahead = 10;
    private const int ActivePersons = 1000;
    private const int EventsUntilExpiry = 1666;
    private const int Channels = 10_000;
    private const int PoolChars = 1 << 20;
    private const int PersonChars = 80;
    private const int AuctionChars = 330;
    private const int BidChars = 60;

    private static readonly DateTimeOffset Begin = new(2015, 7, 15, 0, 0, 0, TimeSpan.Zero);
    private static readonly ImmutableArray<string> FirstNames = ["Peter", "Paul", "Luke", "John", "Saul", "Vicky", "Kate", "Julie", "Sarah", "Deiter", "Walter"];
    private static readonly ImmutableArray<string> LastNames = ["Shultz", "Abrams", "Spencer", "White", "Bartels", "Walton", "Smith", "Jones", "Noris"];
    private static readonly ImmutableArray<string> Cities = ["Phoenix", "Los Angeles", "San Francisco", "Boise", "Portland", "Bend", "Redmond", "Seattle", "Kent", "Cheyenne"];
    private static readonly ImmutableArray<string> States = ["AZ", "CA", "ID", "OR", "WA", "WY"];
    private static readonly ImmutableArray<string> HotChannels = ["Google", "Facebook", "Baidu", "Apple"];

    private readonly string[] _channels = [.. Enumerable.Range(0, Channels).Select(i => string.Create(CultureInfo.InvariantCulture, $"channel-{i}"))];
    private readonly string[] _urls = new string[Channels];
    private readonly string[] _hotUrls = new string[HotChannels.Length];
    private readonly char[] _pool = new char[PoolChars];
    private ulong _state = seed;

    /// <summary>All events, in the order of their times.</summary>
    public Event[] Make()
    {
        for (var i = 0; i < PoolChars; i++) _pool[i] = (char)('H' + Below('z' - 'H' + 1));
        for (var i = 0; i < HotChannels.Length; i++) _hotUrls[i] = Url();
        for (var i = 0; i < Channels; i++) _urls[i] = Below(10) < 9 ? string.Create(CultureInfo.InvariantCulture, $"{Url()}&channel_id={Below(int.MaxValue)}") : Url();
        var events = new Event[count];
        for (var i = 0; i < count; i++)
        {
            var time = Begin.AddMilliseconds(Math.Floor(span.TotalMilliseconds * i / count));
            events[i] = (i % Round) switch { 0 => NextPerson(i, time), <= AuctionsPerRound => NextAuction(i, time), _ => NextBid(i, time) };
        }

        return events;
    }

    private Person NextPerson(int number, DateTimeOffset time) => new(
        FirstId + (number / Round), $"{FirstNames[Below(FirstNames.Length)]} {LastNames[Below(LastNames.Length)]}", $"{Word(7)}@{Word(5)}.com", Digits(), Cities[Below(Cities.Length)], States[Below(States.Length)],
        time, Extra(PersonChars), number);

    private Auction NextAuction(int number, DateTimeOffset time)
    {
        var initial = Price();
        var expires = time.AddMilliseconds(1 + Below((int)Math.Max(1, 2 * span.TotalMilliseconds * EventsUntilExpiry / count)));
        return new Auction(FirstId + LastAuction(number), Word(20), Word(100), initial, initial + Price(), time, expires, Below(4) < 3 ? FirstId + (number / Round / Hot * Hot) : AnyPerson(number), 10 + Below(5), Extra(AuctionChars), number);
    }

    private Bid NextBid(int number, DateTimeOffset time)
    {
        var last = LastAuction(number);
        var auction = Below(2) == 0 ? last / Hot * Hot : Math.Max(last - Hot, 0) + Below(last + Ahead + 1 - Math.Max(last - Hot, 0));
        var bidder = Below(4) < 3 ? FirstId + (number / Round / Hot * Hot) + 1 : AnyPerson(number);
        var isHot = Below(2) == 0;
        var channel = Below(isHot ? HotChannels.Length : Channels);
        return new Bid(FirstId + auction, bidder, Price(), isHot ? HotChannels[channel] : _channels[channel], isHot ? _hotUrls[channel] : _urls[channel], time, Extra(BidChars), number);
    }

    private static int LastAuction(int number) => (number / Round * AuctionsPerRound) + Math.Clamp((number % Round) - 1, -1, AuctionsPerRound - 1);

    // One of those that came last, or of the few that come next.
    private int AnyPerson(int number)
    {
        var persons = (number / Round) + 1;
        var active = Math.Min(persons, ActivePersons);
        return FirstId + persons - active + Below(active + Ahead);
    }

    // Between 100 and 100 million, each power of ten as likely as the next.
    private long Price() => (long)Math.Round(Math.Pow(10, 6 * (Next() >> 11) * (1.0 / (1UL << 53))) * 100);

    private string Url() => $"https://www.nexmark.com/{Word(5)}/{Word(5)}/{Word(5)}/item.htm?query=1";

    private string Word(int most)
    {
        var word = new StringBuilder();
        for (var i = 3 + Below(most - 3); i > 0; i--) word.Append((char)('a' + Below(26)));
        return word.ToString();
    }

    private string Digits() => string.Create(CultureInfo.InvariantCulture, $"{Below(10_000):D4} {Below(10_000):D4} {Below(10_000):D4} {Below(10_000):D4}");

    // A fifth more or less.
    private string Extra(int chars)
    {
        var length = (chars * 4 / 5) + Below(chars * 2 / 5);
        return new string(_pool, Below(PoolChars - length), length);
    }

    private int Below(int bound) => (int)((Next() >> 32) * (ulong)bound >> 32);

    // SplitMix64.
    private ulong Next()
    {
        var z = _state += 0x9E3779B97F4A7C15;
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return z ^ (z >> 31);
    }
}
