// Changes into a channel, with its back pressure.
using System.Threading.Channels;

namespace StreamLinq.Sinks;

internal sealed class ChannelSink<T>(ChannelWriter<Change<T>> channel) : IStreamSink<T>
{
    public string Description => "channel";

    // No Replaces: a reader could not tell where a table begins.
    public SinkFeatures Features => SinkFeatures.Upserts | SinkFeatures.Deletes;

    public ValueTask<IStreamSinkWriter<T>> OpenAsync(SinkContext context, CancellationToken cancellationToken) => new(new Writer(channel));

    private sealed class Writer(ChannelWriter<Change<T>> channel) : IStreamSinkWriter<T>
    {
        public async ValueTask WriteAsync(SinkBatch<T> batch, CancellationToken cancellationToken)
        {
            for (var i = 0; i < batch.Changes.Length; i++) await channel.WriteAsync(batch.Changes.Span[i], cancellationToken).ConfigureAwait(false);
        }

        public ValueTask CommitAsync(long epoch, CancellationToken cancellationToken) => ValueTask.CompletedTask;

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
