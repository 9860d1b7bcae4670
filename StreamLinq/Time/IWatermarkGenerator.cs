// For sources whose watermark does not simply follow the largest time: heartbeats in the rows, a protocol that announces progress, the wall clock.
namespace StreamLinq;

/// <summary>
/// Makes the watermarks of one partition of a source. One instance per partition and run; calls come one at a time. After a restart a new instance starts from nothing, while
/// the watermark goes on from where it was.
/// </summary>
/// <typeparam name="T">The rows.</typeparam>
public interface IWatermarkGenerator<in T>
{
    /// <summary>Sees each row of the partition, in its order, but for those too far ahead of the clock (<see cref="WatermarkStrategy.WithMaxAhead"/>).</summary>
    /// <param name="row">The row.</param>
    /// <param name="time">The row's event time.</param>
    void OnRow(T row, DateTimeOffset time);

    /// <summary>Says what is promised now. Asked at the end of every epoch, also of one that brought no rows, so it may advance without rows. A lower answer than the one before changes nothing.</summary>
    /// <param name="clock">The epoch's clock, as it is in the log: use it instead of the time of day, so that an epoch that runs again gives the same answer.</param>
    /// <returns>The watermark; <see cref="Watermark.Minimum"/> as long as nothing can be promised.</returns>
    Watermark OnEpochEnd(DateTimeOffset clock);
}
