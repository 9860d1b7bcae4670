// What can be set on a source of Kafka.
using Microsoft.Extensions.Logging;
using StreamLinq.Kafka;

namespace StreamLinq;

/// <summary>What happens when records are gone that were not read yet: removed by retention, or with a topic that was deleted or created anew.</summary>
public enum DataLossPolicy
{
    /// <summary>The query fails and says what was lost (SLQ4008, SLQ4009).</summary>
    Fail,

    /// <summary>It goes on with what is there. What was lost is counted in <see cref="PartitionProgress.Lost"/> and <see cref="StreamingQueryProgress.RowErrors"/>, by offsets: some of these may have held no record.</summary>
    SkipAndCount,
}

/// <summary>What happens to a record that cannot be read.</summary>
public enum BadRecordPolicy
{
    /// <summary>The query fails, naming topic, partition, offset and reason (SLQ4010). Nothing of its epoch is written.</summary>
    Fail,

    /// <summary>It is left out and counted in <see cref="StreamingQueryProgress.RowErrors"/>.</summary>
    SkipAndCount,

    /// <summary>It is counted and written to <see cref="KafkaSourceOptions.DeadLetterTopic"/> as it is, at least once, before its epoch is committed.</summary>
    DeadLetter,
}

/// <summary>How topics are read.</summary>
public sealed record KafkaSourceOptions
{
    /// <summary>Where a new query begins.</summary>
    public KafkaStart Start { get; init; } = KafkaStart.Earliest;

    /// <summary>A consumer group to which the offsets of each committed epoch are told, so that lag monitors work. The query itself never reads them. Null: none.</summary>
    public string? GroupId { get; init; }

    /// <summary>Whether rows of transactions that are open or were aborted are read too. The default is false: read_committed.</summary>
    public bool ReadUncommitted { get; init; }

    /// <summary>What happens when records are gone that were not read yet.</summary>
    public DataLossPolicy OnDataLoss { get; init; }

    /// <summary>What happens to a record that cannot be read.</summary>
    public BadRecordPolicy OnBadRecord { get; init; }

    /// <summary>
    /// Where records go that cannot be read, with <see cref="BadRecordPolicy.DeadLetter"/>: key, value, headers and timestamp as they were, and the headers streamlinq-topic, streamlinq-partition, streamlinq-offset
    /// and streamlinq-reason. It must exist.
    /// </summary>
    public string? DeadLetterTopic { get; init; }

    /// <summary>How much is read ahead of the running epoch, in bytes of keys and values: half in the client, half as rows. At least 128 KiB; the default is 64 MiB.</summary>
    public long ReadAheadBytes { get; init; } = 64 << 20;

    /// <summary>How often to look for new partitions and topics, and for topics that are gone, by the engine's clock. The default is 10 s.</summary>
    public TimeSpan DiscoveryInterval { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>How long to go on trying when no broker answers; then the query fails (SLQ4004). At the start it is 30 s at most. The default is 2 minutes.</summary>
    public TimeSpan MaxOutage { get; init; } = TimeSpan.FromMinutes(2);

    /// <summary>Settings of librdkafka by their names there: security.protocol, sasl.password, fetch.min.bytes and so on. Those that the guarantees rest on are refused (SLQ4002).</summary>
    public IReadOnlyDictionary<string, string> Settings { get; init; } = new Dictionary<string, string>(StringComparer.Ordinal);

    /// <summary>Gets what librdkafka says; null: nobody does.</summary>
    public ILogger? Logger { get; init; }

    internal void Validate()
    {
        ArgumentNullException.ThrowIfNull(Start);
        ArgumentOutOfRangeException.ThrowIfLessThan(ReadAheadBytes, 128 << 10);
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(DiscoveryInterval, TimeSpan.Zero);
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(MaxOutage, TimeSpan.Zero);
        if (OnBadRecord == BadRecordPolicy.DeadLetter == string.IsNullOrEmpty(DeadLetterTopic)) throw new ArgumentException("OnBadRecord = DeadLetter and DeadLetterTopic go together.");
        ClientSettings.CheckSource(Settings);
    }
}
