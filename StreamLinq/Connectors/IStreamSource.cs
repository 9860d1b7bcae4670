// The contract of a source: partitioned, and read by ranges of offsets, so that an epoch can be logged before it runs and run again exactly.
namespace StreamLinq;

/// <summary>Where reading stands in one partition. The text is the source's own; the engine stores it and compares it for equality only.</summary>
/// <param name="Partition">The partition's name, unique within the source. Partitions are read in ordinal order of their names.</param>
/// <param name="Position">Everything up to here has been read.</param>
public readonly record struct SourceOffset(string Partition, string Position);

/// <summary>The rows of a partition after <paramref name="From"/> (null: from its beginning) up to and including <paramref name="To"/>.</summary>
public readonly record struct OffsetRange(string Partition, string? From, string To);

/// <summary>How much one epoch may take from a source.</summary>
/// <param name="MaxRows">A hard cap on the rows of all partitions together; null: no cap. Never 0 or less.</param>
public readonly record struct ReadLimit(long? MaxRows);

/// <summary>What a source is told when it is opened.</summary>
/// <param name="Name">The source's name in the query, unique there; state and offsets are kept under it.</param>
/// <param name="QueryId">The query's id, which survives restarts.</param>
/// <param name="Start">Offsets of the last committed epoch; empty on the first start.</param>
/// <param name="TimeProvider">The engine's clock. Everything that asks for the time asks it.</param>
public sealed record SourceContext(string Name, Guid QueryId, IReadOnlyList<SourceOffset> Start, TimeProvider TimeProvider);

/// <summary>
/// An input of a query. If <see cref="IsReplayable"/>, the same range gives the same rows, also after a crash, and a delivery of exactly once is possible.
/// A source is a description: opening it twice gives two independent readers. Implementations need not be thread-safe beyond <see cref="OpenAsync"/>.
/// </summary>
/// <typeparam name="T">The rows.</typeparam>
public interface IStreamSource<T>
{
    /// <summary>What it reads, for people: shown in plans, progress and errors.</summary>
    string Description { get; }

    /// <summary>Whether a range read again gives the same rows, also after the process died.</summary>
    bool IsReplayable { get; }

    /// <summary>Opens a reader that stands at <see cref="SourceContext.Start"/>.</summary>
    ValueTask<IStreamReader<T>> OpenAsync(SourceContext context, CancellationToken cancellationToken);
}

/// <summary>
/// Reads one source for one run of one query. Calls come one at a time, except that <see cref="WaitAsync"/> is cancelled before any other call is made.
/// </summary>
/// <typeparam name="T">The rows.</typeparam>
public interface IStreamReader<T> : IAsyncDisposable
{
    /// <summary>
    /// Names the end of the next epoch: for each partition the offset to read to, at most <paramref name="limit"/> ahead of <paramref name="current"/>.
    /// May name new partitions. The same offsets as <paramref name="current"/> mean that there is nothing to read.
    /// </summary>
    ValueTask<SourceProgressPoint> GetLatestAsync(IReadOnlyList<SourceOffset> current, ReadLimit limit, CancellationToken cancellationToken);

    /// <summary>The rows of a range, in order, in batches. A batch is valid until the next one is asked for, or longer (<see cref="KeepsBatches"/>). A replayable source gives the same rows for the same range.</summary>
    IAsyncEnumerable<ReadOnlyMemory<T>> ReadAsync(OffsetRange range, CancellationToken cancellationToken);

    /// <summary>Whether a batch stays as it is until the query has committed its epoch, so that several workers may read it where it is. The default is no: a batch is copied for them.</summary>
    bool KeepsBatches => false;

    /// <summary>Says that nothing up to these offsets will be asked for again, so that it may be released.</summary>
    ValueTask CommitAsync(IReadOnlyList<SourceOffset> offsets, CancellationToken cancellationToken);

    /// <summary>Fixes the end of the input at what is there now: from here on <see cref="GetLatestAsync"/> names nothing beyond it, and reports the end once it is reached. The available-now trigger calls it.</summary>
    ValueTask FixEndAsync(CancellationToken cancellationToken);

    /// <summary>Completes when there may be something to read after <paramref name="current"/>, or when the input has ended. May complete too early, never too late. The default asks again every 10 ms.</summary>
    async ValueTask WaitAsync(IReadOnlyList<SourceOffset> current, CancellationToken cancellationToken) => await Task.Delay(10, cancellationToken).ConfigureAwait(false);
}

/// <summary>The end of the next epoch of a source.</summary>
/// <param name="Offsets">For every partition known, where the epoch ends.</param>
/// <param name="IsEnd">Nothing comes after these offsets, ever.</param>
public readonly record struct SourceProgressPoint(IReadOnlyList<SourceOffset> Offsets, bool IsEnd);
