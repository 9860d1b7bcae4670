// `ratios --only kafka`: source → group sum beside a bare consumer loop with the same sums, and the transactional sink beside a bare transactional producer. They take turns on one topic of one broker; wall time is what
// counts, because most of the work is the broker's and the native client's; processor time stands beside it.
using System.Buffers.Binary;
using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text.Json;
using Confluent.Kafka;
using Confluent.Kafka.Admin;
using StreamLinq.Kafka;

namespace StreamLinq.Benchmarks;

internal sealed class KafkaRatios(string servers, int rows, int repetitions)
{
    internal const string Name = "kafka";
    internal const string Switch = "STREAMLINQ_TEST_KAFKA";

    private const int Partitions = 4;
    private const int Bytes = 100;
    private const int Keys = 10_000;

    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    internal static async Task<int> RunAsync(bool quick, string? json)
    {
        if (Environment.GetEnvironmentVariable(Switch) is not { Length: > 0 } servers)
        {
            await Console.Error.WriteLineAsync($"{Name} needs a broker: set {Switch}=host:port. It makes topics of its own there and deletes them.");
            return 2;
        }

        NativeLibraryLoad.Ensure();
        var runner = new KafkaRatios(servers, quick ? 200_000 : 1_000_000, quick ? 3 : 5);
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{runner.Rows:N0} records of {Bytes} bytes, {Partitions} partitions, {runner.Repetitions} repetitions, medians. Ratio: bare client / StreamLinq; 1 is the bare client."));
        Console.WriteLine("scenario        1000 rows/s bare  StreamLinq   ratio  (min .. max)   processor ratio");
        List<Result> results = [await runner.SourceAsync(), await runner.SinkAsync()];
        if (json is not null) await File.WriteAllTextAsync(json, JsonSerializer.Serialize(results, Indented));
        return 0;
    }

    private int Rows => rows;

    private int Repetitions => repetitions;

    private async Task<Result> SourceAsync()
    {
        var topic = await CreateAsync();
        using (var producer = new ProducerBuilder<Null, byte[]>(new ProducerConfig { BootstrapServers = servers, QueueBufferingMaxMessages = 2_000_000 }).Build())
        {
            for (var i = 0; i < rows; i++) producer.Produce(new TopicPartition(topic, i % Partitions), new Message<Null, byte[]> { Value = Value(i) });
            producer.Flush(Patience);
        }

        var result = await CompareAsync("kafka-source", () => OnThread(() => Consume(topic)), () => QueryAsync(topic));
        await DeleteAsync(topic);
        return result;
    }

    private async Task<Result> SinkAsync()
    {
        var topic = await CreateAsync();
        var values = Enumerable.Range(0, rows).Select(Value).ToArray();
        using var producer = new ProducerBuilder<Null, byte[]>(new ProducerConfig
        {
            BootstrapServers = servers,
            TransactionalId = "bare-" + Guid.NewGuid(),
            EnableDeliveryReports = false,
            Partitioner = Partitioner.Murmur2Random,
            LingerMs = 5,
        }).Build();
        producer.InitTransactions(Patience);

        // Epochs of a second: the engine fills half of MaxLatency. Both are open before the first row comes, and stay so.
        var source = new MemorySource<byte[]>();
        await using var engine = new StreamEngine();
        await using var query = await engine.StartAsync(source.AsStreamQueryable().WriteTo(KafkaSink.To<byte[]>(servers, topic)), new StreamingQueryOptions { MaxLatency = TimeSpan.FromSeconds(2) });
        var result = await CompareAsync("kafka-sink", () => OnThread(() => Produce(producer, topic, values)), async () =>
        {
            source.Add(values);
            while (query.Exception is null && (query.LastProgress?.Sources[0].End is not [var end] || end.Position != source.Count.ToString(CultureInfo.InvariantCulture))) await Task.WhenAny(Task.Delay(1), query.Completion);
            return query.Exception is { } failure ? throw failure : values.Length;
        });
        await DeleteAsync(topic);
        return result;
    }

    private static Task<long> OnThread(Func<long> work) => Task.Factory.StartNew(work, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);

    private async Task<Result> CompareAsync(string scenario, Func<Task<long>> bare, Func<Task<long>> engine)
    {
        var (ofBare, ofEngine) = (new List<Measurement>(), new List<Measurement>());
        for (var i = -1; i < repetitions; i++)
        {
            var (left, right) = (0L, 0L);
            var first = await Measurement.OfAsync(async () => left = await bare());
            var second = await Measurement.OfAsync(async () => right = await engine());
            if (left != right) throw new InvalidOperationException($"{scenario}: the bare client has {left}, the query {right}.");
            if (i < 0) continue;
            ofBare.Add(first);
            ofEngine.Add(second);
        }

        var ratios = ofBare.Zip(ofEngine, (b, e) => b.Wall / e.Wall).Order().ToArray();
        var processor = ofBare.Zip(ofEngine, (b, e) => b.Processor / e.Processor).Order().ToArray();
        var result = new Result(scenario, rows, repetitions, PerSecond(ofBare), PerSecond(ofEngine), ratios[ratios.Length / 2], ratios[0], ratios[^1], processor[processor.Length / 2]);
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{scenario,-16} {result.BareRowsPerSecond / 1000,15:F0} {result.RowsPerSecond / 1000,11:F0} {result.Ratio,7:F2}  ({result.LowestRatio:F2} .. {result.HighestRatio:F2})   {result.ProcessorRatio,8:F2}"));
        return result;
    }

    private double PerSecond(List<Measurement> measured) => rows / measured.Select(m => m.Wall.TotalSeconds).Order().ElementAt(measured.Count / 2);

    // The loop of a good programmer: one object per record, as the client gives them, and a dictionary. The client waits as it does in the source, not for the second that is librdkafka's default when its queue is full.
    private long Consume(string topic)
    {
        using var consumer = new ConsumerBuilder<Ignore, Reading>(new ConsumerConfig { BootstrapServers = servers, GroupId = "bare", EnableAutoCommit = false, AutoOffsetReset = AutoOffsetReset.Earliest, FetchQueueBackoffMs = 10 })
            .SetValueDeserializer(new ReadingFormat()).Build();
        consumer.Assign(Enumerable.Range(0, Partitions).Select(p => new TopicPartitionOffset(topic, p, Offset.Beginning)));
        var sums = new Dictionary<long, (long Count, long Sum)>();
        for (var i = 0; i < rows; i++)
        {
            var record = consumer.Consume(Patience);
            ref var sum = ref CollectionsMarshal.GetValueRefOrAddDefault(sums, record.Message.Value.Key, out _);
            sum.Count++;
            sum.Sum += record.Message.Value.Amount;
        }

        return sums.Values.Sum(s => s.Count + s.Sum);
    }

    private async Task<long> QueryAsync(string topic)
    {
        var last = new Dictionary<long, long>();
        var sums = KafkaSource.From(servers, topic, new ReadingFormat()).GroupBy(r => r.Key).Select(g => new { g.Key, Count = g.Count(), Sum = g.Sum(r => r.Amount) });
        await using var engine = new StreamEngine();
        await engine.RunAsync(sums.WriteTo((batch, _) =>
        {
            foreach (var change in batch.Changes.Span) last[change.Row.Key] = change.Row.Count + change.Row.Sum;
            return ValueTask.CompletedTask;
        }, OutputMode.Update), new StreamingQueryOptions { Trigger = Trigger.AvailableNow });
        return last.Values.Sum();
    }

    private static long Produce(IProducer<Null, byte[]> producer, string topic, byte[][] values)
    {
        producer.BeginTransaction();
        var began = Stopwatch.GetTimestamp();
        for (var i = 0; i < values.Length;)
        {
            try
            {
                producer.Produce(topic, new Message<Null, byte[]> { Value = values[i] });
                i++;
            }
            catch (ProduceException<Null, byte[]> error) when (error.Error.Code == ErrorCode.Local_QueueFull)
            {
                producer.Poll(TimeSpan.FromMilliseconds(5));
            }

            if ((i & 1023) != 0 || Stopwatch.GetElapsedTime(began) < TimeSpan.FromSeconds(1)) continue;
            producer.CommitTransaction(Patience);
            producer.BeginTransaction();
            began = Stopwatch.GetTimestamp();
        }

        producer.CommitTransaction(Patience);
        return values.Length;
    }

    private async Task<string> CreateAsync()
    {
        var topic = "streamlinq-benchmark-" + Guid.NewGuid().ToString("N");
        using var admin = new AdminClientBuilder(new AdminClientConfig { BootstrapServers = servers }).Build();
        await admin.CreateTopicsAsync([new TopicSpecification { Name = topic, NumPartitions = Partitions, ReplicationFactor = 1 }]);
        await Task.Delay(500);
        return topic;
    }

    private async Task DeleteAsync(string topic)
    {
        using var admin = new AdminClientBuilder(new AdminClientConfig { BootstrapServers = servers }).Build();
        await admin.DeleteTopicsAsync([topic]);
    }

    private static byte[] Value(int number)
    {
        var value = new byte[Bytes];
        BinaryPrimitives.WriteInt64LittleEndian(value, (number * 2_654_435_761L & int.MaxValue) % Keys);
        BinaryPrimitives.WriteInt64LittleEndian(value.AsSpan(8), number);
        return value;
    }

    internal readonly record struct Reading(long Key, long Amount);

    private sealed class ReadingFormat : IDeserializer<Reading>
    {
        public Reading Deserialize(ReadOnlySpan<byte> data, bool isNull, SerializationContext context) =>
            new(BinaryPrimitives.ReadInt64LittleEndian(data), BinaryPrimitives.ReadInt64LittleEndian(data[8..]));
    }

    private sealed record Result(
        string Scenario, int Rows, int Repetitions, double BareRowsPerSecond, double RowsPerSecond, double Ratio, double LowestRatio, double HighestRatio, double ProcessorRatio);
}
