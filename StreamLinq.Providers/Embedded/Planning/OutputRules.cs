// What an output must fulfil before its query starts: the mode fits the table, the sink can do what the mode needs, aggregates can take rows back where they must.
using System.Linq.Expressions;

namespace StreamLinq.Embedded;

internal static class OutputRules
{
    internal static void Check(LogicalPlan plan, StreamOutput output, SinkFeatures features)
    {
        var node = output.Query.Expression;
        if (output.Mode is null) return;
        if (plan.Root is LogicalOrder { IsCut: false } && output.Mode != OutputMode.Complete)
            throw new QueryTranslationException("SLQ1009", $"{output.Mode} of a table that is ordered but not cut: the order says nothing about single changes. Write it with OutputMode.Complete, or leave the ordering out.", node);
        if (output.Mode == OutputMode.Update && plan.KeyMembers is null)
        {
            throw new QueryTranslationException("SLQ1008", plan.Key is null
                ? "Update needs the table's key, and this table has none (SelectMany, Merge and selections of other rows lose it). Use OutputMode.Changelog or Complete."
                : $"Update needs the table's key in the row, and {string.Join(", ", plan.Key.Select(k => k.Name))} is not in it. Select the key columns too, or use OutputMode.Changelog.", node);
        }

        var (needed, word) = output.Mode == OutputMode.Complete ? (SinkFeatures.Replaces, "replace its content")
            : output.Mode == OutputMode.Update ? (CanLose(plan.Root) ? SinkFeatures.Upserts | SinkFeatures.Deletes : SinkFeatures.Upserts, "take upserts and deletes")
            : (SinkFeatures.Deletes, "take deletes");
        if ((features & needed) != needed)
            throw new QueryTranslationException("SLQ1010", $"{output.Mode} needs a sink that can {word}, and {output.SinkDescription} cannot. Choose another mode or another sink.", node);
    }

    internal static void Check(LogicalNode plan, StreamOutput output)
    {
        foreach (var input in plan.Inputs) Check(input, output);
        if (plan is not LogicalAggregate { Inputs: [{ IsChanging: true }] } group) return;
        foreach (var call in group.Aggregates)
        {
            if (call.KeepsRows) continue;
            if (call.Function == AggregateFunction.Custom && !IsRetractable(call.Custom!))
                throw new QueryTranslationException("SLQ1011", $"{TypeText.Name(call.Custom!.GetType())} is used over a table, whose rows can be taken back, and cannot take a row back. Implement IRetractableAggregate.", output.Query.Expression);
            if (call.Function is AggregateFunction.First or AggregateFunction.Last)
                throw new QueryTranslationException("SLQ1100", $"{call.Function} over a table needs an order: its rows come again with each change, so the order in which they came says nothing. Write OrderBy before it, or MinBy or MaxBy.", output.Query.Expression);
        }
    }

    private static bool IsRetractable(object aggregate) => aggregate.GetType().GetInterfaces().Any(i => i.IsGenericType && i.GetGenericTypeDefinition() == typeof(IRetractableAggregate<,,>));

    // Rows leave where a condition stands above a group, a group's input can be taken back, or a list that is gone through can become shorter: the first rows of a group that only grows do not become
    // fewer, those with ties do.
    private static bool OnlyGrows(LogicalNode node, Expression collection) => collection is UnaryExpression { Operand: ColumnExpression { Column: var rows } }
        && (node is LogicalAggregate group ? group.Aggregates.Any(a => a.Column == rows && a is { Function: AggregateFunction.Rows, WithTies: false }) : node.Inputs.Any(input => OnlyGrows(input, collection)));

    private static bool CanLose(LogicalNode node) => node switch
    {
        LogicalFilter { IsChanging: true } or LogicalJoin { IsChanging: true } or LogicalFlatten { KeepsKeys: true } or LogicalLatest { IsThere: not null } => true,
        LogicalFlatten { IsChanging: true } flatten => !OnlyGrows(flatten.Inputs[0], flatten.Collection) || CanLose(flatten.Inputs[0]),
        LogicalAggregate group => group.Inputs[0].IsChanging || group.Window is { Of: { IsSession: true, EmitsUpdates: true } },
        _ => node.Inputs.Any(CanLose),
    };
}
