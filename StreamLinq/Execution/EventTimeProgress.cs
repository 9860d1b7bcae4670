// How event time stands behind one WithEventTime: what to look at when windows close late, or too early.
namespace StreamLinq;

/// <summary>The event time of a stream, as of the end of an epoch.</summary>
/// <param name="Name">The engine's name for it: watermark-1, watermark-2 and so on, in the order of the query.</param>
/// <param name="Watermark">The watermark the epoch ran with; null if there was none yet.</param>
/// <param name="LatestTime">The latest event time of a row; null before the first. For processing time null.</param>
/// <param name="HeldBackBy">The input, or the partition of one, that has the least watermark; null if there is only one, or all have ended.</param>
/// <param name="IdlePartitions">Inputs and partitions that have been silent for so long that they do not hold the watermark back.</param>
/// <param name="RowsTooFarAhead">Rows of this run that were too far ahead of the clock to move the watermark (<see cref="WatermarkStrategy.WithMaxAhead"/>).</param>
/// <param name="Lateness">Rows of this run that were older than the newest of their partition, by how much. Rows beyond the delay are all counted; of those within it one in sixteen stands for sixteen.</param>
public sealed record EventTimeProgress(
    string Name, Watermark? Watermark, DateTimeOffset? LatestTime, string? HeldBackBy, IReadOnlyList<string> IdlePartitions, long RowsTooFarAhead, IReadOnlyList<LatenessCount> Lateness)
{
    /// <summary>How many rows of this run would have been too late for a watermark with this delay: an upper bound, exact to a factor of two of the lateness.</summary>
    /// <param name="delay">The delay; zero or more.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="delay"/> is negative.</exception>
    public long RowsLaterThan(TimeSpan delay)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(delay, TimeSpan.Zero);
        return Lateness.Where(l => l.Below > delay).Sum(l => l.Rows);
    }
}

/// <summary>A class of lateness.</summary>
/// <param name="Below">Rows of this class were later than the class before and less late than this.</param>
/// <param name="Rows">How many there were.</param>
public sealed record LatenessCount(TimeSpan Below, long Rows);
