// The days of a time zone, in UTC. A day starts at the first instant at which its date is reached there: at the first of two midnights, and
// where midnight is skipped, at the instant the clock jumps to. So days follow each other without gaps, also where a clock is put back over
// midnight: what is then repeated of the day before counts for the new day.
namespace StreamLinq.Batch;

internal static class CalendarDays
{
    // More than any zone is away from UTC.
    private const long Reach = 15 * TimeSpan.TicksPerHour;

    /// <summary>The day that an instant, in UTC ticks, is in; null if it does not lie within the years 1 to 9999.</summary>
    internal static Window? Around(long ticks, TimeZoneInfo zone)
    {
        var day = Date(ticks, zone);
        while (Start(day + 1, zone) <= ticks)
            day++;
        var (start, end) = (Start(day, zone), Start(day + 1, zone));
        return start >= DateTimeOffset.MinValue.Ticks && end <= DateTimeOffset.MaxValue.Ticks ? new Window(new(start, TimeSpan.Zero), new(end, TimeSpan.Zero)) : null;
    }

    // Only the way from UTC to the zone is asked: it is a function, the way back is not.
    private static long Start(long day, TimeZoneInfo zone)
    {
        var midnight = day * TimeSpan.TicksPerDay;
        foreach (var offset in (ReadOnlySpan<long>)[Offset(midnight - Reach, zone), Offset(midnight + Reach, zone)])
        {
            if (Offset(midnight - offset, zone) == offset)
                return midnight - offset;
        }

        var (before, after) = (midnight - Reach, midnight + Reach);
        while (after - before > 1)
        {
            var middle = before + (after - before) / 2;
            (before, after) = Date(middle, zone) < day ? (middle, after) : (before, middle);
        }
        return after;
    }

    private static long Date(long ticks, TimeZoneInfo zone) => Math.DivRem(ticks + Offset(ticks, zone), TimeSpan.TicksPerDay) is var (days, rest) && rest < 0 ? days - 1 : days;

    private static long Offset(long ticks, TimeZoneInfo zone) =>
        zone.GetUtcOffset(new DateTimeOffset(Math.Clamp(ticks, DateTimeOffset.MinValue.Ticks, DateTimeOffset.MaxValue.Ticks), TimeSpan.Zero)).Ticks;
}
