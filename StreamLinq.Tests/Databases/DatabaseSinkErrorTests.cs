// What goes wrong is told with a code, the table and what to do, before the query starts where that is possible; and what was not committed is not there.
using System.Diagnostics;
using NUnit.Framework;
using StreamLinq.Tests.Sinks;
using static StreamLinq.Tests.Sinks.SinkRun;

namespace StreamLinq.Tests.Databases;

public sealed class DatabaseSinkErrorTests
{
    private TestDatabase _database = null!;

    private sealed record Total(string? Customer, decimal Amount);

    private sealed record Nested(int Id, List<int> Parts);

    private sealed record Twins(int OrderId, int Order_Id);

    [SetUp]
    public async Task MakeDatabaseAsync() => _database = await TestDatabase.PostgresAsync();

    [TearDown]
    public async Task RemoveDatabaseAsync()
    {
        if (_database is not null) await _database.DisposeAsync();
    }

    [Test]
    public async Task A_table_that_does_not_fit_is_refused_at_start()
    {
        await _database.ExecuteAsync("CREATE TABLE totals (customer text, amount date); CREATE TABLE other (customer text); CREATE TABLE doubled (\"AMOUNT\" numeric, amount numeric, customer text); CREATE TABLE twins (orderid int, x int); CREATE TABLE nested (id int, parts text)");
        await RefusedAsync<Total>("nowhere", "SLQ2072: database table nowhere: reading the columns of the table failed: 42P01: relation \"nowhere\" does not exist. Make the table before the query starts,");
        await RefusedAsync<Total>("other", "SLQ2073: database table other: the table has no column for the member Amount; its columns are customer. Add the column,");
        await RefusedAsync<Total>("doubled", "SLQ2073: database table doubled: the member Amount could be written to any of the columns AMOUNT, amount.");
        await RefusedAsync<Twins>("twins", "SLQ2073: database table twins: the members OrderId and Order_Id are both written to the column orderid.");
        await RefusedAsync<Nested>("nested", "SLQ2073: database table nested: the member Parts is of type List`1, which is no value of a database.");
        await RefusedAsync<Total>("totals", "SLQ2073: database table totals: trying out an INSERT without rows failed: 42804: column \"amount\" is of type date but expression is of type numeric. Give the columns");
        Assert.That(await _database.RowsAsync("SELECT to_regclass('streamlinq_epochs')::text"), Is.EqualTo(new[] { "null" }), "nothing was made");
    }

    [Test]
    public async Task Rows_that_the_database_refuses_take_their_epoch_with_them()
    {
        await _database.ExecuteAsync("CREATE TABLE totals (customer varchar(5) NOT NULL, amount numeric(3,0) CHECK (amount < 100), UNIQUE (customer, amount) DEFERRABLE INITIALLY DEFERRED)");
        await using (var writer = await OpenAsync()) await writer.InsertAsync(0, new Total("a", 1));
        foreach (var (row, message) in new[]
        {
            (new Total(null, 1), "writing rows failed: 23502: null value in column \"customer\" of relation \"totals\" violates not-null constraint"),
            (new Total("123456", 1), "writing rows failed: 22001: value too long for type character varying(5). Nothing of the epoch is in the table."),
            (new Total("a", 101), "writing rows failed: 23514: new row for relation \"totals\" violates check constraint"),
            (new Total("a", 1000), "writing rows failed: 22003: numeric field overflow"),
            (new Total("a\0b", 1), "writing rows failed: 22021: invalid byte sequence"),
            (new Total("a", 1), "committing the epoch failed: 23505: duplicate key value violates unique constraint"),
        })
        {
            await using var writer = await OpenAsync(last: 0);
            Assert.That(Assert.ThrowsAsync<StreamLinqException>(() => writer.InsertAsync(1, new Total("b", 2), row))!.Message, Does.StartWith("SLQ2074: database table totals: " + message));
        }
        Assert.That(await _database.RowsAsync("SELECT * FROM totals"), Is.EqualTo(new[] { "a|1" }));
        Assert.That(await _database.RowsAsync("SELECT last_epoch FROM streamlinq_epochs"), Is.EqualTo(new[] { "0" }));
    }

    [Test]
    public async Task A_server_that_is_not_there_is_told_at_start()
    {
        await using var nowhere = Npgsql.NpgsqlDataSource.Create("Host=/nonexistent;Username=x");
        var error = Assert.ThrowsAsync<StreamLinqException>(async () => await StreamSink.Database(nowhere, "totals").Create<Total>().OpenAsync())!;
        Assert.That(error.Message, Does.StartWith("SLQ2070: database table totals: connecting failed: ").And.EndsWith("See that the database is up, and start the query again: the epoch is there as a whole or not at all, and what is not there comes again."));
    }

    [Test]
    public async Task A_database_that_hangs_is_left_after_the_time_given()
    {
        await _database.ExecuteAsync("CREATE TABLE totals (customer text, amount numeric)");
        var options = new DatabaseSinkOptions { CommandTimeout = TimeSpan.FromSeconds(3) };
        await using (var locker = await _database.Source.OpenConnectionAsync())
        {
            await using var transaction = await locker.BeginTransactionAsync();
            await using var lockTable = locker.CreateCommand();
            await using (var first = await OpenAsync(options: options))
            {
                lockTable.CommandText = "LOCK TABLE totals IN ACCESS EXCLUSIVE MODE";
                await lockTable.ExecuteNonQueryAsync();
                var started = Stopwatch.StartNew();
                Assert.That(Assert.ThrowsAsync<StreamLinqException>(() => first.InsertAsync(0, new Total("a", 1)))!.Message, Does.StartWith("SLQ2071: database table totals: writing rows took longer than 3 s. Look for a lock"));
                Assert.That(started.Elapsed, Is.LessThan(TimeSpan.FromSeconds(30)));
            }
        }

        await _database.ExecuteAsync("CREATE FUNCTION hang() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN PERFORM pg_sleep(60); RETURN NULL; END'; CREATE CONSTRAINT TRIGGER hang AFTER INSERT ON totals DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION hang()");
        await using (var second = await OpenAsync(options: options))
            Assert.That(Assert.ThrowsAsync<StreamLinqException>(() => second.InsertAsync(0, new Total("a", 1)))!.Message, Does.StartWith("SLQ2071: database table totals: committing the epoch took longer than 3 s."));
        await using (var third = await OpenAsync())
        {
            await third.WriteAsync(new(0, false, new[] { Insert(new Total("a", 1)) }), default);
            using var stop = new CancellationTokenSource(200);
            Assert.That(async () => await third.FlushAsync(0, stop.Token), Throws.InstanceOf<OperationCanceledException>(), "a commit is cancelled");
        }

        await _database.ExecuteAsync("DROP TRIGGER hang ON totals");
        Assert.That(await _database.RowsAsync("SELECT * FROM totals"), Is.Empty);
        await using var last = await OpenAsync();
        await last.InsertAsync(0, new Total("a", 1));
        Assert.That(await _database.RowsAsync("SELECT * FROM totals"), Is.EqualTo(new[] { "a|1" }));
    }

    [Test]
    public async Task Of_two_runs_of_a_query_the_one_that_started_last_writes()
    {
        await _database.ExecuteAsync("CREATE TABLE totals (customer text, amount numeric)");
        await using var first = await OpenAsync();
        await first.InsertAsync(0, new Total("a", 1));
        await using var second = await OpenAsync(last: 0);
        var error = Assert.ThrowsAsync<StreamLinqException>(() => first.InsertAsync(1, new Total("first", 1)))!;
        Assert.That(error.Message, Does.StartWith("SLQ2075: database table totals: the row of this query and sink in streamlinq_epochs is not as this run left it: another process has started the same query"));
        await second.InsertAsync(1, new Total("second", 1));
        Assert.That(await _database.RowsAsync("SELECT customer FROM totals ORDER BY customer"), Is.EqualTo(new[] { "a", "second" }));
    }

    [Test]
    public async Task A_run_waits_for_what_the_one_before_has_under_way()
    {
        await _database.ExecuteAsync("CREATE TABLE totals (customer text, amount numeric)");
        await using var first = await OpenAsync();
        await first.EpochAsync(0, [Insert(new Total("a", 1))], stop: Stop.BeforeFlush);
        var opening = OpenAsync().AsTask();
        await Task.Delay(200);
        Assert.That(opening.IsCompleted, Is.False);
        await first.FlushAsync(0, default);
        await using var second = await opening;
        await second.InsertAsync(0, new Total("a", 1));
        await second.InsertAsync(1, new Total("b", 1));
        Assert.That(await _database.RowsAsync("SELECT customer FROM totals ORDER BY customer"), Is.EqualTo(new[] { "a", "b" }));
    }

    [Test]
    public async Task Two_outputs_of_a_query_need_two_names()
    {
        await _database.ExecuteAsync("CREATE TABLE totals (customer text, amount numeric)");
        var context = Context();
        await using var first = await StreamSink.Database(_database.Source, "totals").Create<Total>().OpenAsync(context, default);
        var error = Assert.ThrowsAsync<StreamLinqException>(async () => await StreamSink.Database(_database.Source, "totals").Create<Total>().OpenAsync(context, default))!;
        Assert.That(error.Message, Is.EqualTo("SLQ2075: database table totals: another output of this query keeps its epochs as 'totals', so one would take the other's rows for written. Give each a name of its own in DatabaseSinkOptions.Name."));
        await using var second = await StreamSink.Database(_database.Source, "totals", new DatabaseSinkOptions { Name = "other" }).Create<Total>().OpenAsync(context, default);
        await first.InsertAsync(0, new Total("a", 1));
        await second.InsertAsync(0, new Total("b", 1));
        Assert.That(await _database.RowsAsync("SELECT COUNT(*) FROM totals"), Is.EqualTo(new[] { "2" }));
        Assert.That(Assert.ThrowsAsync<StreamLinqException>(async () => await OpenAsync(options: new DatabaseSinkOptions { Name = new string('x', 256) }))!.Code, Is.EqualTo("SLQ2072"));
    }

    [Test]
    public async Task A_checkpoint_that_is_older_than_the_table_is_refused()
    {
        await _database.ExecuteAsync("CREATE TABLE totals (customer text, amount numeric)");
        await using (var writer = await OpenAsync())
            for (var epoch = 0; epoch < 4; epoch++) await writer.InsertAsync(epoch, new Total("a", epoch));
        await using (await OpenAsync(last: 2)) { }
        Assert.That(Assert.ThrowsAsync<StreamLinqException>(async () => await OpenAsync(last: 1))!.Message, Does.StartWith("SLQ2076: database table totals: the table has epoch 3 of this query, but the query's checkpoint ends with 1: it is older"));
        Assert.That(Assert.ThrowsAsync<StreamLinqException>(async () => await OpenAsync())!.Message, Does.Contain("ends with none"));
    }

    [Test]
    public async Task A_user_without_rights_is_told_what_is_missing()
    {
        var schema = (await _database.RowsAsync("SELECT current_schema()"))[0];
        await _database.ExecuteAsync($"CREATE TABLE totals (customer text, amount numeric); CREATE ROLE poor LOGIN; GRANT USAGE ON SCHEMA {schema} TO poor; GRANT SELECT ON totals TO poor");
        await using var poor = Npgsql.NpgsqlDataSource.Create(_database.ConnectionString.Replace("Username=tests", "Username=poor", StringComparison.Ordinal));
        try
        {
            Assert.That(Opening().Message, Does.StartWith("SLQ2073: database table totals: trying out an INSERT without rows failed: 42501: permission denied for table totals."));
            await _database.ExecuteAsync("GRANT INSERT ON totals TO poor");
            Assert.That(Opening().Message, Does.StartWith($"SLQ2072: database table totals: keeping the epoch in the table of epochs failed: 42501: permission denied for schema {schema}."));
        }
        finally
        {
            await _database.ExecuteAsync("DROP OWNED BY poor; DROP ROLE poor");
        }

        StreamLinqException Opening() => Assert.ThrowsAsync<StreamLinqException>(async () => await StreamSink.Database(poor, "totals").Create<Total>().OpenAsync())!;
    }

    [Test]
    public async Task A_connection_that_was_closed_between_epochs_is_opened_again()
    {
        await _database.ExecuteAsync("CREATE TABLE totals (customer text, amount numeric)");
        await using var writer = await OpenAsync();
        await writer.InsertAsync(0, new Total("a", 1));
        await _database.EndConnectionsAsync();
        await writer.InsertAsync(1, new Total("b", 1));
        await writer.EpochAsync(2, [Insert(new Total("c", 1))], stop: Stop.BeforeFlush);
        await _database.EndConnectionsAsync();
        Assert.That(Assert.ThrowsAsync<StreamLinqException>(async () => await writer.FlushAsync(2, default))!.Message, Does.StartWith("SLQ2070: database table totals: writing rows failed: "), "what the client notices depends on the moment");
        Assert.That(await _database.RowsAsync("SELECT customer FROM totals ORDER BY customer"), Is.EqualTo(new[] { "a", "b" }), "rows that are half written are not there");
    }

    [Test]
    public void Options_that_make_no_sense_are_refused()
    {
        Assert.Throws<ArgumentNullException>(() => StreamSink.Database(null!, "t"));
        Assert.Throws<ArgumentException>(() => StreamSink.Database(_database.Source, ""));
        Assert.Throws<ArgumentException>(() => StreamSink.Database(_database.Source, "t", new DatabaseSinkOptions { EpochTable = "" }));
        Assert.Throws<ArgumentOutOfRangeException>(() => StreamSink.Database(_database.Source, "t", new DatabaseSinkOptions { CommandTimeout = TimeSpan.Zero }));
    }

    private Task RefusedAsync<T>(string table, string message)
    {
        var error = Assert.ThrowsAsync<StreamLinqException>(async () => await StreamSink.Database(_database.Source, table).Create<T>().OpenAsync())!;
        Assert.That(error.Message, Does.StartWith(message));
        return Task.CompletedTask;
    }

    private ValueTask<IStreamSinkWriter<Total>> OpenAsync(long? last = null, DatabaseSinkOptions? options = null) =>
        StreamSink.Database(_database.Source, "totals", options ?? new DatabaseSinkOptions()).Create<Total>().OpenAsync(last: last);
}
