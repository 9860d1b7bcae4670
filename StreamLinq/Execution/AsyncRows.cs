// ToAsyncEnumerable: a query whose sink hands each epoch to the reader and waits until the reader has taken it, so nothing piles up.
using System.Runtime.CompilerServices;
using System.Threading.Channels;

namespace StreamLinq;

internal static class AsyncRows
{
    internal static async IAsyncEnumerable<T> Read<T>(IStreamQueryable<T, AppendOnly> query, IStreamEngine engine, StreamingQueryOptions? options, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        var rows = Channel.CreateBounded<Change<T>[]>(1);
        var output = query.WriteTo((batch, cancel) => rows.Writer.WriteAsync(batch.Changes.ToArray(), cancel));
        var running = await engine.StartAsync(output, options, cancellationToken).ConfigureAwait(false);
        await using (running.ConfigureAwait(false))
        {
            var ended = running.Completion.ContinueWith(
                static (task, state) => ((ChannelWriter<Change<T>[]>)state!).TryComplete(task.Exception?.InnerException),
                rows.Writer, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
            try
            {
                await foreach (var batch in rows.Reader.ReadAllAsync(cancellationToken).ConfigureAwait(false))
                    foreach (var change in batch) yield return change.Row;
                await ended.ConfigureAwait(false);
            }
            finally
            {
                // The reader has left: what the running epoch still wants to write goes nowhere, so that the query can end.
                var stop = running.StopAsync(CancellationToken.None);
                while (!stop.IsCompleted && await Task.WhenAny(stop, rows.Reader.WaitToReadAsync(CancellationToken.None).AsTask()).ConfigureAwait(false) != stop)
                    if (!rows.Reader.TryRead(out _) && rows.Reader.Completion.IsCompleted) break;
            }
        }
    }
}
