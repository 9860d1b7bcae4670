// What both deliveries do alike: rows become records, and a full queue of the client is waited for.
using Confluent.Kafka;

namespace StreamLinq.Kafka;

internal abstract class ProducerWriter<T>(RecordMaker<T> maker, Patience patience, TimeProvider clock) : IStreamSinkWriter<T>, IConnectionState
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(5);

    private protected static readonly TimeSpan StartLimit = TimeSpan.FromSeconds(30);

    public string? Trouble => patience.Trouble;

    private protected RecordMaker<T> Maker => maker;

    private protected Patience Patience => patience;

    // A call that blocks is cut into pieces of this length.
    private protected TimeSpan Piece => patience.Limit < TimeSpan.FromSeconds(10) ? patience.Limit : TimeSpan.FromSeconds(10);

    public abstract ValueTask WriteAsync(SinkBatch<T> batch, CancellationToken cancellationToken);

    public abstract ValueTask FlushAsync(long epoch, CancellationToken cancellationToken);

    // The epoch was made durable by FlushAsync.
    public ValueTask CommitAsync(long epoch, CancellationToken cancellationToken) => ValueTask.CompletedTask;

    public virtual ValueTask FailAsync(Exception error, CancellationToken cancellationToken) => ValueTask.CompletedTask;

    public abstract ValueTask DisposeAsync();

    private protected abstract void Send(string topic, Message<byte[]?, byte[]?> record);

    private protected async ValueTask SendAllAsync(SinkBatch<T> batch, CancellationToken cancellationToken)
    {
        maker.BeginBatch();
        for (var i = 0; i < batch.Changes.Length; i++)
        {
            var (topic, record) = Make(batch.Changes.Span[i], batch.Epoch);
            if (!TrySend(topic, record)) await SendWhenThereIsRoomAsync(topic, record, cancellationToken).ConfigureAwait(false);
        }
    }

    private (string Topic, Message<byte[]?, byte[]?> Record) Make(Change<T> change, long epoch)
    {
        try
        {
            return (maker.TopicOf(change), maker.Make(change, epoch));
        }
        catch (Exception error) when (error is not OutOfMemoryException)
        {
            throw KafkaErrors.NotWritten(maker.Place, typeof(T).Name, epoch, error.Message, error);
        }
    }

    private bool TrySend(string topic, Message<byte[]?, byte[]?> record)
    {
        try
        {
            Send(topic, record);
            return true;
        }
        catch (ProduceException<byte[]?, byte[]?> error) when (error.Error.Code == ErrorCode.Local_QueueFull)
        {
            return false;
        }
        catch (ProduceException<byte[]?, byte[]?> error)
        {
            throw Failure(error.Error, error);
        }
    }

    private async ValueTask SendWhenThereIsRoomAsync(string topic, Message<byte[]?, byte[]?> record, CancellationToken cancellationToken)
    {
        var started = clock.GetTimestamp();
        while (!TrySend(topic, record))
        {
            var waited = clock.GetElapsedTime(started);
            if (waited >= patience.Limit) throw KafkaErrors.Unreachable(maker.Place, waited, patience.Trouble ?? "the client's queue stays full");
            await Task.Delay(Pause, clock, cancellationToken).ConfigureAwait(false);
        }
    }

    private protected virtual StreamLinqException Failure(Error error, Exception? inner) => KafkaErrors.Of(error, maker.Place, inner);

    /// <summary>The topic must be there before the first row is taken. A broker that creates topics on first use creates it now.</summary>
    private protected async Task FindTopicAsync(Handle handle, CancellationToken cancellationToken)
    {
        using var admin = ClientSettings.Build(maker.Place, () => new DependentAdminClientBuilder(handle).Build());
        for (var attempt = 0; ; attempt++)
        {
            var found = await patience.RunAsync(() => Task.Run(() => admin.GetMetadata(maker.Topic, Piece), cancellationToken), cancellationToken, StartLimit).ConfigureAwait(false);
            var topic = found.Topics.Find(t => t.Topic == maker.Topic);
            if (topic is { Error.IsError: false, Partitions.Count: > 0 }) return;
            if (topic is not null && topic.Error.Code is ErrorCode.TopicAuthorizationFailed or ErrorCode.TopicException) throw KafkaErrors.Of(topic.Error, maker.Place);
            if (attempt == 20) throw KafkaErrors.NoTopic(maker.Place, maker.Topic);
            await Task.Delay(TimeSpan.FromMilliseconds(100), clock, cancellationToken).ConfigureAwait(false);
        }
    }
}
