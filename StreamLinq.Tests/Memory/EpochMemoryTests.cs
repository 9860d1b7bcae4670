// A memory budget makes epochs smaller; whoever asks for all rows, or for one epoch, gets what he asked for all the same.
using NUnit.Framework;
using StreamLinq.Embedded;

namespace StreamLinq.Tests.Memory;

[TestFixture]
public sealed class EpochMemoryTests
{
    private const int Rows = 20_000;
    private const long RoomForFewRows = 1_000_000;

    [Test]
    public async Task Who_waits_for_all_rows_waits_for_every_epoch_that_the_budget_makes_of_them()
    {
        var (query, sink, engine) = await StartAsync(trigger: null);
        await using var _ = engine;
        await query.ProcessAllAvailableAsync();
        Assert.That(sink.Rows, Has.Count.EqualTo(Rows));
        Assert.That(query.LastProgress!.Epoch, Is.GreaterThan(2), "the budget did not cut: the test shows nothing");
    }

    [Test]
    public async Task A_tick_takes_all_rows_in_as_many_epochs_as_the_budget_makes_of_them()
    {
        var (query, sink, engine) = await StartAsync(Trigger.ProcessingTime(TimeSpan.FromHours(1)));
        await using var _ = engine;
        // The next tick is an hour away: what is there comes with the first, or the test waits in vain.
        Assert.That(() => sink.Rows.Count, Is.EqualTo(Rows).After(30_000, 20));
        Assert.That(query.IsActive);
    }

    [Test]
    public async Task Once_is_one_epoch_whatever_the_budget()
    {
        var (query, sink, engine) = await StartAsync(Trigger.Once);
        await using var _ = engine;
        await query.Completion;
        Assert.That(sink.Rows, Has.Count.EqualTo(Rows));
        Assert.That(query.LastProgress!.Epoch, Is.Zero);
    }

    [Test]
    public void A_large_table_that_holds_few_groups_becomes_smaller_without_one_of_them_leaving()
    {
        var table = new GroupTable<long, long, byte, IntegerHash<long>>(seed: 1, static (_, _) => 0, canonical: null);
        for (var key = 0; key < 100_000; key++) table.Slot(key);
        table.EndEpoch([.. Enumerable.Range(10, 99_990).Select(k => (long)k)]);
        Assert.That(table.Keep(bytes: 64_000, epochs: 0, isOver: null), Is.EqualTo(TableRoom.Enough));
        Assert.That(table.Count, Is.EqualTo(10));
        Assert.That(table.MemoryBytes, Is.LessThan(10_000_000));
        Assert.That(Enumerable.Range(0, 10).Select(k => table.Entries[table.Slot(k)].Key), Is.EqualTo(Enumerable.Range(0, 10)));
        Assert.That(table.Count, Is.EqualTo(10));
    }

    private static async Task<(StreamingQuery Query, MemorySink<int> Sink, StreamEngine Engine)> StartAsync(Trigger? trigger)
    {
        var source = new MemorySource<int>();
        source.Add([.. Enumerable.Range(0, Rows)]);
        var sink = new MemorySink<int>();
        var engine = new StreamEngine();
        var query = await engine.StartAsync(source.AsStreamQueryable().Where(i => i >= 0).WriteTo(sink), new StreamingQueryOptions { MemoryBudget = RoomForFewRows, Trigger = trigger });
        return (query, sink, engine);
    }
}
