// Processing time: rows have the clock of their epoch, and so has the watermark. No such row is ever late.
namespace StreamLinq.Embedded;

internal sealed class ClockTracker(string name) : WatermarkTracker(name, WatermarkStrategy.Monotonic, TimeSpan.MaxValue)
{
    internal override bool FollowsClock => true;

    internal override void BeginEpoch(EpochTime time) => base.BeginEpoch(time with { LateUntil = EpochTime.NoWatermark });

    internal override long Next(IReadOnlyList<PartitionState> partitions, long clock) =>
        partitions.Count > 0 && partitions.All(p => p.HasEnded) ? EpochTime.EndOfTime : Math.Max(Watermark, clock - (clock % TimeSpan.TicksPerMillisecond));
}
