// Which operators several workers share: those that keep state per key. All others are run by one thread, to which their rows come anyway.
using System.Linq.Expressions;

namespace StreamLinq.Embedded;

internal static class SharedKeys
{
    internal static bool Has(LogicalNode node) => node switch
    {
        // Rows with one key in common would all go to one worker. What is kept in order beside the groups is numbered across them.
        LogicalAggregate group => group.Keys.Any(k => k.Value is not ConstantExpression) && !group.Aggregates.Any(a => RankedAggregates.Has(a, group.Inputs[0].IsChanging)),
        // A version may end one that has another key; and both wait for what has no key.
        LogicalJoin join => !join.IsOfTables && join.AsOf is null,
        LogicalDistinct or LogicalProcess => true,
        _ => false,
    };
}
