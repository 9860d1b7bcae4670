// The proof of the last epoch written: an offset of the sink's own group. Where it has expired the epoch is looked for in the headers at the end of the topic, and only believed where nothing newer can hide.
using System.Text;
using Confluent.Kafka;
using Confluent.Kafka.Admin;

namespace StreamLinq.Kafka;

/// <summary>Used while a sink is opened.</summary>
internal sealed class EpochProof : IDisposable
{
    private const long FirstWindow = 10_000;
    private const long MostWindow = 1_000_000;
    private static readonly TimeSpan Piece = TimeSpan.FromSeconds(10);

    private readonly IConsumer<Ignore, Ignore> _consumer;
    private readonly string _topic;
    private readonly SinkIdentity _id;
    private readonly Patience _patience;

    internal EpochProof(string servers, KafkaSinkOptions options, string topic, SinkIdentity id, Patience patience)
    {
        (_topic, _id, _patience) = (topic, id, patience);
        var config = ClientSettings.Consumer(servers, id.Id, readUncommitted: false, 8 << 20, "headers", options.Settings);
        _consumer = ClientSettings.Build(patience.Place, () => new ConsumerBuilder<Ignore, Ignore>(config)
            .SetLogHandler((_, message) => ClientLog.Write(options.Logger, message)).SetErrorHandler((_, error) => patience.Hear(error)).Build());
    }

    internal IConsumerGroupMetadata Group => _consumer.ConsumerGroupMetadata;

    /// <summary>The last epoch written, -1 for none; null if the group does not say.</summary>
    internal async Task<long?> ReadAsync(CancellationToken cancellationToken)
    {
        var partition = new TopicPartition(_topic, 0);
        var found = await _patience.RunAsync(() => Task.Run(() => _consumer.Committed([partition], Piece), cancellationToken), cancellationToken).ConfigureAwait(false);
        return found.Find(o => o.Offset.Value >= 0) is { } proof ? proof.Offset.Value - 1 : null;
    }

    /// <summary>Looks for the last epoch in the topic.</summary>
    /// <exception cref="StreamLinqException">SLQ4024: it cannot be told.</exception>
    internal async Task<long> SearchAsync(long committed, bool hasOneTopic, CancellationToken cancellationToken)
    {
        if (!hasOneTopic) throw Unknown("rows of the query go to several topics");
        if (await IsCompactedAsync(cancellationToken).ConfigureAwait(false)) throw Unknown($"the topic {_topic} is compacted, so its headers prove nothing");
        long? last = null;
        await _patience.RunAsync(() => last = Search(cancellationToken) is var found and >= -1 ? found : null, cancellationToken).ConfigureAwait(false);
        return last is { } epoch and >= 0 ? epoch
            : throw Unknown(last is null ? $"the last {MostWindow} records of a partition of {_topic} are all of others" : $"no record in {_topic} has a header of this query");

        StreamLinqException Unknown(string why) => KafkaErrors.NoProof(_patience.Place, _id.Id, committed, why);
    }

    private async Task<bool> IsCompactedAsync(CancellationToken cancellationToken)
    {
        using var admin = ClientSettings.Build(_patience.Place, () => new DependentAdminClientBuilder(_consumer.Handle).Build());
        var resource = new ConfigResource { Type = ResourceType.Topic, Name = _topic };
        var configs = await _patience.RunAsync(() => admin.DescribeConfigsAsync([resource]), cancellationToken).ConfigureAwait(false);
        return configs[0].Entries.TryGetValue("cleanup.policy", out var policy) && policy.Value.Contains("compact", StringComparison.Ordinal);
    }

    // Epochs come in order in each partition: behind a record of this sink there is nothing of it that was not seen.
    // -1: no record of this sink in the whole topic. -2: some partition could not be read back far enough.
    private long Search(CancellationToken cancellationToken)
    {
        using var admin = new DependentAdminClientBuilder(_consumer.Handle).Build();
        var partitions = admin.GetMetadata(_topic, Piece).Topics[0].Partitions.Count;
        var last = -1L;
        for (var number = 0; number < partitions; number++)
        {
            var place = new TopicPartition(_topic, number);
            var ends = _consumer.QueryWatermarkOffsets(place, Piece);
            for (var window = FirstWindow; ; window *= 10)
            {
                var from = Math.Max(ends.Low.Value, ends.High.Value - window);
                var found = Newest(new TopicPartitionOffset(place, from), cancellationToken);
                last = Math.Max(last, found);
                if (found >= 0 || from == ends.Low.Value) break;
                if (window >= MostWindow) return -2;
            }
        }

        return last;
    }

    private long Newest(TopicPartitionOffset from, CancellationToken cancellationToken)
    {
        var newest = -1L;
        _consumer.Assign(from);
        try
        {
            while (_consumer.Consume(cancellationToken) is { IsPartitionEOF: false } record)
                foreach (var header in record.Message.Headers ?? [])
                    if (header.Key == SinkIdentity.Header && header.GetValueBytes() is { } text && _id.EpochOf(Encoding.UTF8.GetString(text)) is { } epoch)
                        newest = Math.Max(newest, epoch);
        }
        finally
        {
            _consumer.Unassign();
        }

        return newest;
    }

    public void Dispose() => _consumer.Dispose();
}
