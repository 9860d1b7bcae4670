// Makes the record of a change. With exactly once the header that names the epoch stands in one record of 64 and in the first of each batch, which is enough to find it; otherwise in all.
using System.Text;
using Confluent.Kafka;

namespace StreamLinq.Kafka;

/// <summary>Used by one writer, one call at a time.</summary>
internal sealed class RecordMaker<T>
{
    private const int HeaderEvery = 64;
    private const string ChangeHeader = "change";
    private static readonly byte[] Insert = "insert"u8.ToArray();
    private static readonly byte[] Delete = "delete"u8.ToArray();

    private readonly RecordShape<T> _shape;
    private readonly Func<T, byte[]?>? _key;
    private readonly SinkIdentity _id;
    private readonly string _place;
    private readonly bool _isChangelog;
    private readonly bool _hasEnvelope;
    private readonly bool _marksAll;
    private readonly SerializationContext _value;
    private byte[] _mark = [];
    private Headers _onlyMark = [];
    private long _markOf = -1;
    private int _unmarked;

    internal RecordMaker(RecordShape<T> shape, SinkContext context, string place, SinkIdentity id, KafkaDelivery delivery)
    {
        (_shape, _place, _id) = (shape, place, id);
        _isChangelog = context.Mode == OutputMode.Changelog;
        _hasEnvelope = _isChangelog && shape.Value is JsonFormat<T>;
        _marksAll = delivery == KafkaDelivery.AtLeastOnce;
        _value = new SerializationContext(MessageComponentType.Value, shape.Topic);
        _key = shape.Key ?? (context.KeyColumns.Count > 0 ? RecordKeys.OfMembers<T>(context.KeyColumns, shape.Topic, place) : null);
        if (_key is null && context.Mode == OutputMode.Update) throw KafkaErrors.NoKey(place);
    }

    internal string Place => _place;

    internal string Topic => _shape.Topic;

    internal bool HasOneTopic => _shape.TopicOf is null;

    /// <summary>The next record is marked with its epoch.</summary>
    internal void BeginBatch() => _unmarked = HeaderEvery;

    internal string TopicOf(Change<T> change) => _shape.TopicOf is { } topicOf ? topicOf(change.Row) ?? throw new InvalidOperationException("WithTopic gave null.") : _shape.Topic;

    internal Message<byte[]?, byte[]?> Make(Change<T> change, long epoch)
    {
        var row = change.Row;
        var message = new Message<byte[]?, byte[]?> { Key = _key?.Invoke(row), Value = Value(change), Headers = Headers(change, epoch) };
        if (_key is not null && message.Key is null && change.Kind != ChangeKind.Insert) throw new InvalidOperationException("its key is null, and a compacted topic takes no record without a key.");
        if (_shape.TimestampOf is { } timestampOf) message.Timestamp = new Timestamp(timestampOf(row));
        return message;
    }

    private byte[]? Value(Change<T> change)
    {
        if (change.Kind == ChangeKind.Delete && !_isChangelog) return null;
        var value = _shape.Value.Serialize(change.Row, _value);
        return !_hasEnvelope ? value : change.Kind == ChangeKind.Delete ? [.. "{\"op\":\"d\",\"before\":"u8, .. value, .. ",\"after\":null}"u8] : [.. "{\"op\":\"c\",\"before\":null,\"after\":"u8, .. value, .. "}"u8];
    }

    private Headers? Headers(Change<T> change, long epoch)
    {
        if (_markOf != epoch)
        {
            _mark = Encoding.UTF8.GetBytes(_id.HeaderText(epoch));
            _onlyMark = new Headers { { SinkIdentity.Header, _mark } };
            _markOf = epoch;
        }

        var isMarked = _marksAll || _unmarked >= HeaderEvery;
        _unmarked = isMarked ? 1 : _unmarked + 1;
        if (_shape.HeadersOf is null && !_isChangelog) return isMarked ? _onlyMark : null;
        var headers = new Headers();
        if (_isChangelog) headers.Add(ChangeHeader, change.Kind == ChangeKind.Delete ? Delete : Insert);
        foreach (var (name, bytes) in _shape.HeadersOf?.Invoke(change.Row) ?? []) headers.Add(name, bytes);
        if (isMarked) headers.Add(SinkIdentity.Header, _mark);
        return headers;
    }
}
