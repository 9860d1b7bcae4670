// A savepoint: the copy is whole or not taken for one, and a query that starts from it goes on where the other stood.
using NUnit.Framework;
using StreamLinq.Embedded;

namespace StreamLinq.Tests.Changes;

[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class SavepointTests
{
    private readonly MemorySource<Sale> _rows = new();
    private readonly ChangedRun _run = new();

    private IStreamQueryable<ShopTotal, Table> Sums => (from s in StreamSource.From(_rows, "sales") group s by s.Shop into g select new ShopTotal(g.Key, g.Sum(s => s.Net))).Named("sums");

    [SetUp]
    public async Task A_query_has_run()
    {
        _rows.Add(new Sale("a", "x", 10, 1), new Sale("b", "y", 20, 2));
        await _run.RunAsync(Sums);
        _rows.Add(new Sale("a", "x", 100, 10));
    }

    [Test]
    public async Task Another_query_goes_on_from_it_and_both_go_their_ways()
    {
        await Savepoint.ExportAsync(_run.Storage, _run.At("save"), default);
        Assert.That(await _run.RunAsync(Sums, location: "second", startFrom: "save"), Is.EquivalentTo(new[] { new ShopTotal("a", 110), new ShopTotal("b", 20) }));
        var second = _run.Progress!;
        Assert.That(await _run.RunAsync(Sums), Is.EquivalentTo(new[] { new ShopTotal("a", 110), new ShopTotal("b", 20) }));
        Assert.That(second.Id, Is.Not.EqualTo(_run.Progress!.Id));
        Assert.That(second.Epoch, Is.EqualTo(1));
        _rows.Add(new Sale("b", "x", 1, 0));
        Assert.That((await _run.RunAsync(Sums, location: "second", startFrom: "no longer there")).Single(t => t.Key == "b").Sum, Is.EqualTo(21), "a checkpoint comes first");
        await using var reader = await StateReader.OpenAsync(_run.At("save"), new CheckpointOptions { IndexBytes = 64 << 10 }, default);
        Assert.That(reader.Tables.Single().Rows, Is.EqualTo(2));
    }

    [Test]
    public async Task A_changed_query_starts_from_it_by_the_same_rules()
    {
        await Savepoint.ExportAsync(_run.Storage, _run.At("save"), default);
        var byTown = (from s in StreamSource.From(_rows, "sales") group s by s.Town into g select new ShopTotal(g.Key, g.Sum(s => s.Net))).Named("sums");
        Assert.That(Assert.ThrowsAsync<StreamLinqException>(() => _run.RunAsync(byTown, location: "second", startFrom: "save"))!.Code, Is.EqualTo("SLQ2043"));
        Assert.That(await _run.RunAsync(byTown, new AllowedStateChanges { Reset = ["sums"] }, "second", "save"), Is.EqualTo(new[] { new ShopTotal("x", 100) }));
    }

    [Test]
    public async Task A_copy_that_is_cut_short_at_any_write_is_made_again()
    {
        for (var failAt = 1; ; failAt++)
        {
            var target = new MemoryStorage { FailAt = failAt };
            try
            {
                await Savepoint.ExportAsync(_run.Storage, target, default);
                Assert.That(failAt, Is.GreaterThan(5));
                return;
            }
            catch (IOException)
            {
                target = target.Crash(failAt);
            }

            if (!target.List("").Contains(Manifest.FileName))
            {
                var refused = Assert.ThrowsAsync<StreamLinqException>(async () => await Savepoint.ImportAsync(target, new MemoryStorage(), default))!;
                Assert.That(refused.Message, Does.StartWith("SLQ2048: 'memory' cannot be used like this: "));
                await Savepoint.ExportAsync(_run.Storage, target, default);
            }

            var copy = new MemoryStorage();
            await Savepoint.ImportAsync(target, copy, default);
            var run = new ChangedRun { Storage = copy };
            Assert.That((await run.RunAsync(Sums)).Single(t => t.Key == "a").Sum, Is.EqualTo(110), $"write {failAt}");
        }
    }

    [Test]
    public async Task A_start_from_a_savepoint_that_is_cut_short_at_any_write_begins_anew()
    {
        var save = _run.At("save");
        await Savepoint.ExportAsync(_run.Storage, save, default);
        for (var failAt = 1; ; failAt++)
        {
            var run = new ChangedRun { Storage = new MemoryStorage { FailAt = failAt } };
            try
            {
                await Savepoint.ImportAsync(save, run.Storage, default);
                return;
            }
            catch (IOException)
            {
                run.Storage = run.Storage.Crash(failAt);
            }

            await Savepoint.ImportAsync(save, run.Storage, default);
            Assert.That((await run.RunAsync(Sums)).Single(t => t.Key == "a").Sum, Is.EqualTo(110), $"write {failAt}");
        }
    }

    [Test]
    public async Task Refusals_say_why()
    {
        await Savepoint.ExportAsync(_run.Storage, _run.At("save"), default);
        Assert.That(Assert.ThrowsAsync<StreamLinqException>(async () => await Savepoint.ExportAsync(_run.Storage, _run.At("save"), default))!.Message,
            Is.EqualTo("SLQ2048: 'memory' cannot be used like this: there is something in the folder already. Use an empty one."));
        Assert.That(Assert.ThrowsAsync<StreamLinqException>(() => _run.RunAsync(Sums, location: "second", startFrom: "empty"))!.Message,
            Is.EqualTo("SLQ2048: 'memory' cannot be used like this: there is no manifest.json in it, so it is not, or not wholly, a checkpoint."));
        await using var engine = new StreamEngine();
        Assert.That(Assert.ThrowsAsync<StreamLinqException>(() => engine.StartAsync(Sums.WriteTo(new MemorySink<ShopTotal>(), OutputMode.Complete), new StreamingQueryOptions { StartFrom = "save" }))!.Message,
            Is.EqualTo("SLQ2048: 'save' cannot be used like this: the query has no checkpoint folder to bring it to. Set CheckpointLocation."));
    }

    [Test]
    public async Task It_works_on_a_real_disk()
    {
        var folder = Directory.CreateTempSubdirectory("streamlinq-savepoint-");
        try
        {
            var (first, save, second) = (Path.Combine(folder.FullName, "first"), Path.Combine(folder.FullName, "save"), Path.Combine(folder.FullName, "second"));
            await using var engine = new StreamEngine();
            var sink = new MemorySink<ShopTotal>();
            await engine.RunAsync(Sums.WriteTo(new MemorySink<ShopTotal>(), OutputMode.Complete), new StreamingQueryOptions { Trigger = Trigger.AvailableNow, CheckpointLocation = first });
            await StreamCheckpoint.ExportAsync(first, save);
            _rows.Add(new Sale("c", "x", 7, 0));
            await engine.RunAsync(Sums.WriteTo(sink, OutputMode.Complete), new StreamingQueryOptions { Trigger = Trigger.AvailableNow, CheckpointLocation = second, StartFrom = save });
            Assert.That(sink.Rows, Is.EquivalentTo(new[] { new ShopTotal("a", 110), new ShopTotal("b", 20), new ShopTotal("c", 7) }));
            Assert.That(Assert.ThrowsAsync<StreamLinqException>(() => StreamCheckpoint.ExportAsync(Path.Combine(folder.FullName, "absent"), save))!.Message, Does.StartWith("SLQ2048: '").And.EndsWith("there is no such folder."));
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }
}
