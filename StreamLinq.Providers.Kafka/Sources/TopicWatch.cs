// Asks the broker which topics and partitions there are, and where they begin and end. Every answer is one request; nothing is remembered.
using System.Globalization;
using Confluent.Kafka;
using Confluent.Kafka.Admin;

namespace StreamLinq.Kafka;

/// <summary>A topic as it is now.</summary>
/// <param name="Id">Tells it from another one of the same name; empty if the broker does not tell.</param>
/// <param name="Partitions">How many it has.</param>
internal sealed record TopicShape(string Id, int Partitions);

internal sealed class TopicWatch(IAdminClient admin, KafkaTopics topics, bool readUncommitted) : IDisposable
{
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(5);

    /// <summary>The topics that are named; none with a pattern.</summary>
    internal IReadOnlyList<string> Names => topics.Names;

    /// <summary>Whether a topic of this name is read.</summary>
    internal bool IsRead(string topic) => topics.Pattern is { } pattern ? pattern.IsMatch(topic) : topics.Names.Contains(topic);

    /// <summary>The topics that are read. One that is named and does not exist is left out.</summary>
    internal async Task<Dictionary<string, TopicShape>> LookAsync()
    {
        var names = topics.Pattern is null ? topics.Names : await Task.Run(Matching).ConfigureAwait(false);
        return names.Count == 0 ? new(StringComparer.Ordinal) : await ShapesAsync(names).ConfigureAwait(false);
    }

    private List<string> Matching() =>
        [.. admin.GetMetadata(Timeout).Topics.Select(t => t.Topic).Where(name => !name.StartsWith("__", StringComparison.Ordinal) && topics.Pattern!.IsMatch(name))];

    private async Task<Dictionary<string, TopicShape>> ShapesAsync(IReadOnlyList<string> names)
    {
        IEnumerable<TopicDescription> found;
        try
        {
            found = (await admin.DescribeTopicsAsync(TopicCollection.OfTopicNames(names), new DescribeTopicsOptions { RequestTimeout = Timeout }).ConfigureAwait(false)).TopicDescriptions;
        }
        catch (DescribeTopicsException error)
        {
            found = error.Results.TopicDescriptions;
            if (found.FirstOrDefault(t => t.Error.IsError && t.Error.Code is not (ErrorCode.UnknownTopicOrPart or ErrorCode.Local_UnknownTopic)) is { } failed) throw new KafkaException(failed.Error, error);
        }

        return found.Where(t => !t.Error.IsError && t.Partitions.Count > 0).ToDictionary(t => t.Name, t => new TopicShape(Id(t.TopicId), t.Partitions.Max(p => p.Partition) + 1), StringComparer.Ordinal);
    }

    // Half of the id is enough to tell two topics apart, and stands in every position of the checkpoint.
    private static string Id(Uuid? id) => id is null || (id.MostSignificantBits == 0 && id.LeastSignificantBits == 0) ? "" : (id.MostSignificantBits ^ id.LeastSignificantBits).ToString("x16", CultureInfo.InvariantCulture);

    /// <summary>Where partitions end: the offset after the last that may be read.</summary>
    internal Task<Dictionary<(string Topic, int Partition), long>> EndsAsync(IEnumerable<(string Topic, int Partition)> partitions) => OffsetsAsync(partitions, OffsetSpec.Latest());

    /// <summary>Where partitions end; those that the broker does not know now are left out.</summary>
    internal Task<Dictionary<(string Topic, int Partition), long>> EndsOfKnownAsync(IEnumerable<(string Topic, int Partition)> partitions) => OffsetsAsync(partitions, OffsetSpec.Latest(), mayLack: true);

    /// <summary>Where partitions begin.</summary>
    internal Task<Dictionary<(string Topic, int Partition), long>> BeginningsAsync(IEnumerable<(string Topic, int Partition)> partitions) => OffsetsAsync(partitions, OffsetSpec.Earliest());

    /// <summary>The first offsets whose records are not before a time; -1 where there is none.</summary>
    internal Task<Dictionary<(string Topic, int Partition), long>> AtAsync(IEnumerable<(string Topic, int Partition)> partitions, DateTimeOffset time) =>
        OffsetsAsync(partitions, OffsetSpec.ForTimestamp(time.ToUnixTimeMilliseconds()));

    private async Task<Dictionary<(string Topic, int Partition), long>> OffsetsAsync(IEnumerable<(string Topic, int Partition)> partitions, OffsetSpec what, bool mayLack = false)
    {
        var asked = partitions.Select(p => new TopicPartitionOffsetSpec { TopicPartition = new TopicPartition(p.Topic, p.Partition), OffsetSpec = what }).ToList();
        if (asked.Count == 0) return [];
        List<ListOffsetsResultInfo> found;
        try
        {
            var options = new ListOffsetsOptions { RequestTimeout = Timeout, IsolationLevel = readUncommitted ? IsolationLevel.ReadUncommitted : IsolationLevel.ReadCommitted };
            found = (await admin.ListOffsetsAsync(asked, options).ConfigureAwait(false)).ResultInfos;
        }
        catch (ListOffsetsException error)
        {
            found = error.Result.ResultInfos;
            if (found.FirstOrDefault(i => i.TopicPartitionOffsetError.Error is { IsError: true, Code: not (ErrorCode.UnknownTopicOrPart or ErrorCode.Local_UnknownTopic or ErrorCode.Local_UnknownPartition) }) is { } failed)
                throw new KafkaException(failed.TopicPartitionOffsetError.Error, error);
        }
        catch (KafkaException error) when (error.Error.Code == ErrorCode.Local_NoEnt)
        {
            // None of the partitions has a leader: deleted, or the broker has just started.
            found = [];
        }

        var offsets = found.Where(i => !i.TopicPartitionOffsetError.Error.IsError)
            .ToDictionary(i => (i.TopicPartitionOffsetError.Topic, i.TopicPartitionOffsetError.Partition.Value), i => i.TopicPartitionOffsetError.Offset.Value);
        return mayLack || offsets.Count == asked.Count ? offsets : throw new KafkaException(new Error(ErrorCode.LeaderNotAvailable, $"no leader of {asked.First(a => !offsets.ContainsKey((a.TopicPartition.Topic, a.TopicPartition.Partition.Value))).TopicPartition}"));
    }

    public void Dispose() => admin.Dispose();
}
