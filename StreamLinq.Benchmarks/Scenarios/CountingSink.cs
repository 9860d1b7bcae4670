// A sink that counts the rows it is given, batch by batch as the engine has them, and looks at each.
namespace StreamLinq.Benchmarks;

/// <param name="look">Looks at a batch.</param>
internal sealed class CountingSink<T>(Action<SinkBatch<T>> look) : IStreamSink<T>
{
    public string Description => "counting sink";

    public SinkFeatures Features => SinkFeatures.Upserts | SinkFeatures.Deletes | SinkFeatures.Replaces;

    public ValueTask<IStreamSinkWriter<T>> OpenAsync(SinkContext context, CancellationToken cancellationToken) => new(new Writer(look));

    private sealed class Writer(Action<SinkBatch<T>> look) : IStreamSinkWriter<T>
    {
        public ValueTask WriteAsync(SinkBatch<T> batch, CancellationToken cancellationToken)
        {
            look(batch);
            return ValueTask.CompletedTask;
        }

        public ValueTask CommitAsync(long epoch, CancellationToken cancellationToken) => ValueTask.CompletedTask;

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
