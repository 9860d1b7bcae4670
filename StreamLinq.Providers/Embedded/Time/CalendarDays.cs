// The days of a time zone. A day starts at the first instant of its date there, so days have 23, 24 or 25 hours and leave no gap where clocks are changed.
// Only the way from UTC to the zone is asked, because the way back has two answers at some times and none at others.
namespace StreamLinq.Embedded;

internal sealed class CalendarDays(TimeZoneInfo zone) : WindowAssigner
{
    // No zone is further from UTC, and none changes its clock twice in such a time.
    private const long Reach = 15 * TimeSpan.TicksPerHour;
    private const long Margin = 3 * TimeSpan.TicksPerDay;

    internal override bool TrySlice(long ticks, out WindowSpan slice)
    {
        slice = default;
        if (!IsInCalendar(ticks - Margin, ticks + Margin)) return false;
        var day = DayOf(ticks);
        // Where clocks go back over midnight, the day has begun although its date is the one before once more.
        if (StartOf(day + 1) <= ticks) day++;
        slice = new WindowSpan(StartOf(day), StartOf(day + 1));
        return true;
    }

    private long OffsetAt(long ticks) => zone.GetUtcOffset(new DateTimeOffset(ticks, TimeSpan.Zero)).Ticks;

    private long DayOf(long ticks) => (ticks + OffsetAt(ticks)) / TimeSpan.TicksPerDay;

    private long StartOf(long day)
    {
        var midnight = day * TimeSpan.TicksPerDay;
        var before = OffsetAt(midnight - Reach);
        if (OffsetAt(midnight - before) == before) return midnight - before;
        var after = OffsetAt(midnight + Reach);
        if (OffsetAt(midnight - after) == after) return midnight - after;

        // Midnight is skipped: the day starts at the instant the clock jumps, which is the first with its date.
        var (low, high) = (midnight - Reach, midnight + Reach);
        while (high - low > 1)
        {
            var middle = low + ((high - low) / 2);
            if (DayOf(middle) < day) low = middle;
            else high = middle;
        }

        return high;
    }
}
