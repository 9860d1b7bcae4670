// Whole queries into PostgreSQL: every mode equals the batch answer, and stays so when connections are cut at random moments and when the server crashes.
using NUnit.Framework;
using StreamLinq.Tests.Sinks;

namespace StreamLinq.Tests.Databases;

public sealed class DatabaseQueryTests
{
    private sealed record Sale(string? Customer, int Amount);

    private sealed record Total(string? Customer, long Count, long Sum);

    private sealed record Size(long Count);

    private static IStreamQueryable<Total, Table> Totals(IStreamQueryable<Sale, AppendOnly> sales) =>
        from s in sales group s by s.Customer into g select new Total(g.Key, g.Count(), g.Sum(s => s.Amount));

    // One query with an output of each kind; the changelog without a key takes rows back.
    private static IReadOnlyList<StreamOutput> Outputs(IStreamQueryable<Sale, AppendOnly> sales, TestDatabase database) =>
    [
        sales.WriteTo(StreamSink.Database(database.Source, "sales")),
        Totals(sales).WriteTo(StreamSink.Database(database.Source, "updated"), OutputMode.Update),
        Totals(sales).WriteTo(StreamSink.Database(database.Source, "logged"), OutputMode.Changelog),
        Totals(sales).Where(t => t.Count > 2).WriteTo(StreamSink.Database(database.Source, "replaced"), OutputMode.Complete),
        Totals(sales).Select(t => new Size(t.Count)).WriteTo(StreamSink.Database(database.Source, "sizes"), OutputMode.Changelog),
    ];

    private static Task MakeTablesAsync(TestDatabase database) => database.ExecuteAsync(
        "CREATE TABLE sales (customer text, amount int); CREATE TABLE updated (customer text UNIQUE, count bigint, sum bigint); CREATE TABLE logged (customer text, count bigint, sum bigint); "
        + "CREATE TABLE replaced (customer text, count bigint, sum bigint); CREATE TABLE sizes (count bigint)");

    private static async Task ExpectAsync(TestDatabase database, IReadOnlyCollection<Sale> sales)
    {
        var totals = sales.GroupBy(s => s.Customer).Select(g => new Total(g.Key, g.Count(), g.Sum(s => s.Amount))).ToList();
        static string Text(Total t) => $"{t.Customer ?? "null"}|{t.Count}|{t.Sum}";
        Assert.That(await database.RowsAsync("SELECT * FROM sales"), Is.EquivalentTo(sales.Select(s => $"{s.Customer ?? "null"}|{s.Amount}")));
        Assert.That(await database.RowsAsync("SELECT * FROM updated"), Is.EquivalentTo(totals.Select(Text)));
        Assert.That(await database.RowsAsync("SELECT * FROM logged"), Is.EquivalentTo(totals.Select(Text)));
        Assert.That(await database.RowsAsync("SELECT * FROM replaced"), Is.EquivalentTo(totals.Where(t => t.Count > 2).Select(Text)));
        Assert.That(await database.RowsAsync("SELECT * FROM sizes"), Is.EquivalentTo(totals.Select(t => $"{t.Count}")));
    }

    private static Sale[] Draw(Random random, int count) => [.. Enumerable.Range(0, count).Select(_ => new Sale(random.Next(12) is > 0 and var c ? $"c{c}" : null, random.Next(100)))];

    [Test]
    public async Task Every_mode_equals_the_batch_answer_over_restarts_and_the_guarantee_is_exactly_once()
    {
        await using var database = await TestDatabase.PostgresAsync();
        await MakeTablesAsync(database);
        using var folder = new TempFolder();
        var (source, random, all) = (new MemorySource<Sale>(), new Random(1), new List<Sale>());
        for (var run = 0; run < 3; run++)
        {
            await using var engine = new StreamEngine();
            await using var query = await engine.StartAsync(Outputs(StreamSource.From(source, "sales"), database), new StreamingQueryOptions { Name = "sales", CheckpointLocation = folder["state"], MaxRowsPerEpoch = 37 });
            Assert.That(query.Delivery, Is.EqualTo(DeliveryGuarantee.ExactlyOnce));
            var more = Draw(random, 400);
            source.Add(more);
            all.AddRange(more);
            await query.ProcessAllAvailableAsync();
            await ExpectAsync(database, all);
            await query.StopAsync();
        }
    }

    [Test]
    public async Task Connections_that_are_cut_at_any_moment_change_nothing()
    {
        await using var database = await TestDatabase.PostgresAsync();
        await MakeTablesAsync(database);
        using var folder = new TempFolder();
        var seed = Environment.TickCount;
        await TestContext.Out.WriteLineAsync($"seed {seed}");
        var (source, random, all) = (new MemorySource<Sale>(), new Random(seed), new List<Sale>());
        var failures = new List<string>();
        var runs = 0;
        for (; failures.Count < 4 && runs < 40; runs++)
        {
            var more = Draw(random, 150);
            source.Add(more);
            all.AddRange(more);
            try
            {
                await using var engine = new StreamEngine();
                await using var query = await engine.StartAsync(Outputs(StreamSource.From(source, "sales"), database), Options(folder, 11));
                while (!query.Completion.IsCompleted)
                {
                    await Task.Delay(random.Next(0, 100));
                    await database.EndConnectionsAsync();
                }

                await query.Completion;
            }
            catch (StreamLinqException error)
            {
                failures.Add(error.Code);
            }
        }

        await TestContext.Out.WriteLineAsync($"{failures.Count} of {runs} runs failed: {string.Join(' ', failures)}");
        Assert.That(failures, Has.Count.EqualTo(4).And.All.EqualTo("SLQ2070"));
        await RunAsync(source, database, folder);
        await ExpectAsync(database, all);
    }

    [Test]
    public async Task A_server_that_crashes_fails_the_query_which_goes_on_when_the_server_is_back()
    {
        if (PostgresServer.Missing is { } reason) Assert.Ignore(reason);
        await using var server = await PostgresServer.StartAsync();
        await using var database = await TestDatabase.PostgresAsync(server);
        await MakeTablesAsync(database);
        using var folder = new TempFolder();
        var (source, random, all) = (new MemorySource<Sale>(), new Random(3), new List<Sale>());
        for (var crash = 0; crash < 2; crash++)
        {
            await using var engine = new StreamEngine();
            await using var query = await engine.StartAsync(Outputs(StreamSource.From(source, "sales"), database), Options(folder, 7) with { Trigger = null });
            var more = Draw(random, 2000);
            source.Add(more);
            all.AddRange(more);
            await Task.Delay(random.Next(50, 150));
            Assert.That(query.IsActive);
            await server.CrashAsync();
            Npgsql.NpgsqlConnection.ClearAllPools();
            var error = Assert.ThrowsAsync<StreamingQueryException>(() => query.Completion.WaitAsync(TimeSpan.FromSeconds(30)))!;
            Assert.That(error.Message, Does.Match("^SLQ2070: query 'sales', epoch [0-9]+: database table [a-z]+: [a-z ]+ failed: "));
            Assert.That(Assert.ThrowsAsync<StreamLinqException>(() => RunAsync(source, database, folder))!.Code, Is.EqualTo("SLQ2070"), "it does not start without its database");
            await server.GoAsync();
        }

        await RunAsync(source, database, folder);
        await ExpectAsync(database, all);
    }

    private static StreamingQueryOptions Options(TempFolder folder, int rows) =>
        new() { Name = "sales", CheckpointLocation = folder["state"], MaxRowsPerEpoch = rows, Trigger = Trigger.AvailableNow };

    private static async Task RunAsync(MemorySource<Sale> source, TestDatabase database, TempFolder folder)
    {
        await using var engine = new StreamEngine();
        await using var query = await engine.StartAsync(Outputs(StreamSource.From(source, "sales"), database), Options(folder, 1000));
        await query.Completion;
    }
}
