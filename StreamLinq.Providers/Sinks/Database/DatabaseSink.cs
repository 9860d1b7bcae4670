// Rows in a table of any ADO.NET database: the table is looked at and tried out when the query starts, so that what cannot be written is told before anything is read.
using System.Data.Common;

namespace StreamLinq.Sinks;

internal sealed class DatabaseSinkFactory(DbDataSource dataSource, string table, DatabaseSinkOptions options) : IStreamSinkFactory
{
    public IStreamSink<T> Create<T>() => new DatabaseSink<T>(dataSource, table, options);
}

internal sealed class DatabaseSink<T>(DbDataSource dataSource, string table, DatabaseSinkOptions options) : IStreamSink<T>
{
    public string Description => $"database table {table}";

    // Not Transactional: the rows of an epoch show when it is flushed, before the engine has recorded it. They stay, because the epoch comes again with the same rows.
    public SinkFeatures Features => SinkFeatures.Upserts | SinkFeatures.Deletes | SinkFeatures.Replaces | SinkFeatures.IdempotentByEpoch;

    public async ValueTask<IStreamSinkWriter<T>> OpenAsync(SinkContext context, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(context);
        if (context.Mode == OutputMode.Complete && context.PartitionCount > 1) throw new NotSupportedException($"{Description}: a table that several workers write cannot be replaced as a whole.");

        var session = new DatabaseSession(dataSource, Description, options.CommandTimeout, context.TimeProvider);
        try
        {
            await session.OpenAsync(cancellationToken).ConfigureAwait(false);
            var names = SqlNames.Of(session.Connection);
            var columns = await ReadColumnsAsync(session, names.Table(table), cancellationToken).ConfigureAwait(false);
            var key = Key(context);
            var statements = new DatabaseStatements<T>(session, names.Table(table), DatabaseColumn.Bind([.. RowColumns<T>.Instance.Names.Zip(RowColumns<T>.Instance.Types)], columns, names, Description), key);
            await statements.TryOutAsync(context.Mode == OutputMode.Update, cancellationToken).ConfigureAwait(false);
            var epochs = new DatabaseEpochs(session, names, options.EpochTable, options.Name ?? table, context);
            var last = await epochs.TakeOverAsync(cancellationToken).ConfigureAwait(false);
            return new DatabaseWriter<T>(session, epochs, statements, new DatabaseChanges<T>(statements, context.Mode, key is not null), last);
        }
        catch
        {
            await session.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    // Null where rows are found by all their columns; a row that is one value is its own key. In Update mode a key without columns is that of a table with one row.
    private int[]? Key(SinkContext context)
    {
        var columns = RowColumns<T>.Instance;
        if (context.KeyColumns.Count == 0) return context.Mode == OutputMode.Update ? [] : null;
        return columns.IsValue ? [0] : [.. context.KeyColumns.Select(name => columns.IndexOf(name, Description))];
    }

    private static Task<TableColumn[]> ReadColumnsAsync(DatabaseSession session, string table, CancellationToken cancellationToken) => session.ReadAsync<TableColumn[]>(
        DatabaseStep.ReadTable, $"SELECT * FROM {table} WHERE 1 = 0", [],
        static (reader, _) => [.. Enumerable.Range(0, reader.FieldCount).Select(i => new TableColumn(reader.GetName(i), reader.GetFieldType(i), reader.GetDataTypeName(i)))], cancellationToken);
}
