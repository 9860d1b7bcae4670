// A ChannelReader as a source: rows that are in the channel are taken in one go, and the channel is left full when the query is behind.
using System.Threading.Channels;

namespace StreamLinq.Sources;

internal sealed class ChannelSource<T>(ChannelReader<T> channel) : IStreamSource<T>
{
    public string Description => "channel of " + typeof(T).Name;

    public bool IsReplayable => false;

    public ValueTask<IStreamReader<T>> OpenAsync(SourceContext context, CancellationToken cancellationToken) =>
        new(new BufferedReader<T>(Description, context, AsyncEnumerableSource<T>.Capacity, new Receiver(channel)));

    private sealed class Receiver(ChannelReader<T> channel) : RowReceiver<T>
    {
        internal override long Ready => channel.CanCount ? channel.Count : 0;

        internal override async Task ReceiveAsync(RowBuffer<T> buffer, CancellationToken cancellationToken)
        {
            while (true)
            {
                while (channel.TryRead(out var row))
                {
                    if (buffer.Add(row)) await buffer.PublishAsync(cancellationToken).ConfigureAwait(false);
                    cancellationToken.ThrowIfCancellationRequested();
                }

                var more = channel.WaitToReadAsync(cancellationToken);
                if (!more.IsCompleted) buffer.Publish(idle: true);
                var any = await more.ConfigureAwait(false);
                if (!any) return;
                buffer.Publish(idle: false);
            }
        }
    }
}
