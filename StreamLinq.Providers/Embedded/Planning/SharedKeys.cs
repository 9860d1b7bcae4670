// Which operators several workers share: those that keep state per key. All others are run by one thread, to which their rows come anyway.
using System.Linq.Expressions;

namespace StreamLinq.Embedded;

internal static class SharedKeys
{
    internal static bool Has(LogicalNode node) => node switch
    {
        // Rows with one key in common would all go to one worker. What is kept in order beside the groups is numbered across them.
        LogicalAggregate group => group.Keys.Any(k => k.Value is not ConstantExpression) && !group.Aggregates.Any(a => RankedAggregates.Has(a, group.Inputs[0].IsChanging)),
        // A version of a row of a table may end one that another worker would have: the key of the join need not be that of the table.
        LogicalJoin join => !join.IsOfTables && join.AsOf is null && !join.IsSnapshot,
        LogicalDistinct or LogicalProcess => true,
        _ => false,
    };
}
