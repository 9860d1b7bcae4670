// A condition on nothing but the key can be asked of each row before it is grouped: groups that would be left out are never kept.
// Not below windows: fewer rows would be late, and late rows are counted.
using System.Linq.Expressions;

namespace StreamLinq.Embedded;

internal sealed class PushFilterBelowGroup : IPlanRule
{
    public LogicalNode Apply(LogicalNode node, Func<LogicalNode, bool> isShared)
    {
        if (node is not LogicalFilter { Inputs: [LogicalAggregate { Window: null } group] } filter || isShared(group)) return node;
        var keys = group.Keys.ToDictionary(k => k.Column, k => k.Value);
        // A condition that can throw stays where it is: below, it would throw for rows instead of groups.
        if (!ColumnFinder.In(filter.Condition).All(keys.ContainsKey) || ThrowAnalysis.Can(filter.Condition)) return node;
        var below = new LogicalFilter(group.Inputs[0], new KeyValues(keys).Visit(filter.Condition), filter.Origin);
        return group.WithInputs([below]);
    }

    private sealed class KeyValues(Dictionary<PlanColumn, Expression> values) : ExpressionVisitor
    {
        protected override Expression VisitExtension(Expression node) => node is ColumnExpression { Column: var column } ? values[column] : node;
    }
}
