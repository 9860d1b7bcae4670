// The one connection of a writer, with the transaction that is open on it: each step is limited in time, can be cancelled, and fails with a code.
// What a connection or a transaction that is left holds is rolled back.
using System.Data.Common;
using System.Diagnostics.CodeAnalysis;

namespace StreamLinq.Sinks;

internal sealed class DatabaseSession(DbDataSource dataSource, string sink, TimeSpan timeout, TimeProvider clock) : IAsyncDisposable
{
    private DbConnection? _connection;
    private DbTransaction? _transaction;

    internal string Sink => sink;

    internal bool InTransaction => _transaction is not null;

    internal DbConnection Connection => _connection ?? throw new InvalidOperationException($"{sink}: the connection is closed.");

    internal Task OpenAsync(CancellationToken cancellationToken) => RunAsync(DatabaseStep.Connect, async stop =>
    {
        await DisposeAsync().ConfigureAwait(false);
        _connection = await dataSource.OpenConnectionAsync(stop).ConfigureAwait(false);
        return true;
    }, cancellationToken);

    internal Task BeginAsync(CancellationToken cancellationToken) => RunAsync(DatabaseStep.Connect, async stop =>
    {
        _transaction = await Connection.BeginTransactionAsync(stop).ConfigureAwait(false);
        return true;
    }, cancellationToken);

    internal Task CommitAsync(CancellationToken cancellationToken) => RunAsync(DatabaseStep.Commit, async stop =>
    {
        await _transaction!.CommitAsync(stop).ConfigureAwait(false);
        await _transaction.DisposeAsync().ConfigureAwait(false);
        _transaction = null;
        return true;
    }, cancellationToken);

    [SuppressMessage("Security", "CA2100", Justification = "The text is made of quoted names and parameters; data is in parameters only.")]
    internal DbCommand Command(string text)
    {
        var command = Connection.CreateCommand();
        command.CommandText = text;
        return command;
    }

    internal async Task<int> ExecuteAsync(DatabaseStep step, string text, object?[] values, CancellationToken cancellationToken)
    {
        var command = Command(text, values);
        await using (command.ConfigureAwait(false)) return await ExecuteAsync(step, command, cancellationToken).ConfigureAwait(false);
    }

    internal Task<int> ExecuteAsync(DatabaseStep step, DbCommand command, CancellationToken cancellationToken) =>
        RunAsync(step, stop => Ready(command).ExecuteNonQueryAsync(stop), cancellationToken);

    internal Task<TResult> ReadAsync<TResult>(DatabaseStep step, string text, object?[] values, Func<DbDataReader, bool, TResult> read, CancellationToken cancellationToken) => RunAsync(step, async stop =>
    {
        var command = Ready(Command(text, values));
        await using (command.ConfigureAwait(false))
        {
            var reader = await command.ExecuteReaderAsync(stop).ConfigureAwait(false);
            await using (reader.ConfigureAwait(false)) return read(reader, await reader.ReadAsync(stop).ConfigureAwait(false));
        }
    }, cancellationToken);

    public async ValueTask DisposeAsync()
    {
        var (transaction, connection) = (_transaction, _connection);
        (_transaction, _connection) = (null, null);
        try
        {
            if (transaction is not null) await transaction.DisposeAsync().ConfigureAwait(false);
        }
        finally
        {
            if (connection is not null) await connection.DisposeAsync().ConfigureAwait(false);
        }
    }

    private DbCommand Command(string text, object?[] values)
    {
        var command = Command(text);
        for (var i = 0; i < values.Length; i++)
        {
            var parameter = command.CreateParameter();
            parameter.ParameterName = SqlParameter(i);
            parameter.Value = values[i] ?? DBNull.Value;
            command.Parameters.Add(parameter);
        }
        return command;
    }

    internal static string SqlParameter(int number) => string.Create(System.Globalization.CultureInfo.InvariantCulture, $"@p{number}");

    // A command outlives the connection it was made on; it runs on the one that is open now.
    private DbCommand Ready(DbCommand command)
    {
        command.Connection = Connection;
        command.Transaction = _transaction;
        command.CommandTimeout = timeout == Timeout.InfiniteTimeSpan ? 0 : Math.Max(1, (int)Math.Ceiling(timeout.TotalSeconds));
        return command;
    }

    private async Task<TResult> RunAsync<TResult>(DatabaseStep step, Func<CancellationToken, Task<TResult>> work, CancellationToken cancellationToken)
    {
        using var limit = new CancellationTokenSource(timeout, clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, limit.Token);
        try
        {
            return await work(either.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            throw;
        }
        catch (Exception error) when (limit.IsCancellationRequested || error is OperationCanceledException)
        {
            throw step.TimedOut(sink, timeout, error);
        }
        catch (Exception error) when (error is not StreamLinqException)
        {
            throw step.Failed(error, sink, timeout, _connection?.State == System.Data.ConnectionState.Open);
        }
    }
}
