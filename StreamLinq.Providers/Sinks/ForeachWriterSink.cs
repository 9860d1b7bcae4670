// Runs a ForeachWriter through its life: opened with the first rows of an epoch, closed once whatever happens, and closed with the error if there was one.
using System.Runtime.ExceptionServices;

namespace StreamLinq.Sinks;

internal sealed class ForeachWriterSink<T>(Func<SinkContext, ForeachWriter<T>> make) : IStreamSink<T>
{
    public string Description => "for each (writer)";

    // Replaces: in Complete mode the opening of an epoch is where the table begins.
    public SinkFeatures Features => SinkFeatures.Upserts | SinkFeatures.Deletes | SinkFeatures.Replaces;

    public ValueTask<IStreamSinkWriter<T>> OpenAsync(SinkContext context, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(context);
        return new(new Writer(make(context) ?? throw new InvalidOperationException("The function given to StreamSink.ForEach made no writer."), context.Partition));
    }

    private sealed class Writer(ForeachWriter<T> writer, int partition) : IStreamSinkWriter<T>
    {
        private bool _open, _skips;

        public async ValueTask WriteAsync(SinkBatch<T> batch, CancellationToken cancellationToken)
        {
            if (!_open)
            {
                _skips = !await writer.OpenAsync(partition, batch.Epoch, cancellationToken).ConfigureAwait(false);
                _open = true;
            }
            if (_skips) return;
            try
            {
                for (var i = 0; i < batch.Changes.Length; i++) await writer.ProcessAsync(batch.Changes.Span[i], cancellationToken).ConfigureAwait(false);
            }
            catch (Exception error)
            {
                await FailAsync(error, CancellationToken.None).ConfigureAwait(false);
                throw;
            }
        }

        public ValueTask FlushAsync(long epoch, CancellationToken cancellationToken) => CloseAsync(null);

        public ValueTask CommitAsync(long epoch, CancellationToken cancellationToken) => ValueTask.CompletedTask;

        // An error of closing must not hide the one that led to it.
        public async ValueTask FailAsync(Exception error, CancellationToken cancellationToken)
        {
            try
            {
                await CloseAsync(error).ConfigureAwait(false);
            }
            catch (Exception closing)
            {
                throw new AggregateException("Writing failed, and so did closing the writer.", error, closing);
            }
        }

        public ValueTask DisposeAsync() => CloseAsync(_open ? ExceptionDispatchInfo.SetCurrentStackTrace(new OperationCanceledException("The query stopped before the epoch was written.")) : null);

        private async ValueTask CloseAsync(Exception? error)
        {
            if (!_open) return;
            _open = false;
            await writer.CloseAsync(error).ConfigureAwait(false);
        }
    }
}
