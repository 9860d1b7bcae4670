// The power goes at every write of a start that converts state: whatever is on the disk then, the old query finds its state as it was, or the new one finds it converted; and both end in the right answer.
using NUnit.Framework;
using StreamLinq.Embedded;

namespace StreamLinq.Tests.Changes;

public sealed class ChangeCrashTests
{
    private const int Shops = 40;

    private static IStreamQueryable<ShopTotal, Table> Before(MemorySource<Sale> rows) =>
        (from s in StreamSource.From(rows, "sales") group s by s.Shop into g select new ShopTotal(g.Key, g.Sum(s => s.Net)) { Other = g.CountDistinct(s => s.Town) }).Named("sums");

    // The aggregates stand in another order, one is gone and one is new; everything must be rewritten, and the table beside the groups goes on.
    private static IStreamQueryable<ShopTotal, Table> After(MemorySource<Sale> rows) =>
        (from s in StreamSource.From(rows, "sales") group s by s.Shop into g select new ShopTotal(g.Key, g.CountDistinct(s => s.Town)) { Other = g.Sum(s => s.Net) + g.Sum(s => s.Tax) }).Named("sums");

    private static readonly AllowedStateChanges Allow = new() { Partial = ["sums"] };

    private static void Fill(MemorySource<Sale> rows, int from)
    {
        for (var i = from; i < from + 200; i++) rows.Add(new Sale($"s{i % Shops}", $"t{i % 7}", i, 1000));
    }

    [Test]
    public async Task A_crash_at_any_write_of_a_converting_start_loses_nothing([Values] bool goesBack)
    {
        for (var failAt = 1; ; failAt++)
        {
            var rows = new MemorySource<Sale>();
            var run = new ChangedRun();
            Fill(rows, 0);
            await run.RunAsync(Before(rows));
            Fill(rows, 200);
            run.Storage.FailAt = run.Storage.Changes + failAt;
            var hasFailed = false;
            try
            {
                await run.RunAsync(After(rows), Allow);
            }
            catch (Exception e) when (e is IOException or StreamLinqException)
            {
                hasFailed = true;
            }

            run.Storage = run.Storage.Crash(failAt);
            if (!hasFailed)
            {
                Assert.That(failAt, Is.GreaterThan(10), "the start writes something");
                return;
            }

            Fill(rows, 400);
            if (goesBack && (await run.CompareAsync(Before(rows))).HasChanges is false)
            {
                AssertSums(await run.RunAsync(Before(rows)), rows.Rows(), 0, failAt);
            }
            else
            {
                var result = await run.RunAsync(After(rows), Allow);
                foreach (var total in result)
                {
                    var its = rows.Rows().Where(r => r.Shop == total.Key).ToList();
                    Assert.That(total, Is.EqualTo(new ShopTotal(total.Key, its.Select(r => r.Town).Distinct().Count()) { Other = its.Sum(r => r.Net) + (its.Count - 5) * 1000m }), $"write {failAt}");
                }

                Assert.That(result, Has.Count.EqualTo(Shops), $"write {failAt}");
            }
        }
    }

    private static void AssertSums(IReadOnlyList<ShopTotal> result, IReadOnlyList<Sale> rows, decimal other, int failAt)
    {
        Assert.That(other, Is.Zero);
        Assert.That(result, Is.EquivalentTo(rows.GroupBy(r => r.Shop).Select(g => new ShopTotal(g.Key, g.Sum(r => r.Net)) { Other = g.Select(r => r.Town).Distinct().Count() })), $"write {failAt}");
    }

    [Test]
    public async Task What_was_converted_goes_through_folds_and_further_changes()
    {
        var rows = new MemorySource<Sale>();
        var run = new ChangedRun();
        for (var round = 0; round < 6; round++)
        {
            Fill(rows, 200 * round);
            var isAfter = round % 2 == 1;
            await run.RunAsync(isAfter ? After(rows) : Before(rows), Allow);
            run.Storage = run.Storage.Crash(round);
            await using var checkpoint = await Opened(run.Storage, isAfter ? After(rows) : Before(rows));
            await checkpoint.FoldAsync(default);
        }

        Fill(rows, 1200);
        var result = await run.RunAsync(Before(rows), Allow);
        AssertSums(result, rows.Rows(), 0, 0);
        await using var reader = await StateReader.OpenAsync(run.Storage, Options, default);
        Assert.That(reader.Tables.Sum(t => t.Rows), Is.EqualTo(Shops + (Shops * 7)), "nothing of earlier forms is left");
    }

    private static readonly CheckpointOptions Options = new() { IndexBytes = 64 << 10, Layout = new CheckpointLayout { PageBytes = 256 << 10, SegmentBytes = 4 << 20 } };

    private static async Task<Checkpoint> Opened(MemoryStorage storage, IStreamQueryable<ShopTotal, Table> query)
    {
        var plans = EmbeddedPlans.Of([query.WriteTo(new MemorySink<ShopTotal>(), OutputMode.Complete)]);
        var state = new QueryGraph(plans, 0, new StageContext(), TimeSpan.FromDays(1)).DescribeState(QueryRun.Identity(plans));
        var checkpoint = await Checkpoint.OpenAsync(storage, "memory", state.Query, state.Sources, Options, Microsoft.Extensions.Logging.Abstractions.NullLogger.Instance, default);
        await checkpoint.AdoptAsync(state, Allow, DateTimeOffset.UnixEpoch, default);
        await checkpoint.RestoreAsync((_, _, _) => { }, default);
        return checkpoint;
    }
}

internal static class MemorySourceRows
{
    /// <summary>The rows that were filled in, by the rule by which they were.</summary>
    internal static IReadOnlyList<Sale> Rows(this MemorySource<Sale> source) =>
        [.. Enumerable.Range(0, (int)source.Count).Select(i => new Sale($"s{i % 40}", $"t{i % 7}", i, 1000))];
}
