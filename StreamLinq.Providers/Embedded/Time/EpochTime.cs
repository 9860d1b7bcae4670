// What time it is for one operator in one epoch. Fixed before the epoch's first row and logged, so that rows of an epoch never judge each other and an epoch that runs again decides alike.
namespace StreamLinq.Embedded;

/// <summary>The times an operator works with during an epoch, in UTC ticks.</summary>
/// <param name="Watermark">The watermark of the operator's input: what ends at or before it is closed and freed. <see cref="NoWatermark"/> if nothing is promised, <see cref="EndOfTime"/> at the end of the input.</param>
/// <param name="LateUntil">The watermark of the epoch before: rows at or before it are late. Judging by the current one would make the results of one operator late for the next.</param>
/// <param name="Clock">The clock of the epoch.</param>
internal readonly record struct EpochTime(long Watermark, long LateUntil, long Clock)
{
    internal const long NoWatermark = long.MinValue;
    internal const long EndOfTime = long.MaxValue;
}
