// What can be set on a sink of Kafka.
using Microsoft.Extensions.Logging;
using StreamLinq.Kafka;

namespace StreamLinq;

/// <summary>What holds for the records of an epoch after a crash.</summary>
public enum KafkaDelivery
{
    /// <summary>A transaction per epoch: a reader with read_committed sees each epoch once, and nothing of an epoch that was cut short. The default.</summary>
    ExactlyOnce,

    /// <summary>An idempotent producer: nothing is lost, and an epoch that was cut short is there again. Each record has the header streamlinq-epoch: query id, sink's name and epoch, between slashes.</summary>
    AtLeastOnce,
}

/// <summary>How a topic is written.</summary>
public sealed record KafkaSinkOptions
{
    /// <summary>What holds after a crash.</summary>
    public KafkaDelivery Delivery { get; init; }

    /// <summary>The sink's name within its query; null: the topic's. The transactional id and the group that holds the proof are streamlinq-QUERYID-NAME. Letters, digits, '.', '_' and '-'.</summary>
    public string? Name { get; init; }

    /// <summary>For <see cref="KafkaDelivery.ExactlyOnce"/>, when the group no longer says which epoch was written last (SLQ4024): that epoch, -1 for none. Not looked at as long as the group says it.</summary>
    public long? LastEpochWritten { get; init; }

    /// <summary>How long to go on trying when no broker answers; then the query fails, and goes on from its checkpoint when it is started again. At the start it is 30 s at most. The default is 2 minutes.</summary>
    public TimeSpan MaxOutage { get; init; } = TimeSpan.FromMinutes(2);

    /// <summary>Settings of librdkafka by their names there: security.protocol, compression.type, linger.ms, transaction.timeout.ms and so on. Those that the guarantees rest on are refused (SLQ4002).</summary>
    public IReadOnlyDictionary<string, string> Settings { get; init; } = new Dictionary<string, string>(StringComparer.Ordinal);

    /// <summary>Gets what librdkafka says; null: nobody does.</summary>
    public ILogger? Logger { get; init; }

    internal void Validate()
    {
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(MaxOutage, TimeSpan.Zero);
        if (LastEpochWritten is { } last) ArgumentOutOfRangeException.ThrowIfLessThan(last, -1);
        if (Name is not null && (Name.Length is 0 or > 200 || !Name.All(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '_' or '-'))) throw new ArgumentException("Name consists of 1 to 200 letters, digits, '.', '_' and '-'.");
        ClientSettings.CheckSink(Settings);
    }
}
