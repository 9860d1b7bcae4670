// Which windows a time is in: the plain arithmetic of each Windowing, aligned to 1970-01-01T00:00Z plus the offset, with a floor also for
// times before 1970. A window that would start before the year 1 or end after the year 9999 does not exist.
namespace StreamLinq.Batch;

internal static class BatchWindows
{
    internal static IReadOnlyList<Window> Of(Windowing windowing, DateTimeOffset time)
    {
        Int128 ticks = time.UtcTicks - DateTimeOffset.UnixEpoch.Ticks;
        return windowing switch
        {
            TumblingWindowing w => Existing(From(Aligned(ticks, w.Size, w.Offset), w.Size)),
            HoppingWindowing w => Existing(Hops(ticks, w).Select(start => From(start, w.Size))),
            CumulatingWindowing w => Existing(Steps(ticks, w)),
            CalendarDayWindowing w => CalendarDays.Around(time.UtcTicks, w.Zone) is { } day ? [day] : [],
            _ => throw new InvalidOperationException($"{windowing} has no windows of its own."),
        };
    }

    /// <summary>The part that a row has in a session.</summary>
    internal static IReadOnlyList<Window> OfSession(DateTimeOffset time, TimeSpan gap)
    {
        Int128 start = time.UtcTicks - DateTimeOffset.UnixEpoch.Ticks;
        var whole = gap.Ticks - gap.Ticks % TimeSpan.TicksPerMillisecond;
        return whole > 0 ? Existing((start, start + whole)) : [];
    }

    // The last start of a window at or before the time.
    private static Int128 Aligned(Int128 ticks, TimeSpan every, TimeSpan offset)
    {
        var past = (ticks - offset.Ticks) % every.Ticks;
        return ticks - (past < 0 ? past + every.Ticks : past);
    }

    private static IEnumerable<Int128> Hops(Int128 ticks, HoppingWindowing w)
    {
        for (var start = Aligned(ticks, w.Hop, w.Offset); start + w.Size.Ticks > ticks; start -= w.Hop.Ticks)
            yield return start;
    }

    private static IEnumerable<(Int128 Start, Int128 End)> Steps(Int128 ticks, CumulatingWindowing w)
    {
        var start = Aligned(ticks, w.Size, w.Offset);
        for (var end = Aligned(ticks, w.Step, w.Offset) + w.Step.Ticks; end <= start + w.Size.Ticks; end += w.Step.Ticks)
            yield return (start, end);
    }

    private static (Int128 Start, Int128 End) From(Int128 start, TimeSpan size) => (start, start + size.Ticks);

    private static IReadOnlyList<Window> Existing((Int128 Start, Int128 End) window) => Existing([window]);

    private static IReadOnlyList<Window> Existing(IEnumerable<(Int128 Start, Int128 End)> windows) =>
        [.. windows.Where(w => Exists(w.Start) && Exists(w.End)).Select(w => new Window(Instant(w.Start), Instant(w.End)))];

    private static bool Exists(Int128 ticks) => ticks >= DateTimeOffset.MinValue.Ticks - DateTimeOffset.UnixEpoch.Ticks && ticks <= DateTimeOffset.MaxValue.Ticks - DateTimeOffset.UnixEpoch.Ticks;

    private static DateTimeOffset Instant(Int128 ticks) => DateTimeOffset.UnixEpoch.AddTicks((long)ticks);
}
