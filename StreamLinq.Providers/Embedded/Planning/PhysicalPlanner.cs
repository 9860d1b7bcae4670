// Cuts a logical plan into stages. Everything without state is fused into the stage that feeds the next operator; a merge costs nothing, its inputs' stages go on separately.
namespace StreamLinq.Embedded;

/// <summary>Plans the outputs of one query; names of operators are unique between them. What an operator that they share is fed by stands in the plan of the first.</summary>
internal sealed class PhysicalPlanner
{
    private readonly HashSet<string> _names = new(StringComparer.Ordinal);
    private readonly Dictionary<LogicalNode, string> _named = new(ReferenceEqualityComparer.Instance);
    private readonly HashSet<(LogicalEventTime, int)> _observed = [];
    private readonly Dictionary<string, int> _counters = new(StringComparer.Ordinal);

    internal static string Describe(LogicalPlan plan) => new PhysicalPlanner().Plan(plan, null).ToString();

    internal PhysicalPlan Plan(LogicalPlan plan, StreamOutput? output)
    {
        var operators = new List<(LogicalNode, string)>();
        var stages = new List<PhysicalStage>();
        var order = plan.Root is LogicalOrder ordered ? ordered.Orderings : [];
        var root = plan.Root is LogicalOrder ? plan.Root.Inputs[0] : plan.Root;
        Feed(root, null, 0);
        return new PhysicalPlan(plan, output, operators, stages, order);

        void Feed(LogicalNode node, LogicalNode? to, int side)
        {
            foreach (var path in Paths(node))
            {
                if (path.From.Inputs.Count > 0 && operators.All(o => o.Item1 != path.From))
                {
                    for (var input = 0; input < path.From.Inputs.Count; input++) Feed(path.From.Inputs[input], path.From, input);
                    operators.Add((path.From, Name(path.From)));
                }

                if (to is null || !_named.ContainsKey(to)) stages.Add(path with { Steps = [.. path.Steps.Select(Observed)], To = to, Side = side });
            }
        }
    }

    private StageStep Observed(StageStep step) => step is EventTimeStep timed ? timed with { IsObserved = _observed.Add((timed.Node, timed.Input)) } : step;

    private static IEnumerable<PhysicalStage> Paths(LogicalNode node) => node switch
    {
        LogicalFilter filter => Then(filter, new FilterStep(filter.Condition, filter.Origin)),
        LogicalProject project => Then(project, new ProjectStep(project.Assignments, project.Origin)),
        LogicalFlatten flatten => Then(flatten, new FlattenStep(flatten.Collection, flatten.Element, flatten.Index, flatten.Origin) { Frame = flatten.Frame }),
        LogicalEventTime timed => Paths(timed.Inputs[0]).Select((p, i) => p with { Steps = [.. p.Steps, new EventTimeStep(timed, i)] }),
        LogicalLateRows late => Then(late, new LateRowsStep(late)),
        LogicalMerge merge => merge.Inputs.SelectMany((input, i) => Paths(input).Select(p => p with { Steps = [.. p.Steps, new AliasStep(merge.Sources[i], merge.Columns, merge.Origin)] })),
        _ => [new PhysicalStage(node, [], null)],
    };

    private static IEnumerable<PhysicalStage> Then(LogicalNode node, StageStep step) => Paths(node.Inputs[0]).Select(p => p with { Steps = [.. p.Steps, step] });

    private string Name(LogicalNode node) => _named.TryGetValue(node, out var known) ? known : _named[node] = NewName(node);

    private string NewName(LogicalNode node)
    {
        var (given, kind) = node switch
        {
            LogicalAggregate group => (group.Name, group.Window is null ? "group" : "window"),
            LogicalDistinct distinct => (distinct.Name, "distinct"),
            LogicalProcess process => (process.Name, "process"),
            LogicalJoin join => (join.Name, "join"),
            LogicalLatest latest => (latest.Name, "latest"),
            LogicalCall call => (call.Name, call.Each is null ? "lookup" : "calls"),
            LogicalUnbounded => (null, "rows"),
            LogicalChanges => (null, "changes"),
            _ => throw new InvalidOperationException($"{node.GetType().Name} is no operator with state."),
        };
        if (given is null) _counters[kind] = _counters.GetValueOrDefault(kind) + 1;
        var name = given ?? $"{kind}-{_counters[kind]}";
        return _names.Add(name) ? name : throw new StreamLinqException("SLQ1013", $"two operators of the query are named '{name}'. State is kept under the name: give each operator its own with Named().");
    }
}
