// How a record becomes a row: its value alone, the whole record, or a change.
using Confluent.Kafka;

namespace StreamLinq.Kafka;

/// <summary>What a record becomes.</summary>
internal enum RowOutcome
{
    Row,
    None,
    NoValue,
}

/// <summary>Which parts of a record are asked of the client; each costs a call per record.</summary>
[Flags]
internal enum RecordFields
{
    None = 0,
    Topic = 1,
    Headers = 2,
}

internal delegate RowOutcome ToRow<TKey, TValue, TRow>(ConsumeResult<ReadField<TKey>, ReadField<TValue>> record, out TRow row);

internal static class RecordRows
{
    internal static RowOutcome Value<T>(ConsumeResult<ReadField<byte[]>, ReadField<T>> record, out T row)
    {
        row = record.Message.Value.Value;
        return row is null ? RowOutcome.NoValue : RowOutcome.Row;
    }

    internal static RowOutcome Whole<TKey, TValue>(ConsumeResult<ReadField<TKey>, ReadField<TValue>> record, out KafkaRecord<TKey, TValue> row)
    {
        var message = record.Message;
        row = new KafkaRecord<TKey, TValue>(
            record.Topic, record.Partition.Value, record.Offset.Value, DateTimeOffset.FromUnixTimeMilliseconds(RecordTime.Milliseconds(message.Timestamp)), message.Key.Value, message.Value.Value, Headers(message.Headers));
        return RowOutcome.Row;
    }

    internal static RowOutcome Change<T>(ConsumeResult<ReadField<byte[]>, ReadField<Change<T>?>> record, out Change<T> row)
    {
        row = record.Message.Value.Value.GetValueOrDefault();
        return record.Message.Value.Value is null ? RowOutcome.None : RowOutcome.Row;
    }

    private static KafkaHeader[] Headers(Headers? headers)
    {
        if (headers is null || headers.Count == 0) return [];
        var copy = new KafkaHeader[headers.Count];
        for (var i = 0; i < copy.Length; i++) copy[i] = new KafkaHeader(headers[i].Key, headers[i].GetValueBytes());
        return copy;
    }
}
