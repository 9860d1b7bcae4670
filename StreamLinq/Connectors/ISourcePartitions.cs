// How far behind a reader is, partition by partition: told as the progress of the query.
namespace StreamLinq;

/// <summary>Implemented by readers that know how much there is left to read; read after the ranges of an epoch.</summary>
public interface ISourcePartitions
{
    /// <summary>How the partitions stand after the last range, in the order of their names.</summary>
    IReadOnlyList<PartitionProgress> Partitions { get; }
}

/// <summary>How one partition of a source stands after an epoch.</summary>
/// <param name="Partition">Its name, as in <see cref="SourceOffset"/>.</param>
/// <param name="Lag">How many rows, at most, were there and not read when the epoch was planned; null if unknown.</param>
/// <param name="EventTimeLag">How old the newest row read was when it was read, by its time in the source and the engine's clock; null before the first row.</param>
/// <param name="Lost">Rows, at most, that were removed before they were read since the reader was opened, where the source was told to go on.</param>
public sealed record PartitionProgress(string Partition, long? Lag, TimeSpan? EventTimeLag, long Lost);
