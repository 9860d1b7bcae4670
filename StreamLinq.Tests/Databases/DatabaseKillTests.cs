// A process that writes to PostgreSQL, killed (SIGKILL) again and again and started again, leaves the tables of a run that nobody disturbed. STREAMLINQ_LONG=1 kills it hundreds of times.
using System.Diagnostics;
using NUnit.Framework;
using StreamLinq.Tests.Sinks;

namespace StreamLinq.Tests.Databases;

public sealed class DatabaseKillTests
{
    private static readonly int Kills = Environment.GetEnvironmentVariable("STREAMLINQ_LONG") == "1" ? 300 : 5;

    [Test]
    public async Task Killed_at_any_moment_it_leaves_the_tables_of_an_unbroken_run()
    {
        await using var database = await TestDatabase.PostgresAsync();
        await database.ExecuteAsync("CREATE TABLE sales (number int, customer text, amount int); CREATE TABLE totals (customer text PRIMARY KEY, count bigint, sum bigint); "
            + "CREATE TABLE logged (customer text PRIMARY KEY, count bigint, sum bigint); CREATE TABLE sizes (count bigint, customers bigint)");
        using var folder = new TempFolder();
        var seed = Environment.TickCount;
        await TestContext.Out.WriteLineAsync($"seed {seed}");
        var random = new Random(seed);
        var items = new List<SoldItem>();
        var (kills, replayed, written, started) = (0, 0, -1L, Stopwatch.StartNew());
        while (kills < Kills)
        {
            await AppendAsync(500);
            await using var process = SellingProcess.Start(database.ConnectionString, folder.Path);
            // Some are killed while they start and recover, some while they write, and most when rows of an epoch are in the database and its commit is perhaps not yet in the checkpoint.
            if (kills % 4 == 3)
            {
                await Task.Delay(random.Next(100, 800));
            }
            else
            {
                if (await process.FirstEpochAsync() is { } first && first <= written) replayed++;
                if (kills % 4 == 2) await Task.Delay(random.Next(0, 300));
                else
                    for (var before = await LastEpochsAsync(); !process.HasExited && before.SequenceEqual(await LastEpochsAsync());) { }
                await Task.Delay(random.Next(0, 15));
            }
            if (process.HasExited) continue;
            Assert.That(await process.KillAsync(), Is.Empty);
            kills++;
            written = (await LastEpochsAsync()).Max(long.Parse);
        }

        await using (var last = SellingProcess.Start(database.ConnectionString, folder.Path))
        {
            var (code, errors) = await last.EndAsync();
            Assert.That(code, Is.Zero, errors);
        }
        await TestContext.Out.WriteLineAsync($"{kills} kills in {started.Elapsed.TotalSeconds:0} s, at least {replayed} of them with rows of an epoch in the database and not in the checkpoint; {written} epochs, {items.Count} rows");

        var totals = items.GroupBy(i => i.Customer).Select(g => (Customer: g.Key, Count: g.Count(), Sum: g.Sum(i => i.Amount))).ToList();
        Assert.That(await database.RowsAsync("SELECT number, customer, amount FROM sales ORDER BY number"), Is.EqualTo(items.Select(i => $"{i.Number}|{i.Customer}|{i.Amount}")));
        foreach (var table in new[] { "totals", "logged" }) Assert.That(await database.RowsAsync($"SELECT * FROM {table}"), Is.EquivalentTo(totals.Select(t => $"{t.Customer}|{t.Count}|{t.Sum}")), table);
        Assert.That(await database.RowsAsync("SELECT * FROM sizes"), Is.EquivalentTo(totals.GroupBy(t => t.Count).Select(g => $"{g.Key}|{g.Count()}")));

        Task<List<string>> LastEpochsAsync() => database.RowsAsync("SELECT last_epoch FROM streamlinq_epochs ORDER BY sink");

        async Task AppendAsync(int rows)
        {
            var from = items.Count;
            items.AddRange(Enumerable.Range(from, rows).Select(n => new SoldItem(n, $"c{random.Next(40)}", random.Next(100))));
            await File.AppendAllLinesAsync(folder["sales.jsonl"], items.Skip(from).Select(i => $$"""{"number":{{i.Number}},"customer":"{{i.Customer}}","amount":{{i.Amount}}}"""));
        }
    }
}
