// The table of epochs: one row for each query, sink and worker, with the last epoch that is in. It changes in the transaction of the epoch's rows, before them, and only if it is as this run left it,
// so that of two processes with the same query one is refused, and what a process that is gone had under way is over before anything is written.
namespace StreamLinq.Sinks;

internal sealed class DatabaseEpochs(DatabaseSession session, SqlNames names, string table, string sink, SinkContext context)
{
    private const int LongestName = 255;

    private readonly string _table = names.Table(table);
    private readonly string _run = context.RunId.ToString("D");
    private readonly object?[] _id = [context.QueryId.ToString("D"), sink, context.Partition];

    // Of one row; its parameters are always the first three.
    private string Row => $"{N("query_id")} = @p0 AND {N("sink")} = @p1 AND {N("worker")} = @p2";

    /// <summary>Makes this run the one that writes, and tells the last epoch that is in; -1 before the first.</summary>
    internal async Task<long> TakeOverAsync(CancellationToken cancellationToken)
    {
        if (sink.Length > LongestName) throw new StreamLinqException("SLQ2072", $"{session.Sink}: the name of a sink has {LongestName} characters at most. Give DatabaseSinkOptions.Name a shorter one.");
        await MakeTableAsync(cancellationToken).ConfigureAwait(false);
        var found = await FindAsync(cancellationToken).ConfigureAwait(false);
        if (found?.Run == _run)
        {
            throw new StreamLinqException("SLQ2075",
                $"{session.Sink}: another output of this query keeps its epochs as '{sink}', so one would take the other's rows for written. Give each a name of its own in DatabaseSinkOptions.Name.");
        }

        // Waits for a transaction of the run before, if the database still works on one; only after it is the epoch known.
        if (found is null)
            await session.ExecuteAsync(DatabaseStep.KeepEpochs, $"INSERT INTO {_table} ({N("query_id")}, {N("sink")}, {N("worker")}, {N("last_epoch")}, {N("run_id")}) VALUES (@p0, @p1, @p2, @p3, @p4)", [.. _id, -1L, _run], cancellationToken).ConfigureAwait(false);
        else
            await session.ExecuteAsync(DatabaseStep.KeepEpochs, $"UPDATE {_table} SET {N("run_id")} = @p3 WHERE {Row}", [.. _id, _run], cancellationToken).ConfigureAwait(false);
        var (last, _) = await FindAsync(cancellationToken).ConfigureAwait(false) ?? throw Taken();

        // The epoch after the committed one may be in: it was cut short, and comes again.
        if (last > (context.LastCommittedEpoch ?? -1) + 1)
        {
            throw new StreamLinqException("SLQ2076",
                $"{session.Sink}: the table has epoch {last} of this query, but the query's checkpoint ends with {context.LastCommittedEpoch?.ToString(System.Globalization.CultureInfo.InvariantCulture) ?? "none"}: it is older than the table. "
                + "Restore checkpoint and database from the same moment, or start with an empty checkpoint folder and an empty table.");
        }
        return last;
    }

    /// <summary>Goes from one epoch to the next, within the transaction of its rows.</summary>
    internal async Task AdvanceAsync(long from, long to, CancellationToken cancellationToken)
    {
        var text = $"UPDATE {_table} SET {N("last_epoch")} = @p3 WHERE {Row} AND {N("last_epoch")} = @p4 AND {N("run_id")} = @p5";
        if (await session.ExecuteAsync(DatabaseStep.KeepEpochs, text, [.. _id, to, from, _run], cancellationToken).ConfigureAwait(false) != 1) throw Taken();
    }

    private StreamLinqException Taken() => new("SLQ2075",
        $"{session.Sink}: the row of this query and sink in {table} is not as this run left it: another process has started the same query from a copy of its checkpoint, or somebody has changed the row. "
        + "Nothing of the epoch is written. Run the query once only; the one that started last goes on.");

    private Task<(long Last, string Run)?> FindAsync(CancellationToken cancellationToken) => session.ReadAsync<(long Last, string Run)?>(
        DatabaseStep.KeepEpochs, $"SELECT {N("last_epoch")}, {N("run_id")} FROM {_table} WHERE {Row}", _id,
        (reader, any) => any ? (Convert.ToInt64(reader.GetValue(0), System.Globalization.CultureInfo.InvariantCulture), reader.GetString(1)) : null, cancellationToken);

    // There is no CREATE TABLE IF NOT EXISTS that all databases know. Another process may make it at the same moment, so the last word has a second look.
    private async Task MakeTableAsync(CancellationToken cancellationToken)
    {
        if (await IsThereAsync(cancellationToken).ConfigureAwait(false)) return;
        try
        {
            await session.ExecuteAsync(DatabaseStep.KeepEpochs,
                $"CREATE TABLE {_table} ({N("query_id")} VARCHAR(36) NOT NULL, {N("sink")} VARCHAR({LongestName}) NOT NULL, {N("worker")} INTEGER NOT NULL, {N("last_epoch")} BIGINT NOT NULL, {N("run_id")} VARCHAR(36) NOT NULL, "
                + $"PRIMARY KEY ({N("query_id")}, {N("sink")}, {N("worker")}))", [], cancellationToken).ConfigureAwait(false);
        }
        catch (StreamLinqException error) when (error.Code == DatabaseStep.KeepEpochs.Code)
        {
            if (!await IsThereAsync(cancellationToken).ConfigureAwait(false)) throw;
        }
    }

    private async Task<bool> IsThereAsync(CancellationToken cancellationToken)
    {
        try
        {
            return await session.ReadAsync(DatabaseStep.KeepEpochs, $"SELECT {N("last_epoch")}, {N("run_id")} FROM {_table} WHERE 1 = 0", [], (_, _) => true, cancellationToken).ConfigureAwait(false);
        }
        catch (StreamLinqException error) when (error.Code == DatabaseStep.KeepEpochs.Code)
        {
            return false;
        }
    }

    private string N(string name) => names.Quoted(name);
}
