// The door to the built-in sinks: what users write after WriteTo.
using System.Data.Common;
using System.Threading.Channels;
using StreamLinq.Sinks;

namespace StreamLinq;

/// <summary>
/// The built-in sinks. Files and databases hold each epoch exactly once after a crash, if the query has a checkpoint and its sources can be replayed; console, channel and functions get an epoch again
/// that was cut short by a crash.
/// </summary>
public static class StreamSink
{
    /// <summary>
    /// Prints each epoch as a table, like Spark's console sink. In Changelog mode, and in Update mode when rows have left, a first column "change" says insert, delete or upsert.
    /// Wide characters take two columns, control characters are shown as escapes. For looking at results, not for keeping them.
    /// </summary>
    /// <param name="rows">How many rows of an epoch are printed. Not negative.</param>
    public static IStreamSinkFactory Console(int rows = 20) => Console(new ConsoleSinkOptions { Rows = rows });

    /// <inheritdoc cref="Console(int)" />
    public static IStreamSinkFactory Console(ConsoleSinkOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        return new ConsoleSinkFactory(options);
    }

    /// <summary>
    /// Writes each string as a line, in UTF-8; null as an empty line. A string with line breaks makes several lines. Takes streams and, in Complete mode, tables.
    /// See <see cref="JsonLines(string, string[])"/> for files, folders and crashes.
    /// </summary>
    /// <param name="path">A file; or a folder, if it ends in a separator or a folder of this name exists, in which rows-00000001.txt and so on are written.</param>
    public static IStreamSink<string> Text(string path) => Text(path, new FileSinkOptions());

    /// <inheritdoc cref="Text(string)" />
    /// <exception cref="ArgumentException">The path is one file, and the options have a limit.</exception>
    public static IStreamSink<string> Text(string path, FileSinkOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        return FileSinks.Text(path, options);
    }

    /// <summary>
    /// Writes one JSON object per row, with the row's members in camelCase; a row that is one value is {"value": ...}.
    /// <para>
    /// A stream, Update and Changelog are appended: an epoch is on disk before it commits, and what was not committed is cut off when the query starts again, so each epoch is in the file once, whatever
    /// happened. For Update and Changelog each object has the "epoch", a row that left has "change": "delete", and in Changelog a new one has "change": "insert".
    /// </para>
    /// <para>
    /// A file whose name the path gives grows as long as the query runs; a reader may see rows of an epoch that is cut off later and comes again. In a folder rows go to a file until it is large or old enough
    /// (<see cref="FileSinkOptions"/>), under a name that begins with '_' and ends in '.open'; then, when all of it is committed, it is renamed to rows-00000001.jsonl and so on, and never changes again. Such a
    /// file may be read, moved and deleted at any time. A query that stops, or whose input ends, finishes its files; one that was killed goes on with them.
    /// </para>
    /// <para>
    /// In Complete mode the file (in a folder: rows.jsonl) is the last table; it is replaced in one step. The table of one epoch must fit into memory as text, 2 GB at most.
    /// </para>
    /// <para>
    /// Beside the file lies name.epochs (in a folder: _epochs), which says which query writes it and how far its last epochs reach; move and delete the two together. A new query never deletes what is
    /// there, it appends. A file or folder must not be written by two queries at once (SLQ2030, SLQ2032).
    /// </para>
    /// </summary>
    /// <param name="path">A file; or a folder, if it ends in a separator, a folder of this name exists, or rows are partitioned.</param>
    /// <param name="partitionBy">
    /// Columns by which rows are spread over folders named column=value, below path, with files of their own in each; the names as in the row. Characters of a value that are not safe in a name are written
    /// as %XX, null as __null__. Complete mode is not possible with them (SLQ1010); the columns stay in the rows as well.
    /// </param>
    public static IStreamSinkFactory JsonLines(string path, params string[] partitionBy) => JsonLines(path, new JsonLinesSinkOptions(), partitionBy);

    /// <inheritdoc cref="JsonLines(string, string[])" />
    /// <exception cref="ArgumentException">The path is one file, and the options have a limit.</exception>
    public static IStreamSinkFactory JsonLines(string path, JsonLinesSinkOptions options, params string[] partitionBy)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(partitionBy);
        return new JsonLinesSinkFactory(path, options, partitionBy);
    }

    /// <summary>
    /// Writes rows as CSV after RFC 4180 in UTF-8, lines ending in \n, with one header line of column names in each file. Numbers and dates are the same on every machine. Null is an empty field and the empty string "".
    /// For Update and Changelog there are two more columns, epoch and change (insert, delete, upsert). See <see cref="JsonLines(string, string[])"/> for files, folders, partitions and crashes.
    /// </summary>
    /// <param name="path">A file; or a folder, if it ends in a separator, a folder of this name exists, or rows are partitioned.</param>
    /// <param name="partitionBy">Columns by which rows are spread over folders named column=value, with files of their own in each.</param>
    public static IStreamSinkFactory Csv(string path, params string[] partitionBy) => Csv(path, new FileSinkOptions(), partitionBy);

    /// <inheritdoc cref="Csv(string, string[])" />
    /// <exception cref="ArgumentException">The path is one file, and the options have a limit.</exception>
    public static IStreamSinkFactory Csv(string path, FileSinkOptions options, params string[] partitionBy)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(partitionBy);
        return new CsvSinkFactory(path, options, partitionBy);
    }

    /// <summary>
    /// Writes rows to a table of any database that has an ADO.NET provider with named parameters (@name), such as PostgreSQL, SQL Server, MySQL and SQLite. The table must be there; a member of the row is written
    /// to the column of its name, without regard to case and underscores if there is no exact one. What does not fit is refused when the query starts (SLQ2072, SLQ2073).
    /// <para>
    /// Each epoch is one transaction, which also writes the epoch's number to a table of epochs (<see cref="DatabaseSinkOptions.EpochTable"/>): if the query has a checkpoint and its sources can be read again, each
    /// row has its effect exactly once, whatever dies and when. An epoch shows when it is written, a moment before the checkpoint records it; it is never taken back. Of two processes that run
    /// the same query the one that started last goes on, the other fails (SLQ2075).
    /// </para>
    /// <para>
    /// A stream is inserted. Update changes the row of the table's key, or inserts it: by ON CONFLICT where the database has it and the key is unique, else by DELETE and INSERT, and then columns that the query does not
    /// write get their defaults. Changelog deletes and inserts, by the key if it is selected, else by all columns. Complete deletes ALL rows of the table, also those of others, and inserts the new ones.
    /// </para>
    /// <para>
    /// Written are numbers, bool, text, Guid, byte[], DateTime, DateTimeOffset, DateOnly, TimeOnly, TimeSpan, enums (the name if the column is text, else the number) and null. Times are written in UTC; a DateTime of
    /// kind Unspecified is taken to be in UTC.
    /// </para>
    /// </summary>
    /// <param name="dataSource">The database, as <c>NpgsqlDataSource.Create(...)</c> or <c>SqliteFactory.Instance.CreateDataSource(...)</c> make it. Not disposed. One connection is held while the query runs.</param>
    /// <param name="table">The table, as the database writes its name; a schema stands before a dot, as in "shop.totals".</param>
    public static IStreamSinkFactory Database(DbDataSource dataSource, string table) => Database(dataSource, table, new DatabaseSinkOptions());

    /// <inheritdoc cref="Database(DbDataSource, string)" />
    public static IStreamSinkFactory Database(DbDataSource dataSource, string table, DatabaseSinkOptions options)
    {
        ArgumentNullException.ThrowIfNull(dataSource);
        ArgumentException.ThrowIfNullOrEmpty(table);
        ArgumentNullException.ThrowIfNull(options);
        ArgumentException.ThrowIfNullOrEmpty(options.EpochTable);
        if (options.CommandTimeout <= TimeSpan.Zero && options.CommandTimeout != Timeout.InfiniteTimeSpan) throw new ArgumentOutOfRangeException(nameof(options), options.CommandTimeout, "CommandTimeout must be positive.");
        return new DatabaseSinkFactory(dataSource, table, options);
    }

    /// <summary>
    /// Writes changes to a channel, waiting while it is full: the query goes at the reader's pace. At least once: after a restart in the same process an epoch that was not committed comes again.
    /// The channel is not completed when the query ends, as the query may start again; a channel that its owner completes fails the query.
    /// </summary>
    public static IStreamSink<T> Channel<T>(ChannelWriter<Change<T>> writer)
    {
        ArgumentNullException.ThrowIfNull(writer);
        return new ChannelSink<T>(writer);
    }

    /// <summary>Calls a function for each change. At least once: the changes of an epoch that was cut short come again. With several workers calls come from all of them at the same time.</summary>
    public static IStreamSink<T> ForEach<T>(Func<Change<T>, CancellationToken, ValueTask> write)
    {
        ArgumentNullException.ThrowIfNull(write);
        return new ForEachSink<T>(write);
    }

    /// <summary>Hands changes to a writer that is opened and closed for each epoch that has some. For queries with one worker (SLQ2038); others take a function that makes a writer.</summary>
    public static IStreamSink<T> ForEach<T>(ForeachWriter<T> writer)
    {
        ArgumentNullException.ThrowIfNull(writer);
        return new ForeachWriterSink<T>(context => context.PartitionCount == 1 ? writer : throw new StreamLinqException("SLQ2038",
            $"The query {context.QueryName} has {context.PartitionCount} workers, and StreamSink.ForEach was given one writer for all. Give it a function that makes a writer, ForEach(() => new ...), or run the query with one worker."));
    }

    /// <summary>Hands changes to writers that are opened and closed for each epoch that has some; each worker makes a writer of its own.</summary>
    public static IStreamSink<T> ForEach<T>(Func<ForeachWriter<T>> make)
    {
        ArgumentNullException.ThrowIfNull(make);
        return new ForeachWriterSink<T>(_ => make());
    }
}
