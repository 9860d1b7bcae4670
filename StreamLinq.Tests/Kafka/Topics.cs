// Topics, written and read by the bare client, as the other side of a query sees them.
using System.Globalization;
using System.Text;
using Confluent.Kafka;
using Confluent.Kafka.Admin;
using StreamLinq.Kafka;

namespace StreamLinq.Tests.Kafka;

/// <summary>A record as it was read.</summary>
internal sealed record Seen(string Topic, int Partition, long Offset, string? Key, string? Value, DateTime Time, IReadOnlyDictionary<string, string> Headers);

internal static class Topics
{
    private static int _made;

    static Topics() => NativeLibraryLoad.Ensure();

    internal static IAdminClient Admin() => new AdminClientBuilder(new AdminClientConfig { BootstrapServers = Broker.Address }).SetLogHandler((_, _) => { }).Build();

    internal static string NewName(string beginning = "t") => $"{beginning}-{Environment.ProcessId}-{Interlocked.Increment(ref _made)}";

    internal static async Task<string> CreateAsync(int partitions = 1, string? name = null, params (string Name, string Value)[] config)
    {
        // Retention goes by the records' own times, and tests write old ones.
        var settings = new Dictionary<string, string>(StringComparer.Ordinal) { ["retention.ms"] = "-1" };
        foreach (var (setting, value) in config) settings[setting] = value;
        name ??= NewName();
        using var admin = Admin();
        for (var attempt = 0; ; attempt++)
        {
            try
            {
                await admin.CreateTopicsAsync([new TopicSpecification { Name = name, NumPartitions = partitions, ReplicationFactor = 1, Configs = settings }]);
                break;
            }
            catch (CreateTopicsException error) when (attempt < 50 && error.Results[0].Error.Code is ErrorCode.TopicAlreadyExists)
            {
                // A topic of this name is still being deleted.
                await Task.Delay(100);
            }
        }

        for (var attempt = 0; attempt < 100 && admin.GetMetadata(name, TimeSpan.FromSeconds(5)).Topics[0] is not { Error.IsError: false }; attempt++) await Task.Delay(20);
        return name;
    }

    internal static async Task DeleteAsync(string topic)
    {
        using var admin = Admin();
        await admin.DeleteTopicsAsync([topic]);
    }

    internal static IProducer<string?, string?> Producer(string? transactionalId = null, string compression = "none") => new ProducerBuilder<string?, string?>(new ProducerConfig
    {
        BootstrapServers = Broker.Address,
        TransactionalId = transactionalId,
        Partitioner = Partitioner.Murmur2Random,
        LingerMs = 2,
        EnableIdempotence = true,
        QueueBufferingMaxMessages = 1_000_000,
        CompressionType = Enum.Parse<CompressionType>(compression, ignoreCase: true),
    }).SetLogHandler((_, _) => { }).SetErrorHandler((_, _) => { }).SetKeySerializer(KafkaFormat.Text).SetValueSerializer(KafkaFormat.Text).Build();

    /// <summary>Writes values to one partition.</summary>
    internal static void Write(string topic, int partition, params IEnumerable<string?> values)
    {
        using var producer = Producer();
        foreach (var value in values) producer.Produce(new TopicPartition(topic, partition), new Message<string?, string?> { Value = value });
        producer.Flush(TimeSpan.FromSeconds(30));
    }

    /// <summary>Writes values to one partition in a transaction that is committed or aborted.</summary>
    internal static void WriteInTransaction(string topic, int partition, bool commit, params IEnumerable<string> values)
    {
        using var producer = Producer(NewName("tx"));
        producer.InitTransactions(TimeSpan.FromSeconds(30));
        producer.BeginTransaction();
        foreach (var value in values) producer.Produce(new TopicPartition(topic, partition), new Message<string?, string?> { Value = value });
        producer.Flush(TimeSpan.FromSeconds(30));
        if (commit) producer.CommitTransaction(TimeSpan.FromSeconds(30));
        else producer.AbortTransaction(TimeSpan.FromSeconds(30));
    }

    /// <summary>All that a reader with read_committed sees, by partition and offset.</summary>
    internal static List<Seen> Read(string topic, bool readUncommitted = false)
    {
        using var consumer = new ConsumerBuilder<string?, string?>(new ConsumerConfig
        {
            BootstrapServers = Broker.Address,
            GroupId = "reader",
            EnablePartitionEof = true,
            EnableAutoCommit = false,
            AutoOffsetReset = AutoOffsetReset.Error,
            IsolationLevel = readUncommitted ? IsolationLevel.ReadUncommitted : IsolationLevel.ReadCommitted,
        }).SetLogHandler((_, _) => { }).SetErrorHandler((_, _) => { }).SetKeyDeserializer(KafkaFormat.Text).SetValueDeserializer(KafkaFormat.Text).Build();
        using var admin = new DependentAdminClientBuilder(consumer.Handle).Build();
        var left = admin.GetMetadata(topic, TimeSpan.FromSeconds(10)).Topics[0].Partitions.Count;
        consumer.Assign(Enumerable.Range(0, left).Select(p => new TopicPartitionOffset(topic, p, consumer.QueryWatermarkOffsets(new TopicPartition(topic, p), TimeSpan.FromSeconds(10)).Low)));
        var rows = new List<Seen>();
        while (left > 0)
        {
            var record = consumer.Consume(TimeSpan.FromSeconds(20)) ?? throw new TimeoutException($"{topic} is not readable to its end: a transaction is pending");
            if (record.IsPartitionEOF) left--;
            else
                rows.Add(new Seen(record.Topic, record.Partition, record.Offset, record.Message.Key, record.Message.Value, record.Message.Timestamp.UtcDateTime,
                    record.Message.Headers.DistinctBy(h => h.Key).ToDictionary(h => h.Key, h => Encoding.UTF8.GetString(h.GetValueBytes()))));
        }

        return [.. rows.OrderBy(r => r.Partition).ThenBy(r => r.Offset)];
    }

    /// <summary>The last value of each key; tombstones take keys away.</summary>
    internal static SortedDictionary<string, string> ReadTable(string topic)
    {
        var table = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (var record in Read(topic))
        {
            if (record.Value is null) table.Remove(record.Key!);
            else table[record.Key!] = record.Value;
        }

        return table;
    }

    internal static IEnumerable<string> Numbers(int from, int count) => Enumerable.Range(from, count).Select(n => n.ToString(CultureInfo.InvariantCulture));
}
