// Keys are spread evenly over workers, and those of one worker evenly over its table.
using System.Runtime.InteropServices;
using NUnit.Framework;
using StreamLinq.Embedded;

namespace StreamLinq.Tests.Workers;

[TestFixture]
public sealed class LaneOfKeyTests
{
    private const int Keys = 64_000;

    [TestCase(1)]
    [TestCase(2)]
    [TestCase(1024)]
    [TestCase(-7)]
    public void Numbers_at_any_distance_are_spread_evenly(int step) => Spread(i => (long)i * step);

    [Test]
    public void Strings_are_spread_evenly() => Spread(i => $"key {i}");

    [Test]
    public void Pairs_are_spread_evenly() => Spread(i => (i % 250, i / 250));

    [Test]
    public void Triples_are_spread_evenly() => Spread(i => ((short)(i % 40), $"{i % 100}", i / 100));

    [Test]
    public void A_key_has_the_same_worker_wherever_it_is_asked_for()
    {
        Same("a text");
        Same(42);
        Same(DayOfWeek.Friday);
        Same((1, 2));
        Same(('a', true));
        Same((1L, "x"));
        Same((1, (2L, "y"), 3.5m));
        Same((1, 2, 3, 4));
        Same(new DateOnly(2026, 11, 21));

        // By the struct that tables and exchanges of such keys are made with.
        static void Same<TKey>(TKey key) => Assert.That(LaneOfKey.HashOf(key, 17), Is.EqualTo(((IKeyHash<TKey>)Activator.CreateInstance(KeyHash.For(typeof(TKey)))!).Hash(key, 17)), typeof(TKey).Name);
    }

    private static void Spread<TKey>(Func<int, TKey> keyOf)
    {
        foreach (var lanes in (int[])[2, 3, 16])
        {
            // By worker, and within it by the upper bits of the hash, by which a table finds its slots.
            var counts = new Dictionary<(int Lane, int Slot), int>();
            for (var i = 0; i < Keys; i++)
            {
                var hash = LaneOfKey.HashOf(keyOf(i), 0x1234_5678_9ABC_DEF1);
                CollectionsMarshal.GetValueRefOrAddDefault(counts, (LaneOfKey.Of(hash, lanes), (int)(hash >> 60)), out _)++;
            }

            Assert.That(counts, Has.Count.EqualTo(lanes * 16), $"{lanes} workers");
            var even = (double)Keys / lanes / 16;
            Assert.That(counts.Values.Min(), Is.GreaterThan(even * 0.4), $"{lanes} workers");
            Assert.That(counts.Values.Max(), Is.LessThan(even * 2.5), $"{lanes} workers");
        }
    }
}
