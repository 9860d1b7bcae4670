// Which windows an instant belongs to. Time is cut into slices whose instants are all in the same windows, so that a row is looked up once and the rows after it with two comparisons.
namespace StreamLinq.Embedded;

/// <summary>A window in UTC ticks, the end exclusive.</summary>
internal readonly record struct WindowSpan(long Start, long End);

/// <summary>Assigns instants, in UTC ticks, to windows. Windows that the years 1 to 9999 do not hold do not exist.</summary>
internal abstract class WindowAssigner
{
    private const int MostSlices = 64;

    /// <summary>Whether a slice is aggregated once and windows are put together from their slices; else each window has a table of its own.</summary>
    internal virtual bool SharesSlices => false;

    /// <summary>Whether a row may have to go into several tables.</summary>
    internal virtual bool HasMany => false;

    /// <summary>The slice an instant is in; false if some of its windows cannot be told in the calendar.</summary>
    internal abstract bool TrySlice(long ticks, out WindowSpan slice);

    /// <summary>The windows of a slice, by their ends.</summary>
    internal virtual void AddWindows(WindowSpan slice, List<WindowSpan> windows) => windows.Add(slice);

    /// <summary>How windows are told; null where the row itself brings its window or its gap.</summary>
    /// <param name="windowing">The windows of the query.</param>
    /// <param name="share">Whether slices may be shared: not where results are shown while windows are open.</param>
    internal static WindowAssigner For(Windowing windowing, bool share) => windowing switch
    {
        TumblingWindowing tumbling => new AlignedWindows(tumbling.Size.Ticks, tumbling.Size.Ticks, tumbling.Size.Ticks, tumbling.Offset.Ticks, share: false),
        HoppingWindowing hopping => Hopping(hopping.Size.Ticks, hopping.Hop.Ticks, hopping.Offset.Ticks, share),
        CumulatingWindowing cumulating => new CumulatingWindows(cumulating.Size.Ticks, cumulating.Step.Ticks, cumulating.Offset.Ticks, share && cumulating.Size.Ticks / cumulating.Step.Ticks is > 1 and <= MostSlices),
        CalendarDayWindowing days => new CalendarDays(days.Zone),
        _ => throw new InvalidOperationException($"{windowing} has no slices."),
    };

    private static AlignedWindows Hopping(long size, long hop, long offset, bool share)
    {
        var slice = GreatestCommonDivisor(size, hop);
        return new AlignedWindows(size, hop, slice, offset, share && size / slice is > 1 and <= MostSlices);
    }

    private static long GreatestCommonDivisor(long a, long b)
    {
        while (b != 0) (a, b) = (b, a % b);
        return a;
    }

    /// <summary>The last multiple of a step at or before an instant, counted from 1970 plus the offset; also right before 1970.</summary>
    private protected static long Floor(long ticks, long step, long offset)
    {
        var from = ticks - DateTimeOffset.UnixEpoch.Ticks - (offset % step);
        var rest = from % step;
        return ticks - (rest < 0 ? rest + step : rest);
    }

    private protected static bool IsInCalendar(long start, long end) => start >= 0 && end <= DateTimeOffset.MaxValue.Ticks;
}
