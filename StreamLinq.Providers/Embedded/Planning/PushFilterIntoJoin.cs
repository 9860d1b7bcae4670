// A condition on the pairs of a join is part of what makes them match: so that rows which can never pass it are not kept at all. Only of pairs: a row without a match is no pair, and the
// condition would turn pairs into rows without a match. Late rows are judged before, so none is counted less.
using System.Linq.Expressions;

namespace StreamLinq.Embedded;

internal sealed class PushFilterIntoJoin : IPlanRule
{
    public LogicalNode Apply(LogicalNode node, Func<LogicalNode, bool> isShared)
    {
        if (node is not LogicalFilter { Inputs: [LogicalJoin { Kind: JoinKind.Inner } join] } filter || isShared(join)) return node;
        var known = join.LeftColumns.Concat(join.RightColumns.Select(c => c.Column)).ToHashSet();
        var parts = JoinConditions.Conjuncts(filter.Condition).ToList();
        // As far as nothing can throw: what stands behind such a part may rely on it.
        var moved = parts.TakeWhile(p => ColumnFinder.In(p).All(known.Contains) && !JoinConditions.CanThrow(join, p)).ToList();
        if (moved.Count == 0) return node;
        var joined = join.WithTerms(join.Terms with { Condition = moved.Aggregate(join.Condition, JoinConditions.And) });
        return moved.Count == parts.Count ? joined : new LogicalFilter(joined, parts.Skip(moved.Count).Aggregate((Expression?)null, JoinConditions.And)!, filter.Origin);
    }
}
