// The rules for durations, in one place: a size that makes no sense is refused where it is written, not when the query starts.
using System.Globalization;

namespace StreamLinq;

internal static class Durations
{
    internal static TimeSpan Milliseconds(TimeSpan value, string name) =>
        value.Ticks % TimeSpan.TicksPerMillisecond == 0 ? value : throw new ArgumentOutOfRangeException(name, value, "The duration must be whole milliseconds.");

    internal static TimeSpan PositiveMilliseconds(TimeSpan value, string name) => Milliseconds(Positive(value, name), name);

    /// <summary>The size of a window: longer than the calendar, and none would fit.</summary>
    internal static TimeSpan WindowSize(TimeSpan value, string name) => value <= DateTimeOffset.MaxValue - DateTimeOffset.MinValue ? PositiveMilliseconds(value, name)
        : throw new ArgumentOutOfRangeException(name, value, "The duration must not be longer than the calendar has years.");

    internal static TimeSpan Positive(TimeSpan value, string name) =>
        value > TimeSpan.Zero ? value : throw new ArgumentOutOfRangeException(name, value, "The duration must be above zero.");

    internal static TimeSpan NotNegative(TimeSpan value, string name) =>
        value >= TimeSpan.Zero ? value : throw new ArgumentOutOfRangeException(name, value, "The duration must not be negative.");

    /// <summary>The shortest exact way to say it: 90 s, 2 min, 1 h, 1500 ms.</summary>
    internal static string Text(TimeSpan value)
    {
        var (unit, name) = value.Ticks switch
        {
            0 => (TimeSpan.TicksPerSecond, "s"),
            var t when t % TimeSpan.TicksPerDay == 0 => (TimeSpan.TicksPerDay, "d"),
            var t when t % TimeSpan.TicksPerHour == 0 => (TimeSpan.TicksPerHour, "h"),
            var t when t % TimeSpan.TicksPerMinute == 0 => (TimeSpan.TicksPerMinute, "min"),
            var t when t % TimeSpan.TicksPerSecond == 0 => (TimeSpan.TicksPerSecond, "s"),
            var t when t % TimeSpan.TicksPerMillisecond == 0 => (TimeSpan.TicksPerMillisecond, "ms"),
            _ => (0, ""),
        };
        return unit == 0 ? value.ToString("c", CultureInfo.InvariantCulture) : string.Create(CultureInfo.InvariantCulture, $"{value.Ticks / unit} {name}");
    }

    internal static string OffsetText(TimeSpan offset) => offset == TimeSpan.Zero ? "" : $", offset {Text(offset)}";
}
