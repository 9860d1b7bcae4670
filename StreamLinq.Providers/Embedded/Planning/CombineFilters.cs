// Two filters in a row are one condition: one test per row, and a plan that reads as it was meant.
using System.Linq.Expressions;

namespace StreamLinq.Embedded;

internal sealed class CombineFilters : IPlanRule
{
    public LogicalNode Apply(LogicalNode node, Func<LogicalNode, bool> isShared) => node is LogicalFilter { Inputs: [LogicalFilter lower] } upper && !isShared(lower)
        ? new LogicalFilter(lower.Inputs[0], Expression.AndAlso(lower.Condition, upper.Condition), $"{lower.Origin}.{upper.Origin}")
        : node;
}
