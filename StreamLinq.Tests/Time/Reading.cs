// The row of these tests: a time in seconds since 1970, a name, and what a test makes of both.
namespace StreamLinq.Tests.Time;

internal sealed record Reading(double At, string Name = "a", int Value = 1)
{
    internal static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    internal static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);

    internal DateTimeOffset Time => DateTimeOffset.UnixEpoch.AddSeconds(At);

    internal static DateTimeOffset Seconds(double seconds) => DateTimeOffset.UnixEpoch.AddSeconds(seconds);

    /// <summary>Counts in windows of ten seconds: the start in seconds, and how many.</summary>
    internal static IStreamQueryable<(double Start, long Count), EventTime> Tens(IStreamQueryable<Reading, EventTime> rows) =>
        rows.Window(Windowing.Tumbling(10 * Second)).GroupBy(_ => 0).Select(g => ValueTuple.Create((g.Window.Start - DateTimeOffset.UnixEpoch).TotalSeconds, g.Count()));
}
