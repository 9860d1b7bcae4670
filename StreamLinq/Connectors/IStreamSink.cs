// The contract of a sink: written per epoch, committed once the epoch is durable. Exactly once rests on both calls being harmless when repeated.
namespace StreamLinq;

/// <summary>What a sink can do; checked against the query's mode before the query starts (SLQ1010).</summary>
[Flags]
public enum SinkFeatures
{
    /// <summary>Appends rows, no more.</summary>
    None = 0,

    /// <summary>Takes <see cref="ChangeKind.Upsert"/>: needed by <see cref="OutputMode.Update"/>.</summary>
    Upserts = 1,

    /// <summary>Takes <see cref="ChangeKind.Delete"/>: needed by <see cref="OutputMode.Changelog"/>, and by Update where rows can leave.</summary>
    Deletes = 2,

    /// <summary>Can replace its whole content: needed by <see cref="OutputMode.Complete"/>.</summary>
    Replaces = 4,

    /// <summary>An epoch written again has no further effect.</summary>
    IdempotentByEpoch = 8,

    /// <summary>Rows become visible on commit only, together with the epoch's number.</summary>
    Transactional = 16,
}

/// <summary>What a sink is told when it is opened.</summary>
/// <param name="QueryId">The query's id, which survives restarts.</param>
/// <param name="RunId">The id of this run.</param>
/// <param name="QueryName">The query's name.</param>
/// <param name="Mode">How the table is written; null for a stream, which is appended.</param>
/// <param name="Partition">The partition this writer serves, from 0.</param>
/// <param name="PartitionCount">How many there are.</param>
/// <param name="KeyColumns">The members of a row that hold the table's key, in order; empty for a stream.</param>
/// <param name="LastCommittedEpoch">The last epoch the query has committed; null if none. What the sink holds of later epochs will be written again.</param>
/// <param name="TimeProvider">The engine's clock.</param>
public sealed record SinkContext(
    Guid QueryId, Guid RunId, string QueryName, OutputMode? Mode, int Partition, int PartitionCount, IReadOnlyList<string> KeyColumns, long? LastCommittedEpoch, TimeProvider TimeProvider);

/// <summary>Rows of an epoch for one partition.</summary>
/// <param name="Epoch">The epoch, from 0, without gaps for one query.</param>
/// <param name="Replaces">The rows of this epoch are the whole table (<see cref="OutputMode.Complete"/>).</param>
/// <param name="Changes">The rows; valid during the call only. For a stream all are <see cref="ChangeKind.Insert"/>.</param>
public readonly record struct SinkBatch<T>(long Epoch, bool Replaces, ReadOnlyMemory<Change<T>> Changes);

/// <summary>Where the results of a query go. A sink is a description; it may be opened again after a restart.</summary>
/// <typeparam name="T">The rows.</typeparam>
public interface IStreamSink<T>
{
    /// <summary>What it writes to, for people: shown in plans, progress and errors.</summary>
    string Description { get; }

    /// <summary>What it can do.</summary>
    SinkFeatures Features { get; }

    /// <summary>Opens a writer for one run of a query.</summary>
    ValueTask<IStreamSinkWriter<T>> OpenAsync(SinkContext context, CancellationToken cancellationToken);
}

/// <summary>
/// Per epoch that has output: <see cref="WriteAsync"/> any number of times; then, for every epoch, <see cref="CommitAsync"/> once the epoch is durable. After a crash an epoch may be
/// written again, with the same rows (others may come only of a query that asks elsewhere, <c>SelectAsync</c> and <see cref="Lookup"/>), or committed again: both must be harmless. Calls come one at a time.
/// </summary>
/// <typeparam name="T">The rows.</typeparam>
public interface IStreamSinkWriter<T> : IAsyncDisposable
{
    /// <summary>Takes rows of an epoch. They must be durable, or reproducible by the sink, when the task completes and <see cref="FlushAsync"/> has been called.</summary>
    ValueTask WriteAsync(SinkBatch<T> batch, CancellationToken cancellationToken);

    /// <summary>Called once after the last batch of an epoch and before the engine records the epoch as done. The default does nothing.</summary>
    ValueTask FlushAsync(long epoch, CancellationToken cancellationToken) => ValueTask.CompletedTask;

    /// <summary>The epoch is durable in the engine's log and will not be written again.</summary>
    ValueTask CommitAsync(long epoch, CancellationToken cancellationToken);

    /// <summary>The query failed; called before disposal, so that a writer can release what it holds with the reason. The default does nothing.</summary>
    ValueTask FailAsync(Exception error, CancellationToken cancellationToken) => ValueTask.CompletedTask;
}

/// <summary>A sink that takes rows of any type (console, files), so that anonymous rows can be written.</summary>
public interface IStreamSinkFactory
{
    /// <summary>Makes the sink for rows of one type.</summary>
    IStreamSink<T> Create<T>();
}
