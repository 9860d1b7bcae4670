// The time of a run: which watermarks the next epoch runs with, whether an epoch without rows is worth running, and when to look again although no row has come.
namespace StreamLinq.Embedded;

internal sealed partial class QueryRun
{
    private static readonly TimeSpan GeneratorPoll = TimeSpan.FromSeconds(1);

    private readonly Dictionary<IStateful, (long Rows, long Windows)> _lateBefore = new(ReferenceEqualityComparer.Instance);
    private volatile bool _closing;
    private bool _hadRows;

    /// <summary>Whether an end that the sources tell is only the end of what this run takes: nothing closes for it.</summary>
    internal bool HasFixedEnd { get; private set; }

    /// <summary>From now on no rows are taken, and the next epoch closes everything as at the end of the input.</summary>
    internal void CloseEverything() => _closing = true;

    /// <summary>Takes rows again after <see cref="CloseEverything"/>; all times have passed for them.</summary>
    internal void GoOn() => _closing = false;

    /// <summary>Moves every watermark up to a time.</summary>
    internal void ForceWatermark(long ticks)
    {
        foreach (var tracker in _graph.Trackers) tracker.Force(ticks);
    }

    private Dictionary<WatermarkTracker, long> NextWatermarks(Dictionary<string, SourceRange?> planned, long clock)
    {
        var next = new Dictionary<WatermarkTracker, long>(ReferenceEqualityComparer.Instance);
        foreach (var tracker in _graph.Trackers)
        {
            var upstream = _graph.Sources.Where(s => tracker.Sources.Contains(s.Name)).ToList();
            var partitions = new List<PartitionState>();
            foreach (var feed in tracker.Feeds)
            {
                if (upstream.FirstOrDefault(s => s.Name == feed) is { } source) partitions.AddRange(source.Partitions(planned[feed]).Select(p => HasFixedEnd ? p with { HasEnded = false } : p));
                else partitions.Add(new PartitionState(feed, upstream.Any(s => planned[s.Name] is not null), !HasFixedEnd && upstream.All(s => s.IsEnd && planned[s.Name] is null)));
            }

            next[tracker] = _closing ? EpochTime.EndOfTime : Math.Max(tracker.Next(partitions, clock), tracker.Forced);
        }

        return next;
    }

    // As in Spark, an epoch without rows follows when the last one has moved the watermark: it closes what is due, and from then on what the watermark has passed is late.
    // A watermark that moves with the clock alone is worth an epoch only where something is due.
    private bool IsWorthAnEpoch(Dictionary<WatermarkTracker, long> watermarks, Dictionary<TimedInput, long> inputs, long clock) =>
        watermarks.Any(w => (!w.Key.FollowsClock || (_hadRows && w.Key is not ClockTracker)) && w.Value > w.Key.Watermark && w.Value < EpochTime.EndOfTime && _graph.IsUsed(w.Key))
        || _graph.Moves(inputs) || QueryGraph.IsDue(inputs, clock);

    private Dictionary<string, long> ToLog(Dictionary<WatermarkTracker, long> watermarks, Dictionary<TimedInput, long> inputs)
    {
        var log = new Dictionary<string, long>(StringComparer.Ordinal);
        foreach (var (tracker, next) in watermarks)
        {
            log[tracker.Name] = next;
            log[LateName(tracker)] = tracker.Watermark;
        }

        foreach (var (timed, next) in inputs)
            if (_graph.IsLogged(timed)) log[timed.Name] = next;

        return log;
    }

    private static string LateName(WatermarkTracker tracker) => $"{tracker.Name}/late";

    private void BeginTime(EpochPlan plan)
    {
        // An epoch that was planned by an earlier form of the query does not know trackers that came since.
        foreach (var tracker in _graph.Trackers)
            tracker.BeginEpoch(new EpochTime(plan.Watermarks.GetValueOrDefault(tracker.Name, tracker.Watermark), plan.Watermarks.GetValueOrDefault(LateName(tracker), tracker.Watermark), plan.ClockUtcTicks));
        _graph.BeginEpoch(plan.Watermarks, plan.ClockUtcTicks);
    }

    // The least of those that count: one that is idle does not hold the others back.
    private Watermark? CurrentWatermark => _graph.Trackers.Count == 0 ? null
        : WatermarkTracker.ToWatermark(_graph.Trackers.Where(t => !t.IsIdle).DefaultIfEmpty(_graph.Trackers.MinBy(t => t.Watermark)!).Min(t => t.Watermark));

    private StateOperatorProgress ProgressOf(IStateful state)
    {
        var (late, missed) = _lateBefore.GetValueOrDefault(state);
        _lateBefore[state] = (state.RowsLate, state.WindowsMissed);
        return new StateOperatorProgress(state.Name, state.Rows, state.RowsUpdated, state.RowsRemoved, state.RowsLate - late, state.MemoryBytes)
        {
            WindowsMissed = state.WindowsMissed - missed,
            RowsOnDisk = state.RowsOnDisk,
            Bound = _graph.BoundOf(state),
            CompleteSince = _completeSince.TryGetValue(state.Name, out var since) ? since : null,
        };
    }

    /// <summary>How long until something may be due without a row having come; null: only rows change anything.</summary>
    private TimeSpan? NextWake()
    {
        var now = _clock.GetUtcNow().UtcTicks;
        long? at = _graph.DueAtClock;
        foreach (var tracker in _graph.Trackers)
        {
            var next = tracker is ClockTracker ? null : tracker.FollowsClock ? now + GeneratorPoll.Ticks : tracker.NextIdle;
            if (next > now && (at is null || next < at)) at = next;
        }

        // A timer may fire a little early by this clock.
        return at is not { } due ? null : due <= now ? TimeSpan.FromMilliseconds(1) : TimeSpan.FromTicks(Math.Min(due - now, TimeSpan.TicksPerDay)) + TimeSpan.FromMilliseconds(1);
    }
}
