// Windows as they are drawn: as the language writes them, and as the reference finds them, by trying every millisecond (of days, every minute) as the start.
namespace StreamLinq.Tests.Windows;

internal enum WindowKind { Tumbling, Hopping, Cumulating, Session, RowSession, CalendarDay }

/// <summary>Durations in milliseconds.</summary>
internal sealed record DrawnWindows(WindowKind Kind, int Size, int Step, int Offset, string? Zone)
{
    private static readonly Dictionary<(string, DateTime), DateTimeOffset> Starts = [];

    internal bool Merges => Kind is WindowKind.Session or WindowKind.RowSession;

    internal IStreamQueryable<Click, Windowed> Over(IStreamQueryable<Click, EventTime> rows) => Kind == WindowKind.RowSession ? rows.SessionWindow(c => c.Gap) : rows.Window(Windowing);

    internal Windowing Windowing => Kind switch
    {
        WindowKind.Tumbling => Windowing.Tumbling(Of(Size), Of(Offset)),
        WindowKind.Hopping => Windowing.Hopping(Of(Size), Of(Step), Of(Offset)),
        WindowKind.Cumulating => Windowing.Cumulating(Of(Size), Of(Step), Of(Offset)),
        WindowKind.Session => Windowing.Session(Of(Size)),
        WindowKind.CalendarDay => Windowing.CalendarDay(TimeZoneInfo.FindSystemTimeZoneById(Zone!)),
        _ => throw new InvalidOperationException("Each row has its own."),
    };

    internal IReadOnlyList<Window> Around(Click row)
    {
        var time = row.At;
        var floor = (long)Math.Floor((time - DateTimeOffset.UnixEpoch).Ticks / 10_000m);
        switch (Kind)
        {
            case WindowKind.Tumbling:
            case WindowKind.Hopping:
                var hop = Kind == WindowKind.Tumbling ? Size : Step;
                return [.. Starting(floor, hop).Select(start => Between(start, start + Size))];
            case WindowKind.Cumulating:
                return [.. Starting(floor, Size).SelectMany(start => Enumerable.Range(1, Size / Step).Select(n => Between(start, start + n * Step))).Where(w => w.Contains(time))];
            case WindowKind.Session:
                return [new Window(time, time + Of(Size))];
            case WindowKind.RowSession:
                var gap = TimeSpan.FromMilliseconds((long)row.Gap.TotalMilliseconds);
                return gap <= TimeSpan.Zero ? [] : [new Window(time, time + gap)];
            default:
                var date = time.UtcDateTime.Date;
                return [.. Enumerable.Range(-2, 5).Select(days => (Start: Start(date.AddDays(days)), End: Start(date.AddDays(days + 1)))).Where(d => d.Start <= time && time < d.End).Select(d => new Window(d.Start, d.End))];
        }
    }

    private IEnumerable<long> Starting(long last, int every)
    {
        for (var start = last; start > last - Size; start--)
            if ((start - Offset) % every == 0) yield return start;
    }

    // The first minute, in UTC, at which a clock in the zone shows that date or a later one.
    private DateTimeOffset Start(DateTime date)
    {
        if (Starts.TryGetValue((Zone!, date), out var known)) return known;
        var zone = TimeZoneInfo.FindSystemTimeZoneById(Zone!);
        var minute = date.AddHours(-16);
        while (TimeZoneInfo.ConvertTimeFromUtc(minute, zone).Date < date) minute = minute.AddMinutes(1);
        return Starts[(Zone!, date)] = new DateTimeOffset(minute, TimeSpan.Zero);
    }

    private static Window Between(long start, long end) => new(DateTimeOffset.FromUnixTimeMilliseconds(start), DateTimeOffset.FromUnixTimeMilliseconds(end));

    private static TimeSpan Of(int milliseconds) => TimeSpan.FromMilliseconds(milliseconds);
}
