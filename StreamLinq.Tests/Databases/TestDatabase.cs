// A database for one test, on either of the two that the tests know: SQL in, rows as text out.
using System.Data.Common;
using System.Globalization;
using Microsoft.Data.Sqlite;
using Npgsql;
using StreamLinq.Tests.Sinks;

namespace StreamLinq.Tests.Databases;

internal sealed class TestDatabase : IAsyncDisposable
{
    private static int _schemas;

    private readonly TempFolder? _folder;
    private readonly string? _schema;

    private TestDatabase(DbDataSource source, TempFolder? folder, string? schema, string connectionString) => (Source, _folder, _schema, ConnectionString) = (source, folder, schema, connectionString);

    internal DbDataSource Source { get; }

    internal string ConnectionString { get; }

    internal static async Task<TestDatabase> OpenAsync(string kind) => kind == "SQLite" ? Sqlite() : await PostgresAsync(await SharedPostgres.GetAsync());

    internal static Task<TestDatabase> PostgresAsync() => OpenAsync("PostgreSQL");

    internal static async Task<TestDatabase> PostgresAsync(PostgresServer server, string zone = "America/New_York")
    {
        var schema = string.Create(CultureInfo.InvariantCulture, $"test{Interlocked.Increment(ref _schemas)}");
        var text = server.ConnectionString(schema, zone) + $";Application Name={schema}";
        var database = new TestDatabase(NpgsqlDataSource.Create(text), null, schema, text);
        await database.ExecuteAsync($"CREATE SCHEMA {schema}");
        return database;
    }

    internal static TestDatabase Sqlite()
    {
        var folder = new TempFolder();
        var text = $"Data Source={folder["test.db"]};Pooling=false";
        return new TestDatabase(SqliteFactory.Instance.CreateDataSource(text), folder, null, text);
    }

    internal async Task ExecuteAsync(string sql)
    {
        await using var connection = await Source.OpenConnectionAsync();
        await using var command = connection.CreateCommand();
        command.CommandText = sql;
        await command.ExecuteNonQueryAsync();
    }

    /// <summary>Rows as text, a column after the other with a bar between, null as "null".</summary>
    internal async Task<List<string>> RowsAsync(string sql)
    {
        await using var connection = await Source.OpenConnectionAsync();
        await using var command = connection.CreateCommand();
        command.CommandText = sql;
        await using var reader = await command.ExecuteReaderAsync();
        var rows = new List<string>();
        while (await reader.ReadAsync())
            rows.Add(string.Join('|', Enumerable.Range(0, reader.FieldCount).Select(i => reader.IsDBNull(i) ? "null" : Convert.ToString(reader.GetValue(i), CultureInfo.InvariantCulture))));
        return rows;
    }

    /// <summary>Ends all connections to the server but one, as an administrator can.</summary>
    internal async Task EndConnectionsAsync()
    {
        await RowsAsync("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND application_name = current_setting('application_name')");
        ((NpgsqlDataSource)Source).Clear();
    }

    public async ValueTask DisposeAsync()
    {
        if (_schema is not null) await ExecuteAsync($"DROP SCHEMA {_schema} CASCADE");
        await Source.DisposeAsync();
        _folder?.Dispose();
    }
}
