// A function per change.
namespace StreamLinq.Sinks;

internal sealed class ForEachSink<T>(Func<Change<T>, CancellationToken, ValueTask> write) : IStreamSink<T>
{
    public string Description => "for each";

    // No Replaces: the function could not tell where a table begins.
    public SinkFeatures Features => SinkFeatures.Upserts | SinkFeatures.Deletes;

    public ValueTask<IStreamSinkWriter<T>> OpenAsync(SinkContext context, CancellationToken cancellationToken) => new(new Writer(write));

    private sealed class Writer(Func<Change<T>, CancellationToken, ValueTask> write) : IStreamSinkWriter<T>
    {
        public async ValueTask WriteAsync(SinkBatch<T> batch, CancellationToken cancellationToken)
        {
            for (var i = 0; i < batch.Changes.Length; i++) await write(batch.Changes.Span[i], cancellationToken).ConfigureAwait(false);
        }

        public ValueTask CommitAsync(long epoch, CancellationToken cancellationToken) => ValueTask.CompletedTask;

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
