// Writes records that cannot be read to a topic, as they are and with the reason in their headers. They are there before their epoch commits; an epoch that runs again writes them again.
using System.Globalization;
using System.Text;
using Confluent.Kafka;

namespace StreamLinq.Kafka;

/// <summary>Used by the reader only, one call at a time.</summary>
internal sealed class DeadLetters(string servers, KafkaSourceOptions options, Patience patience) : IDisposable
{
    private IProducer<byte[]?, byte[]?>? _producer;
    private readonly List<Task> _sent = [];

    internal void Add(string topic, int partition, UnreadRecord record)
    {
        _producer ??= ClientSettings.Build(patience.Place, () => new ProducerBuilder<byte[]?, byte[]?>(ClientSettings.Producer(servers, null, options.MaxOutage, options.Settings))
            .SetLogHandler((_, message) => ClientLog.Write(options.Logger, message)).SetErrorHandler((_, error) => patience.Hear(error)).Build());
        var headers = new Headers();
        foreach (var header in record.Headers ?? []) headers.Add(header.Key, header.GetValueBytes());
        foreach (var (name, text) in new[]
        {
            ("streamlinq-topic", topic), ("streamlinq-partition", partition.ToString(CultureInfo.InvariantCulture)),
            ("streamlinq-offset", record.Offset.ToString(CultureInfo.InvariantCulture)), ("streamlinq-reason", record.Reason),
        })
            headers.Add(name, Encoding.UTF8.GetBytes(text));
        _sent.Add(_producer.ProduceAsync(options.DeadLetterTopic, new Message<byte[]?, byte[]?> { Key = record.Key, Value = record.Value, Headers = headers, Timestamp = record.Timestamp }));
    }

    /// <summary>Waits until all are written.</summary>
    internal async ValueTask FlushAsync()
    {
        if (_sent.Count == 0) return;
        try
        {
            await Task.WhenAll(_sent).ConfigureAwait(false);
        }
        catch (ProduceException<byte[]?, byte[]?> error)
        {
            throw KafkaErrors.Of(error.Error, $"{patience.Place}, dead-letter topic {options.DeadLetterTopic}", error);
        }

        _sent.Clear();
    }

    public void Dispose() => _producer?.Dispose();
}
