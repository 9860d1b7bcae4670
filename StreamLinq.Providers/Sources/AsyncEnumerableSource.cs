// Any IAsyncEnumerable as a source. Rows that are ready are taken without waiting, in batches of up to 1024.
namespace StreamLinq.Sources;

internal sealed class AsyncEnumerableSource<T>(IAsyncEnumerable<T> rows) : IStreamSource<T>
{
    internal const int Capacity = 65536;

    public string Description => "IAsyncEnumerable of " + typeof(T).Name;

    public bool IsReplayable => false;

    public ValueTask<IStreamReader<T>> OpenAsync(SourceContext context, CancellationToken cancellationToken) => new(new BufferedReader<T>(Description, context, Capacity, new Receiver(rows)));

    private sealed class Receiver(IAsyncEnumerable<T> rows) : RowReceiver<T>
    {
        internal override async Task ReceiveAsync(RowBuffer<T> buffer, CancellationToken cancellationToken)
        {
            var input = rows.GetAsyncEnumerator(cancellationToken);
            Task<bool>? waiting = null;
            try
            {
                while (true)
                {
                    var next = input.MoveNextAsync();
                    bool any;
                    if (next.IsCompleted)
                    {
                        any = await next.ConfigureAwait(false);
                    }
                    else
                    {
                        buffer.Publish(idle: true);
                        waiting = next.AsTask();
                        any = await waiting.WaitAsync(cancellationToken).ConfigureAwait(false);
                        waiting = null;
                        buffer.Publish(idle: false);
                    }

                    if (!any) return;
                    if (buffer.Add(input.Current)) await buffer.PublishAsync(cancellationToken).ConfigureAwait(false);
                    cancellationToken.ThrowIfCancellationRequested();
                }
            }
            finally
            {
                // An enumerator that ignores cancellation must not be disposed while it moves, and must not hold up the query: it is disposed when it comes back.
                if (waiting is { IsCompleted: false }) _ = DisposeLaterAsync(waiting, input);
                else await input.DisposeAsync().ConfigureAwait(false);
            }
        }

        private static async Task DisposeLaterAsync(Task<bool> waiting, IAsyncEnumerator<T> input)
        {
            await ((Task)waiting).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            await input.DisposeAsync().ConfigureAwait(false);
        }
    }
}
