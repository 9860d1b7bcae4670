// The time of a graph: a tracker per WithEventTime, and for each operator the watermark of its input. A watermark passes through what keeps no rows back;
// windows with a grace period hold it back as much, so that their results are never late for what comes behind.
namespace StreamLinq.Embedded;

internal sealed partial class QueryGraph
{
    private readonly Dictionary<LogicalNode, object> _times = new(ReferenceEqualityComparer.Instance);
    private readonly List<WatermarkTracker> _trackers = [];
    private readonly List<(LogicalNode Input, Action<EpochTime> Begin, bool UsesWatermark)> _timed = [];

    /// <summary>What follows event time, in the order of the query.</summary>
    internal IReadOnlyList<WatermarkTracker> Trackers => _trackers;

    /// <summary>Whether some operator judges rows by the watermark of a tracker.</summary>
    internal bool IsUsed(WatermarkTracker tracker) => _timed.Any(t => t.UsesWatermark && TrackersOf(t.Input).Contains(tracker));

    private void BeginPartition(string feed, string id)
    {
        foreach (var tracker in _trackers) tracker.BeginPartition(feed, id);
    }

    private object TimeOf(LogicalNode node) => _times[node];

    private void AddTime(PhysicalPlan plan, PhysicalStage stage)
    {
        foreach (var step in stage.Steps)
        {
            switch (step)
            {
                case EventTimeStep { Node: var node }:
                    if (!_times.TryGetValue(node, out var known)) _times[node] = known = AddTracker(node);
                    var tracker = (WatermarkTracker)known;
                    tracker.Feeds.Add(plan.NameOf(stage.From));
                    foreach (var source in SourcesOf(stage.From)) tracker.Sources.Add(source.Name);
                    break;
                case LateRowsStep { Node: var late } when !_times.ContainsKey(late):
                    var filter = new LateRowFilter(late.Window);
                    _times[late] = filter;
                    _timed.Add((late.Inputs[0], filter.BeginEpoch, true));
                    break;
                default:
                    break;
            }
        }
    }

    private WatermarkTracker AddTracker(LogicalEventTime node)
    {
        var name = $"watermark-{_trackers.Count + 1}";
        var tracker = node.Watermarks switch
        {
            null => new ClockTracker(name),
            { RowType: { } row } generated => (WatermarkTracker)Activator.CreateInstance(typeof(GeneratedWatermarkTracker<>).MakeGenericType(row), name, generated, _maxAhead)!,
            var delayed => new WatermarkTracker(name, delayed, _maxAhead),
        };
        _trackers.Add(tracker);
        return tracker;
    }

    private static IEnumerable<LogicalSource> SourcesOf(LogicalNode node) => node is LogicalSource source ? [source] : node.Inputs.SelectMany(SourcesOf).Distinct();

    /// <summary>Tells all that keep time what the epoch runs with. The trackers must know already.</summary>
    internal void BeginEpoch(long clock)
    {
        Context.Clock = clock;
        foreach (var (input, begin, _) in _timed) begin(new EpochTime(WatermarkOf(input, t => t.Watermark), WatermarkOf(input, t => t.LateUntil), clock));
    }

    /// <summary>The operators that wait for event time: how much they hold, the watermark of their input and at which one they do something next.</summary>
    internal IEnumerable<(IStateful Operator, long Watermark, long? DueAt, IEnumerable<WatermarkTracker> Trackers)> Waiting =>
        _timed.Where(t => t.UsesWatermark && t.Begin.Target is IStateful).Select(t => ((IStateful)t.Begin.Target!, WatermarkOf(t.Input, w => w.Watermark), ((IStateful)t.Begin.Target!).DueAt, TrackersOf(t.Input)));

    /// <summary>Whether an epoch without rows would emit or free something, were the watermarks these.</summary>
    internal bool IsDue(Func<WatermarkTracker, long> watermarks, long clock)
    {
        foreach (var (input, begin, _) in _timed)
        {
            if (begin.Target is not IStateful state) continue;
            if (state.DueAt <= WatermarkOf(input, watermarks) || state.DueAtClock <= clock) return true;
        }

        return false;
    }

    /// <summary>The earliest clock at which something would be due that follows it; null: nothing does.</summary>
    internal long? DueAtClock
    {
        get
        {
            long? due = null;
            foreach (var (input, begin, _) in _timed)
            {
                if (begin.Target is not IStateful state) continue;
                due = Earlier(due, state.DueAtClock);
                if (TrackersOf(input).All(t => t is ClockTracker)) due = Earlier(due, state.DueAt is { } at and < EpochTime.EndOfTime ? at : null);
            }

            return due;
        }
    }

    private static long? Earlier(long? left, long? right) => left is null ? right : right is null ? left : Math.Min(left.Value, right.Value);

    private IEnumerable<WatermarkTracker> TrackersOf(LogicalNode node) => node is LogicalEventTime ? [(WatermarkTracker)_times[node]] : node.Inputs.SelectMany(TrackersOf);

    /// <summary>The watermark of what a node gives: the least of those of its inputs, less what it holds back.</summary>
    private long WatermarkOf(LogicalNode node, Func<WatermarkTracker, long> watermarks)
    {
        if (node is LogicalEventTime) return watermarks((WatermarkTracker)_times[node]);
        if (node.Inputs.Count == 0) return EpochTime.NoWatermark;
        var least = node.Inputs.Min(i => WatermarkOf(i, watermarks));
        if (node is not LogicalAggregate { Window.Of.Grace: var grace } || grace == TimeSpan.Zero || least is EpochTime.NoWatermark or EpochTime.EndOfTime) return least;
        return grace == TimeSpan.MaxValue || least < grace.Ticks ? EpochTime.NoWatermark : least - grace.Ticks;
    }
}
