// The door to Kafka as a source.
using System.Text.Json;
using Confluent.Kafka;
using StreamLinq.Kafka;

namespace StreamLinq;

/// <summary>
/// Makes queries of Kafka topics. The query's checkpoint owns the offsets; partitions are assigned, not subscribed. Each topic partition has a watermark of its own, named topic-partition. Sources can be replayed.
/// Nothing is opened before a query starts.
/// </summary>
public static class KafkaSource
{
    /// <summary>The values of the records.</summary>
    /// <typeparam name="T">The values. A record without a value (a tombstone) that the format reads as null cannot be a row here, and is treated as <see cref="KafkaSourceOptions.OnBadRecord"/> says.</typeparam>
    /// <param name="servers">Brokers to begin with: host:port, separated by commas.</param>
    /// <param name="topics">The topics: a name, an array of names, or <see cref="KafkaTopics.Matching"/>.</param>
    /// <param name="value">How values are read, any deserializer of Confluent.Kafka; null: byte[] and string as they are, everything else as JSON.</param>
    /// <param name="options">How to read; null: the defaults of <see cref="KafkaSourceOptions"/>.</param>
    /// <param name="name">The name its offsets are kept under across versions of the query; null: named by its place in the query.</param>
    /// <exception cref="StreamLinqException">SLQ4002: a setting is refused. SLQ4013: the type cannot be read as JSON.</exception>
    public static IStreamQueryable<T, AppendOnly> From<T>(string servers, KafkaTopics topics, IDeserializer<T>? value = null, KafkaSourceOptions? options = null, string? name = null) =>
        Values(servers, topics, value, options).AsStreamQueryable(name);

    /// <summary>The records with key, value, place, time and headers.</summary>
    /// <typeparam name="TKey">The keys.</typeparam>
    /// <typeparam name="TValue">The values.</typeparam>
    /// <param name="servers">Brokers to begin with: host:port, separated by commas.</param>
    /// <param name="topics">The topics: a name, an array of names, or <see cref="KafkaTopics.Matching"/>.</param>
    /// <param name="key">How keys are read; null: byte[] and string as they are, everything else as JSON.</param>
    /// <param name="value">How values are read; null: byte[] and string as they are, everything else as JSON.</param>
    /// <param name="options">How to read; null: the defaults of <see cref="KafkaSourceOptions"/>.</param>
    /// <param name="name">The name its offsets are kept under across versions of the query; null: named by its place in the query.</param>
    /// <exception cref="StreamLinqException">SLQ4002: a setting is refused. SLQ4013: a type cannot be read as JSON.</exception>
    public static IStreamQueryable<KafkaRecord<TKey, TValue>, AppendOnly> Records<TKey, TValue>(
        string servers, KafkaTopics topics, IDeserializer<TKey>? key = null, IDeserializer<TValue>? value = null, KafkaSourceOptions? options = null, string? name = null) =>
        Whole(servers, topics, key, value, options).AsStreamQueryable(name);

    /// <summary>The changes of database tables as Debezium tells them: see <see cref="KafkaFormat.Debezium{T}"/>. Tombstones are left out.</summary>
    /// <typeparam name="T">The rows of the table.</typeparam>
    /// <param name="servers">Brokers to begin with: host:port, separated by commas.</param>
    /// <param name="topics">The topics.</param>
    /// <param name="json">How rows are read; null: as <see cref="KafkaFormat.Json{T}"/> does.</param>
    /// <param name="options">How to read; null: the defaults of <see cref="KafkaSourceOptions"/>.</param>
    /// <param name="name">The name its offsets are kept under across versions of the query; null: named by its place in the query.</param>
    /// <exception cref="StreamLinqException">SLQ4002: a setting is refused. SLQ4013: the type cannot be read as JSON.</exception>
    public static IStreamQueryable<Change<T>, AppendOnly> Debezium<T>(string servers, KafkaTopics topics, JsonSerializerOptions? json = null, KafkaSourceOptions? options = null, string? name = null) =>
        Changes<T>(servers, topics, json, options).AsStreamQueryable(name);

    internal static IStreamSource<T> Values<T>(string servers, KafkaTopics topics, IDeserializer<T>? value, KafkaSourceOptions? options) =>
        new TopicSource<byte[], T, T>(servers, topics, options ?? new KafkaSourceOptions(), null, value ?? KafkaFormat.Of<T>(), RecordFields.None, RecordRows.Value);

    internal static IStreamSource<KafkaRecord<TKey, TValue>> Whole<TKey, TValue>(string servers, KafkaTopics topics, IDeserializer<TKey>? key, IDeserializer<TValue>? value, KafkaSourceOptions? options) =>
        new TopicSource<TKey, TValue, KafkaRecord<TKey, TValue>>(
            servers, topics, options ?? new KafkaSourceOptions(), key ?? KafkaFormat.Of<TKey>(), value ?? KafkaFormat.Of<TValue>(), RecordFields.Topic | RecordFields.Headers, RecordRows.Whole);

    internal static IStreamSource<Change<T>> Changes<T>(string servers, KafkaTopics topics, JsonSerializerOptions? json, KafkaSourceOptions? options) =>
        new TopicSource<byte[], Change<T>?, Change<T>>(servers, topics, options ?? new KafkaSourceOptions(), null, KafkaFormat.Debezium<T>(json), RecordFields.None, RecordRows.Change);
}
