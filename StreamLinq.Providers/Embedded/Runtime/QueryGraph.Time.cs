// The time of a graph: a tracker per WithEventTime, and for each operator the watermark of its input. A watermark passes through what keeps no rows back;
// windows with a grace period hold it back as much, so that their results are never late for what comes behind.
namespace StreamLinq.Embedded;

/// <summary>The input of an operator that is told what time it is.</summary>
internal sealed class TimedInput(string name, LogicalNode node, Action<EpochTime> begin, bool usesWatermark)
{
    /// <summary>The name its watermark is logged under.</summary>
    internal string Name => name;

    internal LogicalNode Node => node;

    internal Action<EpochTime> Begin => begin;

    internal bool UsesWatermark => usesWatermark;

    /// <summary>The operator, where it keeps state.</summary>
    internal IStateful? State => begin.Target as IStateful;

    /// <summary>The watermark of the epoch at hand. It never falls, also when an input that was idle comes back.</summary>
    internal long Watermark { get; set; } = EpochTime.NoWatermark;
}

internal sealed partial class QueryGraph
{
    private readonly Dictionary<LogicalNode, object> _times = new(ReferenceEqualityComparer.Instance);
    private readonly List<WatermarkTracker> _trackers = [];
    private readonly List<TimedInput> _timed = [];

    /// <summary>What follows event time, in the order of the query.</summary>
    internal IReadOnlyList<WatermarkTracker> Trackers => _trackers;

    /// <summary>Whether some operator judges rows by the watermark of a tracker.</summary>
    internal bool IsUsed(WatermarkTracker tracker) => _timed.Any(t => t.UsesWatermark && TrackersOf(t.Node).Contains(tracker));

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
                    AddFeeds(plan, tracker, stage.From);
                    foreach (var source in SourcesOf(stage.From)) tracker.Sources.Add(source.Name);
                    break;
                case LateRowsStep { Node: var late } when !_times.ContainsKey(late):
                    var filter = new LateRowFilter(late.Window);
                    _times[late] = filter;
                    _timed.Add(new TimedInput($"late-rows-{_timed.Count + 1}", late.Inputs[0], filter.BeginEpoch, true));
                    break;
                default:
                    break;
            }
        }
    }

    // Distinct sends first rows on at once, so they are still of the partition that is being read. What a processor makes is counted as its own, whether of rows or of timers.
    private static void AddFeeds(PhysicalPlan plan, WatermarkTracker tracker, LogicalNode from)
    {
        if (from is LogicalSource or LogicalAggregate or LogicalProcess or LogicalChanges) tracker.Feeds.Add(plan.NameOf(from));
        else foreach (var input in from.Inputs) AddFeeds(plan, tracker, input);
        if (from is not LogicalProcess) return;
        foreach (var source in SourcesOf(from)) tracker.Through[source.Name] = plan.NameOf(from);
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

    /// <summary>The watermark of each input for the next epoch, were those of the trackers these.</summary>
    internal Dictionary<TimedInput, long> InputWatermarks(Func<WatermarkTracker, long> watermarks)
    {
        var next = new Dictionary<TimedInput, long>(ReferenceEqualityComparer.Instance);
        foreach (var timed in _timed) next[timed] = Math.Max(timed.Watermark, WatermarkOf(timed.Node, watermarks).Time);
        return next;
    }

    /// <summary>Where the watermark of an input has more to it than those of the trackers: several meet there, and which of them were idle is not known later.</summary>
    internal bool IsLogged(TimedInput timed) => TrackersOf(timed.Node).Distinct().Take(2).Count() == 2;

    /// <summary>Whether the watermark of some input moves by more than the clock.</summary>
    internal bool Moves(Dictionary<TimedInput, long> next) =>
        next.Any(n => n.Key.UsesWatermark && n.Value > n.Key.Watermark && n.Value < EpochTime.EndOfTime && !TrackersOf(n.Key.Node).Any(t => t.FollowsClock));

    /// <summary>Goes on from the watermarks of a committed epoch. The trackers must be restored already.</summary>
    internal void Restore(IReadOnlyDictionary<string, long> logged)
    {
        foreach (var timed in _timed)
        {
            var before = logged.GetValueOrDefault(timed.Name, EpochTime.NoWatermark);
            timed.Watermark = Math.Max(before == EpochTime.EndOfTime ? EpochTime.NoWatermark : before, WatermarkOf(timed.Node, t => t.Watermark).Time);
        }
    }

    /// <summary>Tells all that keep time what the epoch runs with. The trackers must know already.</summary>
    internal void BeginEpoch(IReadOnlyDictionary<string, long> logged, long clock)
    {
        Context.Clock = clock;
        foreach (var timed in _timed)
        {
            var late = TrackersOf(timed.Node).Any(t => t is ClockTracker) ? EpochTime.NoWatermark : timed.Watermark;
            timed.Watermark = logged.TryGetValue(timed.Name, out var known) ? known : Math.Max(timed.Watermark, WatermarkOf(timed.Node, t => t.Watermark).Time);
            timed.Begin(new EpochTime(timed.Watermark, late, clock));
        }
    }

    /// <summary>The operators that wait for event time: how much they hold, the watermark of their input and at which one they do something next.</summary>
    internal IEnumerable<(IStateful Operator, long Watermark, long? DueAt, IEnumerable<WatermarkTracker> Trackers)> Waiting =>
        _timed.Where(t => t.UsesWatermark && t.State is not null).Select(t => (t.State!, t.Watermark, t.State!.DueAt, TrackersOf(t.Node)));

    /// <summary>Whether an epoch without rows would emit or free something, were the watermarks these.</summary>
    internal static bool IsDue(Dictionary<TimedInput, long> watermarks, long clock) =>
        watermarks.Any(w => w.Key.State is { } state && (state.DueAt <= w.Value || state.DueAtClock <= clock));

    /// <summary>The earliest clock at which something would be due that follows it; null: nothing does.</summary>
    internal long? DueAtClock
    {
        get
        {
            long? due = null;
            foreach (var timed in _timed)
            {
                if (timed.State is not { } state) continue;
                due = Earlier(due, state.DueAtClock);
                // Only where nothing but the clock is waited for.
                if (state.DueAt is { } at and < EpochTime.EndOfTime && TrackersOf(timed.Node).Any(t => t is ClockTracker)
                    && WatermarkOf(timed.Node, t => t is ClockTracker ? EpochTime.EndOfTime : t.Watermark).Time >= at) due = Earlier(due, at + Math.Min(HeldBack(timed.Node), EpochTime.EndOfTime - at));
            }

            return due;
        }
    }

    private static long? Earlier(long? left, long? right) => left is null ? right : right is null ? left : Math.Min(left.Value, right.Value);

    private IEnumerable<WatermarkTracker> TrackersOf(LogicalNode node) => node is LogicalEventTime ? [(WatermarkTracker)_times[node]] : TimeInputs(node).SelectMany(TrackersOf);

    /// <summary>The watermark of what a node gives: the least of those of its inputs, less what it holds back. An input that is idle is left out as long as another one is not.</summary>
    private (long Time, bool IsIdle) WatermarkOf(LogicalNode node, Func<WatermarkTracker, long> watermarks)
    {
        if (node is LogicalEventTime) return (watermarks((WatermarkTracker)_times[node]), ((WatermarkTracker)_times[node]).IsIdle);
        if (node.Inputs.Count == 0) return (EpochTime.NoWatermark, false);
        var inputs = TimeInputs(node).Select(i => WatermarkOf(i, watermarks)).Where(i => i.Time != EpochTime.EndOfTime).ToList();
        if (inputs.Count == 0) return (EpochTime.EndOfTime, false);
        var isIdle = inputs.All(i => i.IsIdle);
        var least = inputs.Where(i => isIdle || !i.IsIdle).Min(i => i.Time);
        var grace = Grace(node);
        return (least < grace ? EpochTime.NoWatermark : least - grace, isIdle);
    }

    private static long Grace(LogicalNode node) => node switch
    {
        LogicalAggregate { Window.Of.Grace: var grace } => grace.Ticks,
        LogicalJoin join => HeldBackBy(join),
        _ => 0,
    };

    private static long HeldBack(LogicalNode node)
    {
        if (node is LogicalEventTime || node.Inputs.Count == 0) return 0;
        var held = TimeInputs(node).Max(HeldBack);
        return held + Math.Min(Grace(node), EpochTime.EndOfTime - held);
    }
}
