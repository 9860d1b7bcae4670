// What has been fetched of one partition and not been read yet. The fetch thread fills a block of its own and hands it over; everything that both sides see is guarded by the fetch's lock.
namespace StreamLinq.Kafka;

internal sealed class PartitionQueue<TRow>(string topic, int partition)
{
    internal string Topic => topic;

    internal int Partition => partition;

    // Guarded.

    internal Queue<RowBlock<TRow>> Blocks { get; } = new();

    /// <summary>The offset up to which rows have been taken.</summary>
    internal long Next { get; set; } = -1;

    /// <summary>The offset up to which everything that exists is in <see cref="Blocks"/> or was.</summary>
    internal long Covered { get; set; } = -1;

    /// <summary>How often reading was begun anew; blocks of an earlier time are dropped.</summary>
    internal int Generation { get; set; }

    /// <summary>The broker does not have the offset that is to be read.</summary>
    internal bool IsOutOfRange { get; set; }

    /// <summary>The broker does not know the partition.</summary>
    internal bool IsUnknown { get; set; }

    // Of the fetch thread.

    internal RowBlock<TRow>? Open { get; set; }

    internal long FetchNext { get; set; }

    internal int FetchGeneration { get; set; }

    internal bool IsAssigned { get; set; }

    internal bool IsPaused { get; set; }

    internal bool IsDirty { get; set; }
}
