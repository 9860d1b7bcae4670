// Columns that nobody reads are not computed: a let that only served a filter, an aggregate that is not selected.
namespace StreamLinq.Embedded;

internal static class PruneColumns
{
    internal static LogicalNode From(LogicalNode root, LogicalPlan plan) =>
        Prune(root, [.. ColumnFinder.In(plan.Row), .. plan.Key ?? []]);

    private static LogicalNode Prune(LogicalNode node, HashSet<PlanColumn> needed)
    {
        switch (node)
        {
            case LogicalFilter filter:
                return node.WithInputs([Prune(node.Inputs[0], [.. needed, .. ColumnFinder.In(filter.Condition)])]);
            case LogicalFlatten flatten:
                return node.WithInputs([Prune(node.Inputs[0], [.. needed, .. ColumnFinder.In(flatten.Collection)])]);
            case LogicalOrder order:
                return node.WithInputs([Prune(node.Inputs[0], [.. needed, .. order.Orderings.Select(o => o.Column)])]);
            case LogicalProject project:
                var kept = project.Assignments.Where(a => needed.Contains(a.Column) || ThrowAnalysis.Can(a.Value)).ToArray();
                var input = Prune(project.Inputs[0], [.. ColumnFinder.In(kept.Select(a => a.Value))]);
                return new LogicalProject(input, kept, project.Origin);
            case LogicalAggregate group:
                var asked = group.Aggregates.Where(a => needed.Contains(a.Column)).ToArray();
                var read = group.Keys.Select(k => k.Value).Concat(asked.SelectMany(a => new[] { a.Argument, a.Filter }).OfType<System.Linq.Expressions.Expression>());
                return new LogicalAggregate(Prune(group.Inputs[0], [.. ColumnFinder.In(read)]), group.Keys, asked, group.Name, group.Origin);
            case LogicalDistinct distinct:
                return node.WithInputs([Prune(node.Inputs[0], [.. needed, .. ColumnFinder.In(distinct.Keys)])]);
            case LogicalMerge merge:
                return node.WithInputs([.. merge.Inputs.Select((i, n) => Prune(i, [.. merge.Sources[n]]))]);
            default:
                return node;
        }
    }
}
