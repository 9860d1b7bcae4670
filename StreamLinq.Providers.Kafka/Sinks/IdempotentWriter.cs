// At least once: records are sent by an idempotent producer, and an epoch is flushed when all of them are confirmed.
using Confluent.Kafka;

namespace StreamLinq.Kafka;

internal sealed class IdempotentWriter<T> : ProducerWriter<T>
{
    private readonly IProducer<byte[]?, byte[]?> _producer;
    private readonly Action<DeliveryReport<byte[]?, byte[]?>> _hear;
    private volatile Error? _failure;

    private IdempotentWriter(IProducer<byte[]?, byte[]?> producer, RecordMaker<T> maker, Patience patience, TimeProvider clock) : base(maker, patience, clock)
    {
        _producer = producer;
        _hear = report =>
        {
            if (report.Error.IsError) _failure ??= report.Error;
        };
    }

    internal static async ValueTask<IStreamSinkWriter<T>> OpenAsync(string servers, KafkaSinkOptions options, RecordMaker<T> maker, TimeProvider clock, CancellationToken cancellationToken)
    {
        var patience = new Patience(maker.Place, options.MaxOutage, clock);
        var config = ClientSettings.Producer(servers, null, options.MaxOutage, options.Settings);
        var producer = ClientSettings.Build(maker.Place, () => new ProducerBuilder<byte[]?, byte[]?>(config)
            .SetLogHandler((_, message) => ClientLog.Write(options.Logger, message)).SetErrorHandler((_, error) => patience.Hear(error)).Build());
        var writer = new IdempotentWriter<T>(producer, maker, patience, clock);
        try
        {
            await writer.FindTopicAsync(producer.Handle, cancellationToken).ConfigureAwait(false);
            return writer;
        }
        catch
        {
            await writer.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    public override ValueTask WriteAsync(SinkBatch<T> batch, CancellationToken cancellationToken) => SendAllAsync(batch, cancellationToken);

    private protected override void Send(string topic, Message<byte[]?, byte[]?> record) => _producer.Produce(topic, record, _hear);

    // Each record is confirmed or given up within MaxOutage, so this ends.
    public override async ValueTask FlushAsync(long epoch, CancellationToken cancellationToken)
    {
        using var asking = Patience.Ask();
        while (await Task.Run(() => _producer.Flush(TimeSpan.FromMilliseconds(500)), cancellationToken).ConfigureAwait(false) > 0) cancellationToken.ThrowIfCancellationRequested();
        if (_failure is { } failure)
            throw failure.Code == ErrorCode.Local_MsgTimedOut ? KafkaErrors.Unreachable(Maker.Place, Patience.Limit, KafkaErrors.Text(failure)) : Failure(failure, null);
        Patience.Calm();
    }

    public override ValueTask DisposeAsync()
    {
        _producer.Dispose();
        return ValueTask.CompletedTask;
    }
}
