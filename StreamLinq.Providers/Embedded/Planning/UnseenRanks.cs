// What an output does not show need not be kept right. A changelog whose rows do not hold their rank is the same if rows are told apart by themselves: when one row gets among the first ten, one comes and one goes,
// where by rank all those below it would go and come again. And an order is looked at by nobody but who gets the whole table.
namespace StreamLinq.Embedded;

internal static class UnseenRanks
{
    /// <summary>The plan of an output without the order and the ranks that it does not show.</summary>
    internal static LogicalPlan Without(LogicalPlan plan, StreamOutput output)
    {
        if (output.Mode is null || output.Mode == OutputMode.Complete) return plan;
        var root = plan.Root is LogicalOrder ? plan.Root.Inputs[0] : plan.Root;
        var isUnseen = output.Mode == OutputMode.Changelog && plan.KeyMembers is null && plan.Key is not null && plan.Key.Any(k => IsRank(root, k));
        return new LogicalPlan(root, plan.Row, isUnseen ? null : plan.Key, plan.KeyMembers);
    }

    private static bool IsRank(LogicalNode node, PlanColumn column) => (node is LogicalFlatten { Index: { } rank } && rank == column) || node.Inputs.Any(input => IsRank(input, column));
}
