// The table of groups while it grows: groups move a few at a time, and nobody who looks for one can tell.
using NUnit.Framework;
using StreamLinq.Embedded;

namespace StreamLinq.Tests.Tables;

[TestFixture]
public sealed class GroupTableGrowthTests
{
    [TestCase(1)]
    [TestCase(2)]
    [TestCase(3)]
    [TestCase(4)]
    public void Groups_are_found_removed_and_told_of_while_they_move(int seed)
    {
        var random = new Random(seed);
        var table = new GroupTable<long, long, long, IntegerHash<long>>((ulong)random.NextInt64(), static (_, sum) => sum, canonical: null);
        var truth = new Dictionary<long, long>();
        var moving = 0;
        for (var epoch = 0; epoch < 60; epoch++)
        {
            var before = new Dictionary<long, long?>();
            var keys = 2000 + (epoch * 3000);
            for (var row = random.Next(6000); row >= 0; row--)
            {
                // The key 0 is also that of a free slot.
                var key = random.Next(20) == 0 ? 0 : random.Next(keys);
                before.TryAdd(key, truth.TryGetValue(key, out var old) ? old : null);
                truth[key] = old + row;
                var slot = table.Slot(key);
                table.Entries[slot].Accumulator += row;
                if (table.Unmoved > 0) moving++;
            }

            Assert.That(table.Count, Is.EqualTo(truth.Count));
            var told = new Dictionary<long, long?>();
            foreach (var touched in table.Touched)
            {
                var entry = table.Entries[touched.Slot];
                told.Add(entry.Key, touched.Existed ? touched.Old : null);
                Assert.That(entry.Accumulator, Is.EqualTo(truth[entry.Key]));
            }

            Same(told, before);
            var gone = before.Keys.Where(_ => random.Next(3) == 0).ToList();
            table.EndEpoch(gone);
            foreach (var key in gone) truth.Remove(key);
            Assert.That(table.Touched.Length, Is.Zero);
            if (random.Next(10) == 0) Same(table.Slots().ToDictionary(s => table.Entries[s].Key, s => table.Entries[s].Accumulator), truth);
        }

        Assert.That(moving, Is.GreaterThan(1000), "no table was large enough to move in steps: the test shows nothing");
    }

    [Test]
    public void Restored_groups_are_taken_back_while_they_move()
    {
        var table = new GroupTable<long, long, byte, IntegerHash<long>>(seed: 7, static (_, _) => 0, canonical: null);
        var moving = 0;
        for (var key = 0L; key < 100_000; key++)
        {
            table.Restore(key, key);
            if (table.Unmoved == 0) continue;
            moving++;
            table.Restore(key / 2, -1);
            table.RestoreRemoval(key / 3);
            table.Restore(key / 3, key / 3);
        }

        Assert.That(moving, Is.GreaterThan(1000));
        Assert.That(table.Count, Is.EqualTo(100_000));
        Assert.That(table.Slots().Select(s => table.Entries[s].Key).Order(), Is.EqualTo(Enumerable.Range(0, 100_000).Select(k => (long)k)));
    }

    [Test]
    public void The_order_of_the_first_rows_stays_while_groups_move()
    {
        var table = new GroupTable<long, long, byte, IntegerHash<long>>(seed: 7, static (_, _) => 0, canonical: null, ordered: true);
        var keys = Enumerable.Range(0, 60_000).Select(i => (i * 7919L) % 60_000).ToList();
        int[] order = [];
        foreach (var key in keys)
        {
            table.Slot(key);
            if (table.Count is not (30_000 or 60_000)) continue;
            var found = new List<long>();
            foreach (var slot in table.InOrder(ref order)) found.Add(table.Entries[slot].Key);
            Assert.That(found, Is.EqualTo(keys.Take(table.Count)));
        }
    }

    [Test]
    public void No_row_waits_for_more_than_a_few_groups_to_move_and_all_have_moved_before_the_table_grows_again()
    {
        const int Few = 500;
        var table = new GroupTable<long, long, long, IntegerHash<long>>(seed: 11, static (_, sum) => sum, canonical: null);
        var (growths, unmoved) = (0, 0);
        for (var key = 0L; key < 1_000_000; key++)
        {
            table.Slot(key);
            if (table.Unmoved > unmoved)
            {
                Assert.That(unmoved, Is.Zero);
                Assert.That(table.Unmoved, Is.GreaterThan(table.Count - Few));
                growths++;
            }
            else
            {
                Assert.That(unmoved - table.Unmoved, Is.LessThan(Few));
            }

            unmoved = table.Unmoved;
        }

        Assert.That(growths, Is.InRange(4, 10));
    }

    private static void Same<T>(Dictionary<long, T> found, Dictionary<long, T> expected)
    {
        Assert.That(found, Has.Count.EqualTo(expected.Count));
        foreach (var (key, value) in expected) Assert.That(found.TryGetValue(key, out var its) && Equals(its, value), $"key {key}");
    }
}
