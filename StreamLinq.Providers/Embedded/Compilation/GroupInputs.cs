// What a group-by asks of each row: the parts of its key, what is aggregated, and what tells its windows.
using System.Linq.Expressions;

namespace StreamLinq.Embedded;

/// <param name="Keys">The parts of the key.</param>
/// <param name="Aggregates">Per aggregate its value and the condition under which a row counts.</param>
/// <param name="Window">The windows, or null.</param>
internal sealed record GroupInputs(IReadOnlyList<Expression> Keys, IReadOnlyList<(Expression? Argument, Expression? Filter)> Aggregates, PlanWindow? Window)
{
    internal static GroupInputs Of(LogicalAggregate node) =>
        new([.. node.Keys.Select(k => k.Value)], [.. node.Aggregates.Select(a => (a.Argument, a.Filter))], node.Window?.Of);
}
