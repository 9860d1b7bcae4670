// The sink behind WriteTo(function): Spark's foreachBatch. The function gets an epoch in one piece, so it can make its own effect idempotent by the epoch's number.
namespace StreamLinq;

internal sealed class ForEachBatchSink<T> : IStreamSink<T>
{
    private readonly Func<SinkBatch<T>, CancellationToken, ValueTask> _write;

    public ForEachBatchSink(Func<SinkBatch<T>, CancellationToken, ValueTask> write)
    {
        ArgumentNullException.ThrowIfNull(write);
        _write = write;
    }

    public string Description => "for each batch";

    public SinkFeatures Features => SinkFeatures.Upserts | SinkFeatures.Deletes | SinkFeatures.Replaces;

    public ValueTask<IStreamSinkWriter<T>> OpenAsync(SinkContext context, CancellationToken cancellationToken) => new(new Writer(_write));

    private sealed class Writer(Func<SinkBatch<T>, CancellationToken, ValueTask> write) : IStreamSinkWriter<T>
    {
        private readonly List<Change<T>> _rows = [];
        private bool _written, _replaces;

        public ValueTask WriteAsync(SinkBatch<T> batch, CancellationToken cancellationToken)
        {
            _written = true;
            _replaces = batch.Replaces;
            _rows.AddRange(batch.Changes.Span);
            return ValueTask.CompletedTask;
        }

        public async ValueTask FlushAsync(long epoch, CancellationToken cancellationToken)
        {
            if (!_written) return;
            _written = false;
            try
            {
                await write(new SinkBatch<T>(epoch, _replaces, _rows.ToArray()), cancellationToken).ConfigureAwait(false);
            }
            finally
            {
                _rows.Clear();
            }
        }

        public ValueTask CommitAsync(long epoch, CancellationToken cancellationToken) => ValueTask.CompletedTask;

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
