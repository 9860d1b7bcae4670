// Savepoints of a query that runs: whatever its trigger waits for, the copy is that of an epoch's end, and the query goes on as if nothing had been.
using NUnit.Framework;
using StreamLinq.Embedded;
using StreamLinq.Tests.Sinks;

namespace StreamLinq.Tests.Changes;

[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class RunningSavepointTests : IDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    private readonly TempFolder _folder = new();
    private readonly MemorySource<int> _numbers = new();

    private IStreamQueryable<NumberCount, Table> Counts => (from n in StreamSource.From(_numbers, "numbers") group n by n % 7 into g select new NumberCount(g.Key, g.Count())).Named("counts");

    private sealed record NumberCount(int Number, long Count);

    public void Dispose() => _folder.Dispose();

    [Test]
    public async Task Copies_of_a_busy_query_are_each_the_end_of_an_epoch()
    {
        await using var engine = new StreamEngine(new StreamEngineOptions { Checkpoints = new CheckpointOptions { IndexBytes = 64 << 10, FoldAfterEpochs = 5, FoldEvery = TimeSpan.Zero } });
        var query = await engine.StartAsync(Counts.WriteTo(new MemorySink<NumberCount>(), OutputMode.Update), new StreamingQueryOptions { CheckpointLocation = _folder["state"], MaxRowsPerEpoch = 200 });
        var isOver = false;
        var adding = Task.Run(async () =>
        {
            for (var at = 0; !Volatile.Read(ref isOver); at += 30, await Task.Delay(3)) _numbers.Add([.. Enumerable.Range(at, 30)]);
        });
        for (var copy = 0; copy < 5; copy++)
        {
            await query.SavepointAsync(_folder[$"save{copy}"]).WaitAsync(Limit);
            await query.ProcessAllAvailableAsync().WaitAsync(Limit);
        }

        Volatile.Write(ref isOver, true);
        await adding;
        await query.ProcessAllAvailableAsync().WaitAsync(Limit);
        await query.StopAsync();
        _numbers.Add(1);
        for (var copy = 0; copy < 5; copy++)
        {
            await using (var reader = await StateReader.OpenAsync(_folder[$"save{copy}"]))
            {
                var rows = reader.Epochs.Sum(e => e.Sources.Sum(s => long.Parse(s.End[0].Position) - (s.Start is [var start] ? long.Parse(start.Position) : 0)));
                Assert.That((reader.Tables.Count == 0 ? [] : await reader.ReadAsync("counts")).Sum(r => Convert.ToInt64(r["count"])), Is.EqualTo(rows), "what is counted is what was read");
            }

            Assert.That(await GoOnAsync($"save{copy}"), Is.EqualTo(await GoOnAsync("state")), "and it goes on from there");
        }

        async Task<string> GoOnAsync(string from)
        {
            var sink = new MemorySink<NumberCount>();
            if (from == "state") await StreamCheckpoint.ExportAsync(_folder["state"], _folder[from = Guid.NewGuid().ToString()]);
            await engine.RunAsync(Counts.OrderBy(c => c.Number).WriteTo(sink, OutputMode.Complete), new StreamingQueryOptions { Trigger = Trigger.AvailableNow, CheckpointLocation = _folder[Guid.NewGuid().ToString()], StartFrom = _folder[from] });
            return string.Join(' ', sink.Rows);
        }
    }

    [Test]
    public async Task A_timed_trigger_need_not_tick_for_it()
    {
        _numbers.Add(1, 2, 3);
        await using var engine = new StreamEngine();
        await using var query = await engine.StartAsync(Counts.WriteTo(new MemorySink<NumberCount>(), OutputMode.Update), new StreamingQueryOptions { CheckpointLocation = _folder["state"], Trigger = Trigger.ProcessingTime(TimeSpan.FromDays(1)) });
        while (query.LastProgress is null) await Task.Delay(5);
        await query.SavepointAsync(_folder["save"]).WaitAsync(Limit);
        await query.SavepointAsync(_folder["again"]).WaitAsync(Limit);
        await using var reader = await StateReader.OpenAsync(_folder["again"]);
        Assert.That(reader.Epochs.Select(e => e.Epoch), Is.EqualTo(new[] { 0L }));
        Assert.That((query.IsActive, query.RecentProgress.Count), Is.EqualTo((true, 1)));
    }

    [Test]
    public async Task What_cannot_be_copied_is_told_and_the_query_goes_on()
    {
        _numbers.Add(1, 2, 3);
        await using var engine = new StreamEngine();
        await using (var without = await engine.StartAsync(Counts.WriteTo(new MemorySink<NumberCount>(), OutputMode.Update), new StreamingQueryOptions { Name = "n" }))
        {
            Assert.That(Assert.ThrowsAsync<StreamLinqException>(() => without.SavepointAsync(_folder["save"]))!.Message,
                Is.EqualTo($"SLQ2048: '{_folder["save"]}' cannot be used like this: query 'n' has no checkpoint that could be copied to it. Set CheckpointLocation."));
        }

        await using var query = await engine.StartAsync(Counts.WriteTo(new MemorySink<NumberCount>(), OutputMode.Update), new StreamingQueryOptions { Name = "n", CheckpointLocation = _folder["state"] });
        await query.SavepointAsync(_folder["save"]).WaitAsync(Limit);
        Assert.That(Assert.ThrowsAsync<StreamLinqException>(() => query.SavepointAsync(_folder["save"]).WaitAsync(Limit))!.Message, Does.StartWith("SLQ2048: ").And.Contain("there is something in the folder already"));
        Assert.ThrowsAsync<TaskCanceledException>(() => query.SavepointAsync(_folder["late"], new CancellationToken(canceled: true)).WaitAsync(Limit));
        _numbers.Add(4);
        await query.ProcessAllAvailableAsync().WaitAsync(Limit);
        Assert.That(query.IsActive);
        await query.StopAsync();
        Assert.That(Assert.ThrowsAsync<InvalidOperationException>(() => query.SavepointAsync(_folder["after"]).WaitAsync(Limit))!.Message, Is.EqualTo("Query 'n' has ended. Copy its checkpoint with StreamCheckpoint.ExportAsync."));
    }
}
