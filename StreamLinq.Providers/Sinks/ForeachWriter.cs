// What a user derives from to write rows somewhere with a beginning and an end per epoch: Spark's ForeachWriter.
namespace StreamLinq;

/// <summary>
/// Writes rows somewhere, epoch by epoch: <see cref="OpenAsync"/>, then <see cref="ProcessAsync"/> for each change, then <see cref="CloseAsync"/>. An epoch without rows is not opened.
/// Calls come one at a time. An epoch that was cut short by a crash comes again with the same rows: <see cref="OpenAsync"/> can look up whether partition and epoch were written already, and return
/// false; together with a write that is atomic with that note, each row is then written exactly once.
/// </summary>
/// <typeparam name="T">The rows.</typeparam>
public abstract class ForeachWriter<T>
{
    /// <summary>Begins an epoch of a partition. False: its rows are skipped; <see cref="CloseAsync"/> is called all the same.</summary>
    /// <param name="partition">The partition, from 0.</param>
    /// <param name="epoch">The epoch, from 0.</param>
    /// <param name="cancellationToken">Cancelled when the query is stopped at once.</param>
    public abstract ValueTask<bool> OpenAsync(int partition, long epoch, CancellationToken cancellationToken);

    /// <summary>Writes one change. For a stream and for a complete table all are <see cref="ChangeKind.Insert"/>.</summary>
    public abstract ValueTask ProcessAsync(Change<T> change, CancellationToken cancellationToken);

    /// <summary>Ends the epoch; called once for every <see cref="OpenAsync"/> that returned. What was written must be durable when the task completes without an error.</summary>
    /// <param name="error">What went wrong while the rows were written, here or elsewhere in the query; null if nothing did.</param>
    public abstract ValueTask CloseAsync(Exception? error);
}
