// What of a row goes where in its record.
using Confluent.Kafka;

namespace StreamLinq.Kafka;

/// <param name="Topic">The topic.</param>
/// <param name="Value">How rows are written.</param>
internal sealed record RecordShape<T>(string Topic, ISerializer<T> Value)
{
    /// <summary>Null: the key of the table.</summary>
    internal Func<T, byte[]?>? Key { get; init; }

    internal Func<T, string>? TopicOf { get; init; }

    internal Func<T, IEnumerable<KafkaHeader>>? HeadersOf { get; init; }

    internal Func<T, DateTimeOffset>? TimestampOf { get; init; }
}
