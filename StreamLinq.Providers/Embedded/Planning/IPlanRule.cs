// A rule makes a plan cheaper and leaves its meaning. One rule per file; each is tested by the text of plans.
namespace StreamLinq.Embedded;

internal interface IPlanRule
{
    /// <summary>The plan's node, its inputs already rewritten, as the rule would have it; the same object if it has nothing to say.</summary>
    /// <param name="node">The node.</param>
    /// <param name="isShared">Whether an input is read by others too: then it must stay as it is.</param>
    LogicalNode Apply(LogicalNode node, Func<LogicalNode, bool> isShared);
}

/// <summary>Applies the rules, in order, from the leaves up. Parts of the plan that are used twice stay one object.</summary>
internal static class PlanOptimizer
{
    private static readonly IPlanRule[] Rules = [new ReadStreamOfUnbounded(), new PushFilterBelowGroup(), new CombineFilters(), new PushFilterIntoJoin(), new NarrowJoinColumns()];

    internal static LogicalPlan Optimize(LogicalPlan plan) => Optimize([plan])[0];

    /// <summary>Plans that run together: what they share is of use to all of them.</summary>
    internal static IReadOnlyList<LogicalPlan> Optimize(IReadOnlyList<LogicalPlan> plans)
    {
        IReadOnlyList<LogicalNode> roots = [.. plans.Select(p => p.Root)];
        foreach (var rule in Rules) roots = Apply(rule, roots);
        roots = PruneColumns.From(roots, plans);
        return [.. plans.Select((plan, i) => new LogicalPlan(roots[i], plan.Row, plan.Key, plan.KeyMembers))];
    }

    private static IReadOnlyList<LogicalNode> Apply(IPlanRule rule, IReadOnlyList<LogicalNode> roots)
    {
        var shared = Shared(roots);
        var rewritten = new Dictionary<LogicalNode, LogicalNode>(ReferenceEqualityComparer.Instance);
        var sharedNow = new HashSet<LogicalNode>(ReferenceEqualityComparer.Instance);
        return [.. roots.Select(Rewrite)];

        LogicalNode Rewrite(LogicalNode node)
        {
            if (rewritten.TryGetValue(node, out var known)) return known;
            var inputs = node.Inputs.Select(Rewrite).ToArray();
            var result = rule.Apply(inputs.SequenceEqual(node.Inputs) ? node : node.WithInputs(inputs), sharedNow.Contains);
            if (shared.Contains(node)) sharedNow.Add(result);
            return rewritten[node] = result;
        }
    }

    private static HashSet<LogicalNode> Shared(IReadOnlyList<LogicalNode> roots)
    {
        var seen = new HashSet<LogicalNode>(ReferenceEqualityComparer.Instance);
        var shared = new HashSet<LogicalNode>(ReferenceEqualityComparer.Instance);
        foreach (var root in roots) Visit(root);
        return shared;

        void Visit(LogicalNode node)
        {
            if (!seen.Add(node)) shared.Add(node);
            else foreach (var input in node.Inputs) Visit(input);
        }
    }
}
