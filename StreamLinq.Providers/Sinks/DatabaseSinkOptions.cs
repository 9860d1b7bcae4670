// How rows are written to a table of a database.
namespace StreamLinq;

/// <summary>How <see cref="StreamSink.Database(System.Data.Common.DbDataSource, string, DatabaseSinkOptions)"/> writes.</summary>
public sealed record DatabaseSinkOptions
{
    /// <summary>
    /// The table, in the same database, that holds the last epoch of each query and sink; it is made if it is not there. A name, or names separated by dots as in "shop.epochs", written as the database
    /// has them.
    /// </summary>
    public string EpochTable { get; init; } = "streamlinq_epochs";

    /// <summary>
    /// Under which name the epochs of this sink are kept, up to 255 characters; null: the name of the table it writes to. Needed only if two outputs of one query write to the same table (SLQ2075).
    /// A query that goes on with another name takes its last epoch, if a crash cut it short, for not yet written.
    /// </summary>
    public string? Name { get; init; }

    /// <summary>
    /// How long the database may take for one step: a connection, a statement, a commit. Then the query fails with SLQ2071. <see cref="Timeout.InfiniteTimeSpan"/>: as long as it likes.
    /// </summary>
    public TimeSpan CommandTimeout { get; init; } = TimeSpan.FromSeconds(30);
}
