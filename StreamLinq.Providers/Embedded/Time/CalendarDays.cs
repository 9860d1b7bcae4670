// The days of a time zone. A day starts at the first instant of its date there, so days have 23, 24 or 25 hours and leave no gap where clocks are changed.
namespace StreamLinq.Embedded;

internal sealed class CalendarDays(TimeZoneInfo zone) : WindowAssigner
{
    internal override bool TrySlice(long ticks, out WindowSpan slice)
    {
        slice = default;
        if (ticks < TimeSpan.TicksPerDay * 2 || ticks > DateTimeOffset.MaxValue.Ticks - (TimeSpan.TicksPerDay * 3)) return false;
        var day = TimeZoneInfo.ConvertTime(new DateTimeOffset(ticks, TimeSpan.Zero), zone).Date;
        // Where clocks go back over midnight, instants after the start of a day have the date before once more.
        if (StartOf(day.AddDays(1)) <= ticks) day = day.AddDays(1);
        slice = new WindowSpan(StartOf(day), StartOf(day.AddDays(1)));
        return true;
    }

    private long StartOf(DateTime midnight)
    {
        var start = midnight;
        if (zone.IsInvalidTime(start))
        {
            // Midnight is skipped: the day starts where the clock goes on. Clocks are set in whole minutes.
            while (zone.IsInvalidTime(start)) start = start.AddMinutes(1);
        }

        var offset = zone.IsAmbiguousTime(start) ? zone.GetAmbiguousTimeOffsets(start).Max() : zone.GetUtcOffset(start);
        return start.Ticks - offset.Ticks;
    }
}
