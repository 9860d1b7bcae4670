// A source of Kafka as a description: servers, topics and how to read them. Opening it makes a client.
using Confluent.Kafka;

namespace StreamLinq.Kafka;

internal sealed class TopicSource<TKey, TValue, TRow> : IStreamSource<TRow>
{
    private readonly string _servers;
    private readonly KafkaTopics _topics;
    private readonly KafkaSourceOptions _options;
    private readonly IDeserializer<TKey>? _key;
    private readonly IDeserializer<TValue> _value;
    private readonly RecordFields _fields;
    private readonly ToRow<TKey, TValue, TRow> _toRow;

    internal TopicSource(
        string servers, KafkaTopics topics, KafkaSourceOptions options, IDeserializer<TKey>? key, IDeserializer<TValue> value, RecordFields fields, ToRow<TKey, TValue, TRow> toRow)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(servers);
        ArgumentNullException.ThrowIfNull(topics);
        options.Validate();
        (_servers, _topics, _options, _key, _value, _fields, _toRow) = (servers, topics, options, key, value, fields, toRow);
    }

    public string Description => $"Kafka {_topics} at {_servers}";

    public bool IsReplayable => true;

    public async ValueTask<IStreamReader<TRow>> OpenAsync(SourceContext context, CancellationToken cancellationToken)
    {
        var patience = new Patience(Description, _options.MaxOutage, context.TimeProvider);
        var keepsRaw = _options.OnBadRecord == BadRecordPolicy.DeadLetter;
        var fields = (Key: new FieldReader<TKey>(_key, keepsRaw), Value: new FieldReader<TValue>(_value, keepsRaw));
        var onlyTopic = _topics.Pattern is null && _topics.Names is [var only] ? only : null;
        var asked = "timestamp" + (onlyTopic is null || _fields.HasFlag(RecordFields.Topic) ? ",topic" : "") + (keepsRaw || _fields.HasFlag(RecordFields.Headers) ? ",headers" : "");
        var groupId = _options.GroupId ?? $"streamlinq-{context.QueryId:N}";
        var config = ClientSettings.Consumer(_servers, groupId, _options.ReadUncommitted, _options.ReadAheadBytes, asked, _options.Settings);
        Action<Error> hear = _ => { };
        var consumer = ClientSettings.Build(Description, () => new ConsumerBuilder<ReadField<TKey>, ReadField<TValue>>(config)
            .SetKeyDeserializer(fields.Key).SetValueDeserializer(fields.Value)
            .SetLogHandler((_, message) => ClientLog.Write(_options.Logger, message))
            .SetErrorHandler((_, error) => hear(error)).Build());
        var fetch = new RecordFetch<TKey, TValue, TRow>(consumer, fields, _toRow, onlyTopic, _options.ReadAheadBytes / 2, patience, context.TimeProvider);
        hear = error =>
        {
            if (error.IsFatal || error.Code is ErrorCode.Local_Authentication or ErrorCode.SaslAuthenticationFailed) fetch.Fail(KafkaErrors.Of(error, Description));
            else patience.Hear(error);
        };
        var admin = ClientSettings.Build(Description, () => new DependentAdminClientBuilder(consumer.Handle).Build());
        var reader = new TopicReader<TKey, TValue, TRow>(
            fetch, new TopicWatch(admin, _topics, _options.ReadUncommitted), _options, context, patience,
            _options.GroupId is null ? null : new GroupOffsets(consumer.Commit, patience), keepsRaw ? new DeadLetters(_servers, _options, patience) : null);
        try
        {
            await reader.OpenAsync(context, cancellationToken).ConfigureAwait(false);
            return reader;
        }
        catch
        {
            await reader.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }
}
