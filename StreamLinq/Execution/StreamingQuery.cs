// A running query, as its owner sees it: identity, progress, failure, and the three ways to end it.
namespace StreamLinq;

/// <summary>A running query. All members may be used from any thread. Disposing stops it as <see cref="StopAsync"/> does.</summary>
public abstract class StreamingQuery : IAsyncDisposable
{
    /// <summary>Identifies the query across restarts: it is kept in the checkpoint. Without a checkpoint it is new at every start.</summary>
    public abstract Guid Id { get; }

    /// <summary>Identifies this run.</summary>
    public abstract Guid RunId { get; }

    /// <summary>The name given at the start, or a generated one.</summary>
    public abstract string Name { get; }

    /// <summary>Whether it still runs.</summary>
    public abstract bool IsActive { get; }

    /// <summary>What it is doing now.</summary>
    public abstract StreamingQueryStatus Status { get; }

    /// <summary>What can be relied on after a crash, computed from its sources and sinks.</summary>
    public abstract DeliveryGuarantee Delivery { get; }

    /// <summary>The progress of the last epoch, or null before the first has ended.</summary>
    public abstract StreamingQueryProgress? LastProgress { get; }

    /// <summary>The progress of the last epochs, oldest first; at most 100.</summary>
    public abstract IReadOnlyList<StreamingQueryProgress> RecentProgress { get; }

    /// <summary>Why it failed, or null.</summary>
    public abstract StreamingQueryException? Exception { get; }

    /// <summary>Ends when the query ends; faults with <see cref="StreamingQueryException"/> if it failed.</summary>
    public abstract Task Completion { get; }

    /// <summary>Completes when every row that its sources held at the time of the call is in a committed epoch. Faults if the query fails or stops before.</summary>
    public abstract Task ProcessAllAvailableAsync(CancellationToken cancellationToken = default);

    /// <summary>Ends the query after the epoch that is running, which is committed. Safe to call twice. Cancelling stops waiting, not stopping.</summary>
    public abstract Task StopAsync(CancellationToken cancellationToken = default);

    /// <summary>Takes what is there, closes every window as at the end of the input, and stops.</summary>
    public abstract Task DrainAsync(CancellationToken cancellationToken = default);

    /// <summary>
    /// Copies the state and the offsets of the last committed epoch to a folder, from which another query starts with <see cref="StreamingQueryOptions.StartFrom"/>. The query stands still while its
    /// files are copied. The files of its sinks are not part of it. A copy that fails or is cut short does no harm to the query, and is not taken for whole.
    /// </summary>
    /// <param name="folder">The folder to make, absent or empty.</param>
    /// <param name="cancellationToken">Cancels the copy.</param>
    /// <exception cref="StreamLinqException">The query has no checkpoint, or there is something in the folder (SLQ2048).</exception>
    /// <exception cref="InvalidOperationException">The query has ended.</exception>
    public abstract Task SavepointAsync(string folder, CancellationToken cancellationToken = default);

    /// <summary>
    /// Says in one paragraph why nothing has come out, or not yet: no rows were read, all were filtered or late, the watermark is held back by an input, the next window closes at a time to come.
    /// It tells how things stood after the last look at the sources. Safe to call from any thread, also after the end.
    /// </summary>
    public abstract string WhyNoOutput();

    /// <summary>The query's plan as text.</summary>
    public abstract string Explain(ExplainLevel level = ExplainLevel.Physical);

    /// <summary>Stops the query and waits for its end. Does not throw if it failed: see <see cref="Completion"/>.</summary>
    public abstract ValueTask DisposeAsync();
}

/// <summary>What a query is doing.</summary>
/// <param name="Message">For people.</param>
/// <param name="IsDataAvailable">Whether the last look found rows to read.</param>
/// <param name="IsTriggerActive">Whether an epoch is running.</param>
public sealed record StreamingQueryStatus(string Message, bool IsDataAvailable, bool IsTriggerActive);

/// <summary>What holds for the rows of a query after a crash.</summary>
public enum DeliveryGuarantee
{
    /// <summary>No checkpoint: after a restart the query begins anew.</summary>
    None,

    /// <summary>A source cannot be read again: rows not yet in a logged epoch are lost in a crash.</summary>
    AtMostOnce,

    /// <summary>Nothing is lost; an epoch that was cut short is written to the sink again, with other rows where it asks elsewhere and the answers are others.</summary>
    AtLeastOnce,

    /// <summary>Each row has its effect on the sink exactly once.</summary>
    ExactlyOnce,
}

/// <summary>A query failed while it ran. The inner exception is the cause.</summary>
public sealed class StreamingQueryException : StreamLinqException
{
    /// <summary>Makes the exception.</summary>
    /// <param name="code">The SLQ code.</param>
    /// <param name="message">What failed, where, and what to do.</param>
    /// <param name="inner">The cause.</param>
    public StreamingQueryException(string code, string message, Exception? inner) : base(code, message, inner) { }
}
