// Exactly once: a transaction per epoch, which also moves an offset of the sink's own group to epoch + 1. So rows and proof are there together or not at all,
// and a start that finds the proof of an epoch knows that its rows need not be written again.
using System.Collections.Concurrent;
using Confluent.Kafka;

namespace StreamLinq.Kafka;

internal sealed class TransactionalWriter<T> : ProducerWriter<T>
{
    private static readonly ConcurrentDictionary<string, bool> InUse = new(StringComparer.Ordinal);
    private static readonly TimeSpan AbortLimit = TimeSpan.FromSeconds(5);

    private readonly IProducer<byte[]?, byte[]?> _producer;
    private readonly SinkIdentity _id;
    private IConsumerGroupMetadata? _group;
    private long _written = -1;
    private bool _isOpen;

    private TransactionalWriter(IProducer<byte[]?, byte[]?> producer, RecordMaker<T> maker, SinkIdentity id, Patience patience, TimeProvider clock) : base(maker, patience, clock) => (_producer, _id) = (producer, id);

    internal static async ValueTask<IStreamSinkWriter<T>> OpenAsync(string servers, KafkaSinkOptions options, RecordMaker<T> maker, SinkIdentity id, SinkContext context, CancellationToken cancellationToken)
    {
        if (!InUse.TryAdd(id.Id, true)) throw KafkaErrors.SinkTwice(maker.Place, id.Id);
        try
        {
            var patience = new Patience(maker.Place, options.MaxOutage, context.TimeProvider, id.Id);
            var config = ClientSettings.Producer(servers, id.Id, options.MaxOutage, options.Settings);
            var producer = ClientSettings.Build(maker.Place, () => new ProducerBuilder<byte[]?, byte[]?>(config)
                .SetLogHandler((_, message) => ClientLog.Write(options.Logger, message)).SetErrorHandler((_, error) => patience.Hear(error)).Build());
            var writer = new TransactionalWriter<T>(producer, maker, id, patience, context.TimeProvider);
            try
            {
                await writer.StartAsync(servers, options, context.LastCommittedEpoch, cancellationToken).ConfigureAwait(false);
                return writer;
            }
            catch
            {
                writer._producer.Dispose();
                throw;
            }
        }
        catch
        {
            InUse.TryRemove(id.Id, out _);
            throw;
        }
    }

    // First the older process is shut out and what it left open is ended; only then the proof can be trusted.
    private async Task StartAsync(string servers, KafkaSinkOptions options, long? committed, CancellationToken cancellationToken)
    {
        await Patience.RunAsync(() => _producer.InitTransactions(Piece), cancellationToken, StartLimit).ConfigureAwait(false);
        await FindTopicAsync(_producer.Handle, cancellationToken).ConfigureAwait(false);
        using (var proof = new EpochProof(servers, options, Maker.Topic, _id, Patience))
        {
            _group = proof.Group;
            var found = await proof.ReadAsync(cancellationToken).ConfigureAwait(false);
            _written = found ?? (committed is not { } last ? -1 : options.LastEpochWritten ?? await proof.SearchAsync(last, Maker.HasOneTopic, cancellationToken).ConfigureAwait(false));
        }

        // The epoch after the committed one may be in: it was cut short, and comes again. Later ones would be skipped, with rows that nobody has written.
        if (_written > (committed ?? -1) + 1) throw KafkaErrors.OldCheckpoint(Maker.Place, _written, committed);

        // Anew, so that it does not expire; and so that a right that lacks is missed now.
        Begin();
        await EndAsync(_written, cancellationToken).ConfigureAwait(false);
    }

    public override ValueTask WriteAsync(SinkBatch<T> batch, CancellationToken cancellationToken)
    {
        if (batch.Epoch <= _written) return ValueTask.CompletedTask;
        if (!_isOpen)
        {
            Begin();
            _isOpen = true;
        }

        return SendAllAsync(batch, cancellationToken);
    }

    private void Begin()
    {
        try
        {
            _producer.BeginTransaction();
        }
        catch (KafkaException error)
        {
            throw Failure(error.Error, error);
        }
    }

    private protected override void Send(string topic, Message<byte[]?, byte[]?> record) => _producer.Produce(topic, record);

    // An epoch without rows needs no proof: there is nothing to write twice.
    public override async ValueTask FlushAsync(long epoch, CancellationToken cancellationToken)
    {
        if (!_isOpen) return;
        await EndAsync(epoch, cancellationToken).ConfigureAwait(false);
        _isOpen = false;
        _written = epoch;
    }

    private async Task EndAsync(long epoch, CancellationToken cancellationToken)
    {
        try
        {
            var proof = new TopicPartitionOffset(Maker.Topic, 0, epoch + 1);
            await Patience.RunAsync(() => _producer.SendOffsetsToTransaction([proof], _group, Piece), cancellationToken).ConfigureAwait(false);
            await Patience.RunAsync(() => _producer.CommitTransaction(Piece), cancellationToken).ConfigureAwait(false);
        }
        catch (KafkaTxnRequiresAbortException error)
        {
            await AbortAsync().ConfigureAwait(false);
            var failure = Failure(error.Error, error);
            throw failure.Code is "SLQ4012" or "SLQ4007" ? KafkaErrors.Aborted(Maker.Place, epoch, KafkaErrors.Text(error.Error), error) : failure;
        }
    }

    private protected override StreamLinqException Failure(Error error, Exception? inner) => KafkaErrors.Of(error, Maker.Place, inner, _id.Id);

    private async ValueTask AbortAsync()
    {
        _isOpen = false;
        try
        {
            await Task.Run(() => _producer.AbortTransaction(AbortLimit)).ConfigureAwait(false);
        }
        catch (KafkaException)
        {
            // The broker aborts it at the next start of the query, or when transaction.timeout.ms has passed; why the query fails is told by the failure itself.
        }
    }

    public override async ValueTask FailAsync(Exception error, CancellationToken cancellationToken)
    {
        if (_isOpen) await AbortAsync().ConfigureAwait(false);
    }

    public override async ValueTask DisposeAsync()
    {
        if (_isOpen) await AbortAsync().ConfigureAwait(false);
        _producer.Dispose();
        InUse.TryRemove(_id.Id, out _);
    }
}
