// Where a new query begins to read. A query that has a checkpoint goes on where it was, whatever this says.
namespace StreamLinq;

/// <summary>Where a new query begins. Partitions that appear later are read from their beginning.</summary>
public abstract record KafkaStart
{
    private KafkaStart() { }

    /// <summary>With the oldest record there is. The default.</summary>
    public static KafkaStart Earliest { get; } = new AtEarliest();

    /// <summary>With the first record after the start.</summary>
    public static KafkaStart Latest { get; } = new AtLatest();

    /// <summary>With the first record of each partition whose timestamp is not before this time; a partition without such a record is read from its end.</summary>
    /// <param name="time">The time.</param>
    public static KafkaStart At(DateTimeOffset time) => new AtTime(time);

    /// <summary>At these offsets, which are the first to be read. Partitions that are not named are read from their beginning. An offset that is not there is a loss of data.</summary>
    /// <param name="offsets">The first offset per topic and partition.</param>
    public static KafkaStart Offsets(params IEnumerable<(string Topic, int Partition, long Offset)> offsets)
    {
        ArgumentNullException.ThrowIfNull(offsets);
        var first = offsets.ToDictionary(o => (o.Topic, o.Partition), o => o.Offset);
        foreach (var offset in first.Values) ArgumentOutOfRangeException.ThrowIfNegative(offset, nameof(offsets));
        return new AtOffsets(first);
    }

    internal sealed record AtEarliest : KafkaStart;

    internal sealed record AtLatest : KafkaStart;

    internal sealed record AtTime(DateTimeOffset Time) : KafkaStart;

    internal sealed record AtOffsets(IReadOnlyDictionary<(string Topic, int Partition), long> First) : KafkaStart;
}
