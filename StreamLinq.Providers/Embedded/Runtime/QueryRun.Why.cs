// Why nothing has come out: what was read and left out, how far event time has come, who holds it back, and what is waited for.
// The facts are put into words after each look at the sources, on the query's own thread, so that anybody may ask at any time.
using System.Globalization;
using System.Text;

namespace StreamLinq.Embedded;

internal sealed partial class QueryRun
{
    internal string WhyNoOutput()
    {
        var text = new StringBuilder();
        if (_totals.Written > 0) Say($"{Rows(_totals.Written)} came out in this run so far.");
        if (_totals.Read == 0)
        {
            Say($"No rows have been read in this run: {string.Join(", ", _graph.Sources.Select(s => $"source '{s.Name}' ({s.Description}) {(s.IsEnd ? "has ended" : "has nothing unread")}"))}.");
        }
        else
        {
            Say($"{Rows(_totals.Read)} {WasOrWere(_totals.Read)} read.");
            if (_totals.Errors > 0) Say($"{Rows(_totals.Errors)} {WasOrWere(_totals.Errors)} left out because of errors.");
            if (_totals.Late > 0) Say($"{Rows(_totals.Late)} came too late for all of their windows: a larger delay or a grace period keeps them, LateRows() shows them.");
        }

        var held = _graph.Operators.Sum(o => o.Rows);
        if (_totals is { Read: > 0, Written: 0, Late: 0, Errors: 0 } && held == 0) Say("None of them is held in the state and none came out: the conditions of the query left them all out.");
        foreach (var (state, watermark, due, trackers) in _graph.Waiting)
        {
            if (state.Rows > 0) Say($"'{state.Name}' holds {Rows(state.Rows)}{Next(watermark, due)}.");
            foreach (var tracker in state.Rows > 0 ? trackers : []) Say(Standing(tracker));
        }

        return text.ToString();

        void Say(string sentence) => text.Append(text.Length == 0 ? "" : " ").Append(sentence);
    }

    private static string Next(long watermark, long? due) => due switch
    {
        null => "",
        EpochTime.EndOfTime => ", which nothing but the end of the input closes",
        { } at => $"; the next closes when the watermark reaches {Instant(at)}{(watermark == EpochTime.NoWatermark ? "" : $", and it stands at {Instant(watermark)}")}",
    };

    private static string Standing(WatermarkTracker tracker)
    {
        if (tracker is ClockTracker) return $"{tracker.Name} follows the clock.";
        var progress = tracker.Progress();
        var latest = progress.LatestTime is { } time ? $"the latest time seen is {Instant(time.UtcTicks)}" : "no row has shown a time yet";
        var delay = tracker.Delay > 0 ? $", and the watermark stays {Durations.Text(TimeSpan.FromTicks(tracker.Delay))} behind it" : "";
        var back = progress.HeldBackBy is { } input
            ? $"; {input} {(progress is { Watermark: null, LatestTime: not null } ? "has shown no time yet and " : "")}holds it back" : "";
        var ahead = progress.RowsTooFarAhead > 0 ? $"; {Rows(progress.RowsTooFarAhead)} too far ahead of the clock did not move it" : "";
        return $"For {tracker.Name} {latest}{delay}{back}{ahead}.";
    }

    private static string WasOrWere(long count) => count == 1 ? "was" : "were";

    private static string Rows(long count) => string.Create(CultureInfo.InvariantCulture, $"{count} {(count == 1 ? "row" : "rows")}");

    private static string Instant(long ticks) => ticks is EpochTime.EndOfTime ? "the end of the input" : new DateTimeOffset(Math.Clamp(ticks, 0, DateTimeOffset.MaxValue.Ticks), TimeSpan.Zero).ToString("yyyy-MM-ddTHH:mm:ss.FFFZ", CultureInfo.InvariantCulture);
}
