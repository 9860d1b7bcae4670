// Debezium's envelope {"before", "after", "op", …}, bare or inside {"schema", "payload"}. Only the row that counts is parsed, from its own bytes.
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Confluent.Kafka;

namespace StreamLinq.Kafka;

internal sealed class DebeziumFormat<T> : IDeserializer<Change<T>?>
{
    private readonly JsonTypeInfo<T> _after;
    private readonly JsonTypeInfo<T> _before;

    internal DebeziumFormat(JsonSerializerOptions? options)
    {
        var all = options ?? JsonDefaults.Options;
        _after = JsonDefaults.TypeOf<T>(all);
        // Of a deleted row many databases tell the key only.
        _before = JsonDefaults.TypeOf<T>(new JsonSerializerOptions(all) { RespectNullableAnnotations = false, RespectRequiredConstructorParameters = false });
    }

    public Change<T>? Deserialize(ReadOnlySpan<byte> data, bool isNull, SerializationContext context)
    {
        if (isNull) return null;
        var envelope = Envelope.Of(data);
        return envelope.Operation switch
        {
            'c' or 'r' or 'u' => new Change<T>(ChangeKind.Upsert, Row(data, envelope.After, _after, "after")),
            'd' => new Change<T>(ChangeKind.Delete, Row(data, envelope.Before, _before, "before")),
            'm' or '\0' => null,
            't' => throw new JsonException("A table was truncated (op t): which rows went is not told."),
            var other => throw new JsonException($"The operation '{other}' is unknown."),
        };
    }

    private static T Row(ReadOnlySpan<byte> data, Range? place, JsonTypeInfo<T> type, string name) =>
        (place is { } range ? JsonSerializer.Deserialize(data[range], type) : default) ?? throw new JsonException($"The envelope has no '{name}'.");

    private readonly record struct Envelope(char Operation, Range? Before, Range? After)
    {
        // An operation of '\0' says that there is no envelope: the payload is null.
        internal static Envelope Of(ReadOnlySpan<byte> data)
        {
            var reader = new Utf8JsonReader(data);
            if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject) throw new JsonException("This is no envelope of Debezium: no object.");
            return Read(ref reader, nested: false) ?? throw new JsonException("This is no envelope of Debezium: it has no 'op'.");
        }

        private static Envelope? Read(ref Utf8JsonReader reader, bool nested)
        {
            char? operation = null;
            Range? before = null, after = null;
            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                var (isOp, isBefore, isAfter, isPayload) = (reader.ValueTextEquals("op"u8), reader.ValueTextEquals("before"u8), reader.ValueTextEquals("after"u8), !nested && reader.ValueTextEquals("payload"u8));
                reader.Read();
                if (isPayload && reader.TokenType == JsonTokenType.Null) return default(Envelope);
                if (isPayload && reader.TokenType == JsonTokenType.StartObject && Read(ref reader, nested: true) is { } inner) return inner;
                if (isOp && reader.TokenType == JsonTokenType.String) operation = reader.GetString() is [var letter] ? letter : '?';
                if (reader.TokenType == JsonTokenType.EndObject) continue;
                var from = (int)reader.TokenStartIndex;
                var isNothing = reader.TokenType == JsonTokenType.Null;
                reader.Skip();
                if (isNothing) continue;
                if (isBefore) before = from..(int)reader.BytesConsumed;
                if (isAfter) after = from..(int)reader.BytesConsumed;
            }

            return operation is { } op ? new Envelope(op, before, after) : null;
        }
    }
}
