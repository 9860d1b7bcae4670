// The sink behind WriteTo(function): Spark's foreachBatch. The function gets an epoch in one piece, so it can make its own effect idempotent by the epoch's number.
using System.Runtime.CompilerServices;

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
        private Change<T>[] _rows = [];
        private int _count;
        private bool _written, _replaces;

        public ValueTask WriteAsync(SinkBatch<T> batch, CancellationToken cancellationToken)
        {
            _written = true;
            _replaces = batch.Replaces;
            if (_count + batch.Changes.Length > _rows.Length) Array.Resize(ref _rows, Math.Max(_count + batch.Changes.Length, _rows.Length * 2));
            batch.Changes.CopyTo(_rows.AsMemory(_count));
            _count += batch.Changes.Length;
            return ValueTask.CompletedTask;
        }

        public async ValueTask FlushAsync(long epoch, CancellationToken cancellationToken)
        {
            if (!_written) return;
            _written = false;
            try
            {
                await write(new SinkBatch<T>(epoch, _replaces, _rows.AsMemory(0, _count)), cancellationToken).ConfigureAwait(false);
            }
            finally
            {
                if (RuntimeHelpers.IsReferenceOrContainsReferences<T>()) Array.Clear(_rows, 0, _count);
                _count = 0;
            }
        }

        public ValueTask CommitAsync(long epoch, CancellationToken cancellationToken) => ValueTask.CompletedTask;

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
