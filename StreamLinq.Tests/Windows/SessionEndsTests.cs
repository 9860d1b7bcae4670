// The judge of what is known of the ends of sessions: sessions that begin, grow and go at random, and times that pass, give what a look at all sessions gives.
using FsCheck;
using FsCheck.Fluent;
using NUnit.Framework;
using StreamLinq.Embedded;

namespace StreamLinq.Tests.Windows;

[TestFixture]
public sealed class SessionEndsTests
{
    [Test]
    public void What_is_taken_out_and_what_is_first_are_those_that_a_look_at_all_sessions_finds() => FsCheck.Check.One(
        Config.QuickThrowOnFailure.WithMaxTest(300), Prop.ForAll(ArbMap.Default.ArbFor<int>(), seed => Run(new Random(seed))));

    private static void Run(Random random)
    {
        const int places = 40;
        var uses = new uint[places];
        var open = new SortedDictionary<int, long>();
        var ends = new SessionEnds((at, use) => uses[at] == use ? open[at] : SessionEnds.Gone);
        // Far from the beginning of time or near it; epochs of a tick or of many gaps.
        var (now, step, gap) = (random.Next(2) == 0 ? 0 : 638_000_000_000_000_000, 1 << random.Next(12), 1 << random.Next(14));
        for (var i = 0; i < 400; i++)
        {
            var at = random.Next(places);
            switch (random.Next(6))
            {
                case 0 or 1 when !open.ContainsKey(at):
                    // Now and then one that is over already.
                    open[at] = Math.Max(0, now + random.Next(-5, gap));
                    ends.Add(at, ++uses[at], open[at]);
                    break;
                case 2 or 3 when open.TryGetValue(at, out var end):
                    open[at] = end + random.Next(gap);
                    break;
                case 4 when random.Next(4) == 0 && open.Remove(at):
                    uses[at]++;
                    break;
                case 5:
                    now += random.Next(step);
                    Take(now);
                    break;
            }

            if (random.Next(3) == 0) Check(ends.Earliest, open.Count == 0 ? null : open.Values.Min(), "the first");
        }

        Take(long.MaxValue);
        Check(ends.Earliest, null, "at the end");

        void Take(long until)
        {
            var taken = new List<int>();
            ends.Take(until, taken);
            Check(string.Join(" ", taken.Order()), string.Join(" ", open.Where(o => o.Value <= until).Select(o => o.Key)), "taken");
            foreach (var at in taken)
            {
                open.Remove(at);
                uses[at]++;
            }
        }
    }

    // Not an assertion: NUnit would report each of those that fail while FsCheck looks for a smaller case.
    private static void Check<T>(T actual, T expected, string what)
    {
        if (!EqualityComparer<T>.Default.Equals(actual, expected)) throw new InvalidOperationException($"{what}: {actual}, not {expected}");
    }
}
