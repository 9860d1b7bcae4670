// Columns that nobody reads are not computed: a let that only served a filter, an aggregate that is not selected.
// First the needs are gathered from the root down, over all readers of a node; then the nodes are made again, each once.
using System.Linq.Expressions;

namespace StreamLinq.Embedded;

internal sealed class PruneColumns
{
    private readonly Dictionary<LogicalNode, HashSet<PlanColumn>> _needed = new(ReferenceEqualityComparer.Instance);
    private readonly Dictionary<LogicalNode, LogicalNode> _pruned = new(ReferenceEqualityComparer.Instance);

    /// <param name="roots">The roots of the plans as they are by now.</param>
    /// <param name="plans">What is read of each.</param>
    internal static IReadOnlyList<LogicalNode> From(IReadOnlyList<LogicalNode> roots, IReadOnlyList<LogicalPlan> plans)
    {
        var prune = new PruneColumns();
        for (var i = 0; i < roots.Count; i++) prune.Need(roots[i], [.. ColumnFinder.In(plans[i].Row), .. plans[i].Key ?? []]);
        return [.. roots.Select(prune.Pruned)];
    }

    /// <summary>What a group reads of its input, apart from what tells its windows.</summary>
    internal static IReadOnlyCollection<PlanColumn> ReadBy(LogicalAggregate group) => OfGroup(group, [.. group.Columns]);

    private void Need(LogicalNode node, IReadOnlyCollection<PlanColumn> columns)
    {
        var seen = _needed.TryGetValue(node, out var needed);
        if (!seen) _needed[node] = needed = [];
        var before = needed!.Count;
        needed.UnionWith(columns);
        if (seen && needed.Count == before) return;
        for (var i = 0; i < node.Inputs.Count; i++) Need(node.Inputs[i], Reads(node, i, needed));
    }

    private static IReadOnlyCollection<PlanColumn> Reads(LogicalNode node, int input, HashSet<PlanColumn> needed) => node switch
    {
        LogicalFilter filter => [.. needed, .. ColumnFinder.In(filter.Condition)],
        LogicalFlatten flatten => [.. needed, .. ColumnFinder.In(OfFlatten(flatten, needed))],
        LogicalOrder order => [.. needed, .. order.Orderings.Select(o => o.Column)],
        LogicalProject project => ColumnFinder.In(Kept(project, needed).Select(a => a.Value)),
        LogicalEventTime timed => [.. needed, .. ColumnFinder.In(new[] { timed.Time, timed.Observed }.OfType<Expression>())],
        LogicalLateRows late => [.. needed, .. late.Window.Columns],
        LogicalAggregate { Window: { } window } group => [.. window.Of.Columns, .. OfGroup(group, needed)],
        LogicalAggregate group => OfGroup(group, needed),
        LogicalDistinct { Time: { } time } distinct => [.. needed, .. ColumnFinder.In(distinct.Keys), time],
        LogicalDistinct distinct => [.. needed, .. ColumnFinder.In(distinct.Keys)],
        LogicalProcess process => [.. ColumnFinder.In([process.Key, process.Row]), .. process.Time is null ? [] : new[] { process.Time }],
        LogicalLatest latest => [.. ColumnFinder.In(latest.Keys.Select(k => k.Value).Append(latest.IsThere).OfType<Expression>()), .. latest.Kept.Where(needed.Contains), .. latest.Time is null ? [] : new[] { latest.Time }],
        LogicalUnbounded all => [.. all.Columns.Where(needed.Contains)],
        LogicalChanges changes => ColumnFinder.In(changes.Row),
        LogicalCall call => [.. ColumnFinder.In(call.Argument), .. call.Kept.Where(needed.Contains)],
        LogicalMerge merge => merge.Sources[input],
        LogicalJoin join => OfJoin(join, input, needed),
        _ => needed,
    };

    private static IEnumerable<Expression> OfFlatten(LogicalFlatten flatten, HashSet<PlanColumn> needed) => flatten.Frame is not { } frame
        ? [flatten.Collection]
        : [flatten.Collection, .. frame.Aggregates.Where(a => needed.Contains(a.Column)).SelectMany(a => a.Ordering.Select(o => o.Value).Append(a.Argument).Append(a.Filter)).OfType<Expression>()];

    private static IReadOnlyCollection<PlanColumn> OfGroup(LogicalAggregate group, HashSet<PlanColumn> needed) =>
        ColumnFinder.In(group.Keys.Select(k => k.Value).Concat(Asked(group, needed).SelectMany(a => a.Ordering.Select(o => o.Value).Append(a.Argument).Append(a.Filter)).OfType<Expression>()));

    private static IReadOnlyCollection<PlanColumn> OfJoin(LogicalJoin join, int input, HashSet<PlanColumn> needed) => input == 0
        ?
        [
            .. ColumnFinder.In(join.Keys.Select(k => k.Left)), .. join.LeftColumns.Where(Asked(join, needed)), .. join.Interval is null ? [] : new[] { join.Interval.Left }, .. join.Windows?.Left.Columns ?? [], .. join.AsOf is null ? [] : new[] { join.AsOf.Left },
        ]
        :
        [
            .. ColumnFinder.In(join.Keys.Select(k => k.Right)), .. ColumnFinder.In(join.RightColumns.Where(c => Asked(join, needed)(c.Column)).Select(c => c.Value)),
            .. join.Interval is null ? [] : new[] { join.Interval.Right }, .. join.Windows?.Right.Columns ?? [], .. join.AsOf?.RightColumns ?? [],
        ];

    private static Func<PlanColumn, bool> Asked(LogicalJoin join, HashSet<PlanColumn> needed)
    {
        var inCondition = join.Condition is null ? [] : ColumnFinder.In(join.Condition);
        return c => needed.Contains(c) || inCondition.Contains(c);
    }

    // What can throw is computed although nobody reads it: LINQ would.
    private static IEnumerable<PlanAssignment> Kept(LogicalProject project, HashSet<PlanColumn> needed) => project.Assignments.Where(a => needed.Contains(a.Column) || ThrowAnalysis.Can(a.Value));

    private static IEnumerable<AggregateCall> Asked(LogicalAggregate group, HashSet<PlanColumn> needed) => group.Aggregates.Where(a => needed.Contains(a.Column));

    private static GroupWindow? Asked(GroupWindow? window, HashSet<PlanColumn> needed) => window is { Time: { } time } && !needed.Contains(time) ? window with { Time = null } : window;

    private LogicalNode Pruned(LogicalNode node)
    {
        if (_pruned.TryGetValue(node, out var known)) return known;
        var inputs = node.Inputs.Select(Pruned).ToArray();
        return _pruned[node] = node switch
        {
            LogicalProject project => new LogicalProject(inputs[0], [.. Kept(project, _needed[node])], project.Origin),
            LogicalFlatten flatten => flatten.Narrowed(inputs[0], _needed[node]),
            LogicalCall call => call.Narrowed(inputs[0], _needed[node]),
            LogicalLatest latest => latest.Narrowed(inputs[0], _needed[node]),
            LogicalUnbounded all => new LogicalUnbounded(inputs[0], [.. all.Columns.Where(_needed[node].Contains)], all.Origin),
            LogicalAggregate group => new LogicalAggregate(inputs[0], group.Keys, Asked(group.Window, _needed[node]), [.. Asked(group, _needed[node])], group.Name, group.Origin),
            LogicalJoin join => new LogicalJoin(
                inputs[0], inputs[1], join.Kind, join.Terms, [.. join.LeftColumns.Where(Asked(join, _needed[node]))], [.. join.RightColumns.Where(c => Asked(join, _needed[node])(c.Column))],
                join.Time is { } time && _needed[node].Contains(time) ? time : null, join.Name, join.Origin),
            _ => node.WithInputs(inputs),
        };
    }
}
