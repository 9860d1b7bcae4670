// The door to Kafka as a sink.
using System.Text.Json;
using Confluent.Kafka;
using StreamLinq.Kafka;

namespace StreamLinq;

/// <summary>
/// Writes queries to Kafka topics. A stream is appended. In Update mode a row is written under its key, and a row that leaves as a tombstone (a key without a value), as compacted topics want it. In Changelog mode
/// each change is an envelope {"op": "c", "after": …} or {"op": "d", "before": …}, as Debezium writes it, where the value is JSON; in other formats the row, with a header "change" that says insert or delete.
/// </summary>
public static class KafkaSink
{
    /// <summary>Writes rows to a topic.</summary>
    /// <typeparam name="T">The rows.</typeparam>
    /// <param name="servers">Brokers to begin with: host:port, separated by commas.</param>
    /// <param name="topic">The topic. It must exist, unless the broker creates topics on first use.</param>
    /// <param name="value">How rows are written, any serializer of Confluent.Kafka; null: byte[] and string as they are, everything else as JSON.</param>
    /// <param name="options">How to write; null: the defaults of <see cref="KafkaSinkOptions"/>.</param>
    /// <exception cref="StreamLinqException">SLQ4002: a setting is refused. SLQ4013: the type cannot be written as JSON.</exception>
    public static KafkaSink<T> To<T>(string servers, string topic, ISerializer<T>? value = null, KafkaSinkOptions? options = null) =>
        new(servers, topic, value ?? KafkaFormat.Of<T>(), options ?? new KafkaSinkOptions());

    /// <summary>Writes rows of any type, anonymous ones too, to a topic as JSON. The key is that of the table, for a stream there is none.</summary>
    /// <param name="servers">Brokers to begin with: host:port, separated by commas.</param>
    /// <param name="topic">The topic. It must exist, unless the broker creates topics on first use.</param>
    /// <param name="json">How rows are written; null: as <see cref="KafkaFormat.Json{T}"/> does.</param>
    /// <param name="options">How to write; null: the defaults of <see cref="KafkaSinkOptions"/>.</param>
    /// <exception cref="StreamLinqException">SLQ4002: a setting is refused.</exception>
    public static IStreamSinkFactory Json(string servers, string topic, JsonSerializerOptions? json = null, KafkaSinkOptions? options = null)
    {
        (options ??= new KafkaSinkOptions()).Validate();
        return new JsonFactory(servers, topic, json, options);
    }

    private sealed class JsonFactory(string servers, string topic, JsonSerializerOptions? json, KafkaSinkOptions options) : IStreamSinkFactory
    {
        public IStreamSink<T> Create<T>() => To(servers, topic, KafkaFormat.Json<T>(json), options);
    }
}

/// <summary>A topic to write to. Immutable: each With method gives a new sink. The functions are called once per row, in order, and again when an epoch runs again; they must answer the same then.</summary>
/// <typeparam name="T">The rows.</typeparam>
public sealed class KafkaSink<T> : IStreamSink<T>
{
    private readonly RecordShape<T> _shape;
    private readonly string _servers;
    private readonly KafkaSinkOptions _options;

    internal KafkaSink(string servers, string topic, ISerializer<T> value, KafkaSinkOptions options)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(servers);
        ArgumentException.ThrowIfNullOrWhiteSpace(topic);
        ArgumentNullException.ThrowIfNull(options);
        options.Validate();
        (_servers, _options, _shape) = (servers, options, new RecordShape<T>(topic, value));
    }

    private KafkaSink(KafkaSink<T> like, RecordShape<T> shape) => (_servers, _options, _shape) = (like._servers, like._options, shape);

    /// <inheritdoc />
    public string Description => $"Kafka topic {_shape.Topic} at {_servers}";

    /// <inheritdoc />
    public SinkFeatures Features => SinkFeatures.Upserts | SinkFeatures.Deletes | (_options.Delivery == KafkaDelivery.ExactlyOnce ? SinkFeatures.IdempotentByEpoch : SinkFeatures.None);

    /// <summary>The key of a row. Without it a table's rows have the table's key: one member as it is, several as a JSON object of them; the rows of a stream have none.</summary>
    /// <typeparam name="TKey">The keys.</typeparam>
    /// <param name="key">The key of a row; in Update mode the same for all rows with the table's key.</param>
    /// <param name="serializer">How keys are written; null: byte[] and string as they are, everything else as JSON.</param>
    public KafkaSink<T> WithKey<TKey>(Func<T, TKey> key, ISerializer<TKey>? serializer = null)
    {
        ArgumentNullException.ThrowIfNull(key);
        return new KafkaSink<T>(this, _shape with { Key = RecordKeys.Of(key, serializer ?? KafkaFormat.Of<TKey>(), _shape.Topic) });
    }

    /// <summary>The topic of a row, instead of the sink's. All of them are written in one transaction; the proof stays with the sink's own topic.</summary>
    /// <param name="topic">The topic's name.</param>
    public KafkaSink<T> WithTopic(Func<T, string> topic)
    {
        ArgumentNullException.ThrowIfNull(topic);
        return new KafkaSink<T>(this, _shape with { TopicOf = topic });
    }

    /// <summary>Headers of a row.</summary>
    /// <param name="headers">The headers, in order.</param>
    public KafkaSink<T> WithHeaders(Func<T, IEnumerable<KafkaHeader>> headers)
    {
        ArgumentNullException.ThrowIfNull(headers);
        return new KafkaSink<T>(this, _shape with { HeadersOf = headers });
    }

    /// <summary>The timestamp of a record, from its row; without it, when it is written. A broker may set its own (message.timestamp.type=LogAppendTime).</summary>
    /// <param name="timestamp">The time; kept to the millisecond.</param>
    public KafkaSink<T> WithTimestamp(Func<T, DateTimeOffset> timestamp)
    {
        ArgumentNullException.ThrowIfNull(timestamp);
        return new KafkaSink<T>(this, _shape with { TimestampOf = timestamp });
    }

    /// <inheritdoc />
    public async ValueTask<IStreamSinkWriter<T>> OpenAsync(SinkContext context, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(context);
        var name = _options.Name ?? _shape.Topic;
        var id = new SinkIdentity(context.QueryId, name);
        var maker = new RecordMaker<T>(_shape, context, Description, id, _options.Delivery);
        if (_options.Delivery == KafkaDelivery.AtLeastOnce) return await IdempotentWriter<T>.OpenAsync(_servers, _options, maker, context.TimeProvider, cancellationToken).ConfigureAwait(false);
        return await TransactionalWriter<T>.OpenAsync(_servers, _options, maker, id, context, cancellationToken).ConfigureAwait(false);
    }
}
