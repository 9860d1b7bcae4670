// A source as the epoch loop sees it: where it stands, what the next epoch may take, and the rows of a range pushed into the stages.
namespace StreamLinq.Embedded;

internal interface ISourceInput : IAsyncDisposable
{
    string Name { get; }

    string Description { get; }

    bool IsReplayable { get; }

    /// <summary>Where the last planned epoch ends.</summary>
    IReadOnlyList<SourceOffset> Position { get; set; }

    /// <summary>Whether nothing comes after <see cref="Position"/>, as far as the last plan told.</summary>
    bool IsEnd { get; }

    /// <summary>Rows read in the running epoch.</summary>
    long Rows { get; }

    /// <summary>Lines the source has been told to leave out, since it was opened.</summary>
    long RejectedRows { get; }

    /// <summary>How its partitions stand; empty where it does not tell.</summary>
    IReadOnlyList<PartitionProgress> Progress { get; }

    /// <summary>What it waits for; null while all is well.</summary>
    string? Trouble { get; }

    ValueTask OpenAsync(SourceContext context, CancellationToken cancellationToken);

    /// <summary>Names the next range; null if there is nothing to read.</summary>
    /// <param name="maxRows">The most rows to take; null: no limit.</param>
    /// <param name="findsUnread">Whether <see cref="Partitions"/> is to know of each partition if it has rows, also where the limit leaves none of them for this range.</param>
    /// <param name="cancellationToken">Cancels.</param>
    ValueTask<SourceRange?> PlanAsync(long? maxRows, bool findsUnread, CancellationToken cancellationToken);

    /// <summary>Its partitions for the watermark, given what the next epoch will read.</summary>
    IEnumerable<PartitionState> Partitions(SourceRange? range);

    /// <summary>Reads a range and pushes its rows; after each batch <paramref name="drain"/> is awaited.</summary>
    ValueTask ReadAsync(SourceRange range, StageContext context, Func<ValueTask> drain, CancellationToken cancellationToken);

    /// <summary>Says that nothing up to these offsets will be asked for again.</summary>
    ValueTask CommitAsync(IReadOnlyList<SourceOffset> offsets, CancellationToken cancellationToken);

    ValueTask FixEndAsync(CancellationToken cancellationToken);

    ValueTask WaitAsync(CancellationToken cancellationToken);
}
