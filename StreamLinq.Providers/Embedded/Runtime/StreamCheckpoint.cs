// What can be done with a checkpoint while no query runs on it: compare a query with it, and copy it as a savepoint.
using Microsoft.Extensions.Logging.Abstractions;
using StreamLinq.Embedded;

namespace StreamLinq;

/// <summary>Works on the checkpoints of stopped queries. Thread-safe; a checkpoint that a query has open is refused (SLQ2040).</summary>
public static class StreamCheckpoint
{
    /// <summary>
    /// Says what would become of the state in a checkpoint if a query started on it, without starting it: nothing is read from a source or written, and the folder is not changed.
    /// The factories of processors are called, as at a start.
    /// </summary>
    /// <param name="outputs">The query: what would be given to <see cref="StreamEngine.StartAsync(IReadOnlyList{StreamOutput}, StreamingQueryOptions, CancellationToken)"/>.</param>
    /// <param name="checkpointLocation">The folder; if it is absent or empty there is no state, and nothing is told.</param>
    /// <param name="allowed">The changes that would be allowed; null: those that lose nothing.</param>
    /// <param name="cancellationToken">Cancels the comparison.</param>
    /// <exception cref="QueryTranslationException">An output is not legal.</exception>
    /// <exception cref="StreamLinqException">The checkpoint is in use (SLQ2040), damaged (SLQ2042), no checkpoint (SLQ2041) or of a newer format (SLQ2044).</exception>
    public static async Task<StateChanges> CompareAsync(IReadOnlyList<StreamOutput> outputs, string checkpointLocation, AllowedStateChanges? allowed = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(outputs);
        ArgumentException.ThrowIfNullOrEmpty(checkpointLocation);
        return Directory.Exists(checkpointLocation)
            ? await CompareAsync(outputs, new FileStorage(checkpointLocation), allowed, cancellationToken).ConfigureAwait(false)
            : new StateChanges(checkpointLocation, []);
    }

    /// <inheritdoc cref="CompareAsync(IReadOnlyList{StreamOutput}, string, AllowedStateChanges, CancellationToken)" />
    public static Task<StateChanges> CompareAsync(StreamOutput output, string checkpointLocation, AllowedStateChanges? allowed = null, CancellationToken cancellationToken = default) =>
        CompareAsync([output ?? throw new ArgumentNullException(nameof(output))], checkpointLocation, allowed, cancellationToken);

    internal static async Task<StateChanges> CompareAsync(IReadOnlyList<StreamOutput> outputs, IStorage storage, AllowedStateChanges? allowed, CancellationToken cancellationToken)
    {
        var plans = EmbeddedPlans.Of(outputs);
        var graph = new QueryGraph(plans, 0, new StageContext(), TimeSpan.FromDays(1));
        var state = graph.DescribeState(QueryRun.Identity(plans));
        var checkpoint = await Checkpoint.OpenAsync(new OverlayStorage(storage, takesLock: true), storage.Location, state.Query, state.Sources, new CheckpointOptions(), NullLogger.Instance, cancellationToken).ConfigureAwait(false);
        await using var closing = checkpoint.ConfigureAwait(false);
        return checkpoint.Compare(state, allowed);
    }

    /// <summary>
    /// Copies a checkpoint as a savepoint: another query starts from it with <see cref="StreamingQueryOptions.StartFrom"/>, with the state and the offsets of this one's last committed epoch.
    /// The files of the query's sinks are not part of it. A copy that is cut short is not taken for a savepoint, and is begun anew when it is made again.
    /// </summary>
    /// <param name="checkpointLocation">The checkpoint; no query has it open.</param>
    /// <param name="savepoint">The folder to make, absent or empty.</param>
    /// <param name="cancellationToken">Cancels the copy.</param>
    /// <exception cref="StreamLinqException">One of the two is in use (SLQ2040), the first is not a checkpoint or there is something in the second (SLQ2048).</exception>
    public static Task ExportAsync(string checkpointLocation, string savepoint, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(checkpointLocation);
        ArgumentException.ThrowIfNullOrEmpty(savepoint);
        return Savepoint.ExportAsync(FileStorage.Existing(checkpointLocation), new FileStorage(savepoint), cancellationToken).AsTask();
    }
}
