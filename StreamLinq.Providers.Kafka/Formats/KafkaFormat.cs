// The door to the formats: how keys and values become rows and back. They are serializers of the Kafka client, so any other of these, Avro or Protobuf with a registry too, can stand in their place.
using System.Text.Json;
using Confluent.Kafka;
using StreamLinq.Kafka;

namespace StreamLinq;

/// <summary>A way to read and write keys or values. Safe to use from any thread.</summary>
/// <typeparam name="T">What is read and written.</typeparam>
public abstract class KafkaFormat<T> : IDeserializer<T>, ISerializer<T>
{
    private protected KafkaFormat() { }

    /// <summary>Reads a key or value.</summary>
    /// <param name="data">Its bytes; valid during the call.</param>
    /// <param name="isNull">Whether there is none.</param>
    /// <param name="context">Where it comes from.</param>
    public abstract T Deserialize(ReadOnlySpan<byte> data, bool isNull, SerializationContext context);

    /// <summary>Writes a key or value; null for none.</summary>
    /// <param name="data">What to write.</param>
    /// <param name="context">Where it goes.</param>
    public abstract byte[] Serialize(T data, SerializationContext context);
}

/// <summary>The formats that come with StreamLinq.</summary>
public static class KafkaFormat
{
    /// <summary>The bytes as they are; null where there is no key or value.</summary>
    public static KafkaFormat<byte[]?> Bytes { get; } = new BytesFormat();

    /// <summary>Text in UTF-8; null where there is no key or value. Bytes that are not UTF-8 cannot be read.</summary>
    public static KafkaFormat<string?> Text { get; } = new TextFormat();

    /// <summary>
    /// JSON in UTF-8, read from the bytes of the record without a string in between. No key or value is null; for a type that has no null it cannot be read.
    /// </summary>
    /// <typeparam name="T">The type.</typeparam>
    /// <param name="options">
    /// How. Null: names in camelCase, read without regard to case; fields too; a value that lacks a required member or constructor parameter, or has null where the type allows none, cannot be read.
    /// </param>
    /// <exception cref="StreamLinqException">SLQ4013: the type cannot be read or written as JSON.</exception>
    public static KafkaFormat<T> Json<T>(JsonSerializerOptions? options = null) => new JsonFormat<T>(options);

    /// <summary>
    /// The envelope in which Debezium tells a change of a database row, with or without its schema: created, read and updated rows are <see cref="ChangeKind.Upsert"/>, deleted ones <see cref="ChangeKind.Delete"/> with
    /// what the database tells of the row, its key at least. Null for a tombstone and for an envelope without a row. <see cref="KafkaSource.Debezium{T}"/> reads a topic of them.
    /// </summary>
    /// <typeparam name="T">The rows.</typeparam>
    /// <param name="options">How rows are read; null: as <see cref="Json{T}"/> does.</param>
    /// <exception cref="StreamLinqException">SLQ4013: the type cannot be read as JSON.</exception>
    public static IDeserializer<Change<T>?> Debezium<T>(JsonSerializerOptions? options = null) => new DebeziumFormat<T>(options);

    // Bytes and text as they are, everything else as JSON.
    internal static KafkaFormat<T> Of<T>() => typeof(T) == typeof(byte[]) ? (KafkaFormat<T>)(object)Bytes : typeof(T) == typeof(string) ? (KafkaFormat<T>)(object)Text : Json<T>();
}
