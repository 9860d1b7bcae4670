// What the sink leaves in a table: by mode, with and without a unique key, with nulls, names of all kinds, every type; the same on SQLite and PostgreSQL.
using System.Globalization;
using NUnit.Framework;
using StreamLinq.Tests.Sinks;
using static StreamLinq.Tests.Sinks.SinkRun;

namespace StreamLinq.Tests.Databases;

[TestFixture("SQLite")]
[TestFixture("PostgreSQL")]
public sealed class DatabaseSinkTests(string kind)
{
    private TestDatabase _database = null!;

    private sealed record Total(string? Customer, decimal? Amount);

    private sealed record Pair(int? A, string? B, long N);

    public enum Size { Small = 1, Large = 7 }

    [SetUp]
    public async Task MakeDatabaseAsync() => _database = await TestDatabase.OpenAsync(kind);

    [TearDown]
    public async Task RemoveDatabaseAsync()
    {
        if (_database is not null) await _database.DisposeAsync();
    }

    [Test]
    public async Task It_keeps_the_contract()
    {
        await _database.ExecuteAsync("CREATE TABLE lines (value TEXT)");
        string[] rows = ["a", "b", "c", "d", "e", "f", "a"];
        await SinkContract.VerifyAsync(() => StreamSink.Database(_database.Source, "lines").Create<string>(), rows, async () => await _database.RowsAsync("SELECT value FROM lines"));
    }

    [Test]
    public async Task A_stream_is_inserted_with_its_epoch_in_one_transaction()
    {
        await _database.ExecuteAsync("CREATE TABLE totals (customer TEXT, amount NUMERIC(10,2))");
        await using (var writer = await OpenAsync<Total>("totals"))
        {
            await writer.InsertAsync(0, new Total("a", 1.50m), new Total(null, null));
            await writer.InsertAsync(4, new Total("'); DROP TABLE totals; --", 2m));
            await writer.EpochAsync(5, [Insert(new Total("b", 3m))], stop: Stop.BeforeFlush);
            if (kind == "PostgreSQL") Assert.That(await _database.RowsAsync("SELECT COUNT(*) FROM totals"), Is.EqualTo(new[] { "3" }), "nothing shows before the flush");
        }

        Assert.That(await _database.RowsAsync("SELECT customer, amount FROM totals ORDER BY amount, customer"), Is.EquivalentTo(new[] { kind == "SQLite" ? "a|1.5" : "a|1.50", kind == "SQLite" ? "'); DROP TABLE totals; --|2" : "'); DROP TABLE totals; --|2.00", "null|null" }));
        Assert.That(await _database.RowsAsync("SELECT query_id, sink, worker, last_epoch FROM streamlinq_epochs"), Is.EqualTo(new[] { $"{Query}|totals|0|4" }));
    }

    [Test]
    public async Task Update_changes_the_row_of_a_key_and_leaves_other_columns_alone_where_the_key_is_unique()
    {
        await _database.ExecuteAsync("CREATE TABLE totals (customer TEXT PRIMARY KEY, amount INTEGER, note TEXT DEFAULT 'new')");
        await using (var writer = await OpenAsync<Total>("totals", OutputMode.Update, ["Customer"])) await writer.EpochAsync(0, [Upsert(new Total("a", 1)), Upsert(new Total("b", 1))]);
        await _database.ExecuteAsync("UPDATE totals SET note = 'kept'");
        await using (var writer = await OpenAsync<Total>("totals", OutputMode.Update, ["Customer"], 0)) await writer.EpochAsync(1, [Upsert(new Total("a", 2)), Delete(new Total("b", 1)), Upsert(new Total("c", 3))]);
        Assert.That(await _database.RowsAsync("SELECT * FROM totals ORDER BY customer"), Is.EqualTo(new[] { "a|2|kept", "c|3|new" }));
    }

    [Test]
    public async Task Update_needs_no_unique_key_and_finds_nulls([Values("A", "A, B", "B, A")] string key, [Values("", "a", "a, b", "b, a")] string unique)
    {
        await _database.ExecuteAsync($"CREATE TABLE pairs (a INTEGER, b TEXT, n BIGINT{(unique.Length == 0 ? "" : $", UNIQUE ({unique})")})");
        if (key == "A" && unique == "a") unique = "";
        string[] columns = key.Split(", ");
        string Name(Pair row) => key == "A" ? $"{row.A}" : $"{row.A}/{row.B ?? "null"}";
        var random = new Random(5);
        var expected = new Dictionary<string, Pair>();
        await using (var writer = await OpenAsync<Pair>("pairs", OutputMode.Update, columns))
        {
            for (var epoch = 0; epoch < 20; epoch++)
            {
                var changes = new List<Change<Pair>>();
                foreach (var n in Enumerable.Range(0, random.Next(0, 12)))
                {
                    var a = random.Next(0, 5) is > 0 and var some ? some : (int?)null;
                    var b = key == "A" ? $"b{a}" : random.Next(0, 3) is > 0 and var text ? $"b{text}" : null;
                    // A unique column that is not the key must not get a value twice.
                    if (unique == "a" && key != "A") b = $"b{a}";
                    var row = new Pair(a, b, n);
                    // The same key several times in an epoch: the last one counts.
                    var delete = random.Next(0, 4) == 0;
                    changes.Add(delete ? Delete(row) : Upsert(row));
                    if (delete) expected.Remove(Name(row));
                    else expected[Name(row)] = row;
                }
                await writer.EpochAsync(epoch, [.. changes]);
            }
        }
        Assert.That(await _database.RowsAsync("SELECT a, b, n FROM pairs"), Is.EquivalentTo(expected.Values.Select(p => $"{p.A?.ToString(CultureInfo.InvariantCulture) ?? "null"}|{p.B ?? "null"}|{p.N}")));
    }

    [Test]
    public async Task Many_rows_go_in_statements_of_many()
    {
        await _database.ExecuteAsync("CREATE TABLE pairs (a INTEGER, b TEXT, n BIGINT, UNIQUE (a, b)); CREATE TABLE log (a INTEGER, b TEXT, n BIGINT)");
        static Change<Pair>[] Rows(int n, int from, Func<Pair, Change<Pair>> change) => [.. Enumerable.Range(from, n).Select(i => change(new Pair(i, "x", i + n)))];
        await using (var updates = await OpenAsync<Pair>("pairs", OutputMode.Update, ["A", "B"]))
        await using (var deletes = kind == "SQLite" ? null : await OpenAsync<Pair>("log", OutputMode.Changelog, ["A"]))
        {
            await updates.EpochAsync(0, Rows(5001, 0, Upsert));
            await updates.EpochAsync(1, [.. Rows(4000, 3000, Upsert), .. Rows(2500, 0, Delete)]);
            if (deletes is not null)
            {
                await deletes.EpochAsync(0, Rows(3000, 0, Insert));
                await deletes.EpochAsync(1, [.. Rows(3000, 0, Delete).Zip(Rows(3001, 0, Insert)).SelectMany(p => new[] { p.First, p.Second })]);
            }
        }
        Assert.That(await _database.RowsAsync("SELECT COUNT(*), MIN(a), MAX(a), SUM(n) FROM pairs"), Is.EqualTo(new[] { $"4500|2500|6999|{(500 * (7501 + 8000L) / 2) + (4000 * (7000 + 10999L) / 2)}" }));
        if (kind != "SQLite") Assert.That(await _database.RowsAsync("SELECT COUNT(*), SUM(n) FROM log"), Is.EqualTo(new[] { $"3000|{3000 * (3001 + 6000L) / 2}" }));
    }

    [Test]
    public async Task A_changelog_without_a_key_takes_one_of_several_equal_rows()
    {
        await _database.ExecuteAsync("CREATE TABLE totals (customer TEXT, amount NUMERIC)");
        await using (var writer = await OpenAsync<Total>("totals", OutputMode.Changelog))
        {
            await writer.EpochAsync(0, [Insert(new Total("a", 1)), Insert(new Total("a", 1)), Insert(new Total("a", 1)), Insert(new Total(null, 2)), Insert(new Total("b", null))]);
            await writer.EpochAsync(1, [Delete(new Total("a", 1)), Delete(new Total(null, 2)), Insert(new Total("c", 3)), Delete(new Total("c", 3))]);
        }
        Assert.That(await _database.RowsAsync("SELECT * FROM totals ORDER BY customer"), Is.EqualTo(new[] { "a|1", "a|1", "b|null" }));

        await using var last = await OpenAsync<Total>("totals", OutputMode.Changelog, last: 1);
        var error = Assert.ThrowsAsync<StreamLinqException>(() => last.EpochAsync(2, [Insert(new Total("d", 1)), Delete(new Total("a", 9))]))!;
        Assert.That(error.Message, Does.StartWith("SLQ2077: database table totals: a row that is to be deleted is not in the table."));
        Assert.ThrowsAsync<InvalidOperationException>(async () => await last.FlushAsync(2, default), "what failed is not flushed");
        await last.FailAsync(error, default);
        Assert.That(await _database.RowsAsync("SELECT * FROM totals ORDER BY customer"), Is.EqualTo(new[] { "a|1", "a|1", "b|null" }));
    }

    [Test]
    public async Task Complete_replaces_the_table_also_by_none()
    {
        await _database.ExecuteAsync("CREATE TABLE totals (customer TEXT, amount INTEGER)");
        await using var writer = await OpenAsync<Total>("totals", OutputMode.Complete, ["Customer"]);
        await writer.TableAsync(0, new Total("a", 1), new Total("b", 2), new Total("c", 3));
        await writer.TableAsync(1, new Total("b", 3), new Total("d", 4));
        Assert.That(await _database.RowsAsync("SELECT * FROM totals ORDER BY customer"), Is.EqualTo(new[] { "b|3", "d|4" }));
        await writer.TableAsync(2);
        Assert.That(await _database.RowsAsync("SELECT * FROM totals"), Is.Empty);
    }

    [Test]
    public async Task A_table_of_one_row_has_one_row()
    {
        await _database.ExecuteAsync("CREATE TABLE totals (customer TEXT, amount INTEGER)");
        await using var writer = await OpenAsync<Total>("totals", OutputMode.Update, []);
        await writer.EpochAsync(0, [Upsert(new Total("all", 1))]);
        await writer.EpochAsync(1, [Upsert(new Total("all", 2))]);
        Assert.That(await _database.RowsAsync("SELECT * FROM totals"), Is.EqualTo(new[] { "all|2" }));
    }

    [Test]
    public async Task Names_are_quoted_and_members_find_columns_of_another_spelling()
    {
        var schema = kind == "SQLite" ? "main" : "we\"ird";
        if (kind != "SQLite") await _database.ExecuteAsync("CREATE SCHEMA \"we\"\"ird\"");
        try
        {
            await _database.ExecuteAsync($"CREATE TABLE \"{schema.Replace("\"", "\"\"")}\".\"order\" (customer_id INTEGER, \"Group\" TEXT, \"select\" TEXT)");
            var row = new { CustomerId = 1, Group = "g", Select = "s" };
            await using (var writer = await Open(StreamSink.Database(_database.Source, $"{schema}.order", new DatabaseSinkOptions { EpochTable = $"{schema}.my epochs", Name = "x" }), row)) await writer.InsertAsync(0, row);
            Assert.That(await _database.RowsAsync($"SELECT * FROM \"{schema.Replace("\"", "\"\"")}\".\"order\""), Is.EqualTo(new[] { "1|g|s" }));
            Assert.That(await _database.RowsAsync($"SELECT sink, last_epoch FROM \"{schema.Replace("\"", "\"\"")}\".\"my epochs\""), Is.EqualTo(new[] { "x|0" }));
        }
        finally
        {
            if (kind != "SQLite") await _database.ExecuteAsync("DROP SCHEMA \"we\"\"ird\" CASCADE");
        }
    }

    private static async ValueTask<IStreamSinkWriter<T>> Open<T>(IStreamSinkFactory sink, T like)
    {
        _ = like;
        return await sink.Create<T>().OpenAsync();
    }

    private async ValueTask<IStreamSinkWriter<T>> OpenAsync<T>(string table, OutputMode? mode = null, string[]? key = null, long? last = null) =>
        await StreamSink.Database(_database.Source, table).Create<T>().OpenAsync(mode, last, key);
}
