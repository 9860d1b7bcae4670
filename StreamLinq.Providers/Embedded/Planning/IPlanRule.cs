// A rule makes a plan cheaper and leaves its meaning. One rule per file; each is tested by the text of plans.
namespace StreamLinq.Embedded;

internal interface IPlanRule
{
    /// <summary>The plan's node, its inputs already rewritten, as the rule would have it; the same object if it has nothing to say.</summary>
    LogicalNode Apply(LogicalNode node);
}

/// <summary>Applies the rules, in order, from the leaves up.</summary>
internal static class PlanOptimizer
{
    private static readonly IPlanRule[] Rules = [new PushFilterBelowGroup(), new CombineFilters()];

    internal static LogicalPlan Optimize(LogicalPlan plan)
    {
        var root = plan.Root;
        foreach (var rule in Rules) root = Rewrite(root, rule);
        root = PruneColumns.From(root, plan);
        return new LogicalPlan(root, plan.Row, plan.Key, plan.KeyMembers);
    }

    private static LogicalNode Rewrite(LogicalNode node, IPlanRule rule)
    {
        var inputs = node.Inputs.Select(i => Rewrite(i, rule)).ToArray();
        return rule.Apply(inputs.SequenceEqual(node.Inputs) ? node : node.WithInputs(inputs));
    }
}
