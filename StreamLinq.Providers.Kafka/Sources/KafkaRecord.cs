// A record with all that Kafka knows of it, for queries that need more than the value.
namespace StreamLinq;

/// <summary>A record of a topic.</summary>
/// <typeparam name="TKey">The key.</typeparam>
/// <typeparam name="TValue">The value.</typeparam>
/// <param name="Topic">The topic.</param>
/// <param name="Partition">The partition, from 0.</param>
/// <param name="Offset">Its place in the partition. There may be gaps.</param>
/// <param name="Timestamp">The producer's or the broker's time, by the topic's setting; the start of 1970 if the record has none.</param>
/// <param name="Key">The key; what the format makes of none, null in most.</param>
/// <param name="Value">The value; what the format makes of none (a tombstone), null in most.</param>
/// <param name="Headers">The headers, in order; empty if there are none.</param>
public sealed record KafkaRecord<TKey, TValue>(string Topic, int Partition, long Offset, DateTimeOffset Timestamp, TKey Key, TValue Value, IReadOnlyList<KafkaHeader> Headers);

/// <summary>A header of a record. A name may come more than once.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Value">Its bytes; may be null.</param>
public readonly record struct KafkaHeader(string Name, byte[]? Value);
