// What the engine logs, with event ids that stay.
using Microsoft.Extensions.Logging;

namespace StreamLinq.Embedded;

internal static partial class RuntimeLog
{
    private static readonly Func<ILogger, string, IDisposable?> QueryScope = LoggerMessage.DefineScope<string>("Query {Query}");

    /// <summary>What is logged until the result is disposed carries the query's name.</summary>
    internal static IDisposable? InQuery(this ILogger logger, string query) => QueryScope(logger, query);

    [LoggerMessage(1, LogLevel.Information, "Query {Query} started: {Delivery}, checkpoint {Checkpoint}.")]
    internal static partial void Started(this ILogger logger, string query, DeliveryGuarantee delivery, string checkpoint);

    [LoggerMessage(2, LogLevel.Warning, "Query {Query} has no checkpoint: its state and offsets are lost when it ends. Set StreamingQueryOptions.CheckpointLocation, or StreamEngineOptions.CheckpointRoot and a name.")]
    internal static partial void NoCheckpoint(this ILogger logger, string query);

    [LoggerMessage(3, LogLevel.Information, "Query {Query} runs epoch {Epoch} again, which was logged and not committed.")]
    internal static partial void Replaying(this ILogger logger, string query, long epoch);

    [LoggerMessage(4, LogLevel.Debug, "Query {Query} committed epoch {Epoch}: {Rows} rows in {Milliseconds} ms.")]
    internal static partial void Committed(this ILogger logger, string query, long epoch, long rows, double milliseconds);

    [LoggerMessage(5, LogLevel.Warning, "Query {Query} left out {Rows} rows of epoch {Epoch} because a lambda threw; the first: {Message}.")]
    internal static partial void RowsSkipped(this ILogger logger, Exception? error, string query, long rows, long epoch, string message);

    [LoggerMessage(6, LogLevel.Information, "Query {Query} ended.")]
    internal static partial void Ended(this ILogger logger, string query);

    [LoggerMessage(7, LogLevel.Error, "Query {Query} failed.")]
    internal static partial void Failed(this ILogger logger, Exception error, string query);

    [LoggerMessage(8, LogLevel.Warning, "Listener {Listener} threw.")]
    internal static partial void ListenerFailed(this ILogger logger, Exception error, string listener);

    [LoggerMessage(9, LogLevel.Warning, "Query {Query} failed to release {What} after it ended.")]
    internal static partial void ReleaseFailed(this ILogger logger, Exception error, string query, string what);

    [LoggerMessage(10, LogLevel.Information, "Query {Query} comes near its memory budget of {Budget} bytes: state that is not used leaves memory for the folder {Folder}, which is deleted when the query ends.")]
    internal static partial void Spills(this ILogger logger, string query, long budget, string folder);

    [LoggerMessage(11, LogLevel.Warning, "Query {Query} was changed since its checkpoint was written:\n{Changes}")]
    internal static partial void StateChanged(this ILogger logger, string query, StateChanges changes);

    [LoggerMessage(12, LogLevel.Warning, "Query {Query} could not load the rows of {Lookup} again; it goes on with those it has.")]
    internal static partial void NotLoadedAgain(this ILogger logger, Exception error, string query, string lookup);
}
