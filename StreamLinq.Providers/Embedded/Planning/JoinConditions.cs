// What of a join's condition reads one side only: such a part is asked of each row when it comes, and a row that fails it is not kept, because it can never match.
// Only what cannot throw is asked early: the pair it would have been asked of may never be. A row whose key was read from an object is known to be no null.
using System.Linq.Expressions;
using System.Reflection;
using System.Runtime.CompilerServices;

namespace StreamLinq.Embedded;

/// <param name="Left">What left rows must fulfil, over the left input's columns; null: nothing.</param>
/// <param name="Right">What right rows must fulfil, over the right input's columns; null: nothing.</param>
/// <param name="Pair">What is asked of each pair, over the join's columns; null: nothing.</param>
internal sealed record JoinConditions(Expression? Left, Expression? Right, Expression? Pair)
{
    internal static JoinConditions Of(LogicalJoin join)
    {
        var toRight = join.RightColumns.ToDictionary(c => c.Column, c => c.Value);
        Expression? left = null, right = null, pair = null;
        foreach (var part in Conjuncts(join.Condition))
        {
            var columns = ColumnFinder.In(part);
            // What stands behind a part that can throw may rely on it.
            if (pair is not null || CanThrow(join, part)) pair = And(pair, part);
            else if (!columns.Any(toRight.ContainsKey)) left = And(left, part);
            else if (columns.All(toRight.ContainsKey)) right = And(right, new Replacing(toRight).Visit(part));
            else pair = And(pair, part);
        }

        return new JoinConditions(left, right, pair);
    }

    /// <summary>The parts of a condition that all must hold, in the order they are asked.</summary>
    internal static IEnumerable<Expression> Conjuncts(Expression? condition) => condition switch
    {
        null => [],
        BinaryExpression { NodeType: ExpressionType.AndAlso } both => [.. Conjuncts(both.Left), .. Conjuncts(both.Right)],
        _ => [condition],
    };

    /// <summary>Whether an expression over the join's columns can throw for rows whose keys have been computed.</summary>
    internal static bool CanThrow(LogicalJoin join, Expression expression)
    {
        var known = new Dereferenced();
        foreach (var key in join.Keys) known.Visit(key.Left);
        var left = known.Columns.ToHashSet();
        known = new Dereferenced();
        foreach (var key in join.Keys) known.Visit(key.Right);
        left.UnionWith(join.RightColumns.Where(c => c.Value is ColumnExpression of && known.Columns.Contains(of.Column)).Select(c => c.Column));
        return ThrowAnalysis.Can(new Reading(left).Visit(expression));
    }

    internal static Expression And(Expression? left, Expression right) => left is null ? right : Expression.AndAlso(left, right);

    private static bool IsStored(MemberExpression member) => member.Member switch
    {
        FieldInfo => true,
        PropertyInfo { GetMethod: { } get } => get.IsDefined(typeof(CompilerGeneratedAttribute), false) && (!get.IsVirtual || get.IsFinal),
        _ => false,
    };

    private sealed class Replacing(Dictionary<PlanColumn, Expression> values) : ExpressionVisitor
    {
        protected override Expression VisitExtension(Expression node) => node is ColumnExpression { Column: var column } && values.TryGetValue(column, out var value) ? value : node;
    }

    // The columns of which a member is read whatever the row is.
    private sealed class Dereferenced : ExpressionVisitor
    {
        internal HashSet<PlanColumn> Columns { get; } = [];

        protected override Expression VisitMember(MemberExpression node)
        {
            if (node.Expression is ColumnExpression { Column: var column }) Columns.Add(column);
            return base.VisitMember(node);
        }

        protected override Expression VisitConditional(ConditionalExpression node)
        {
            Visit(node.Test);
            return node;
        }

        protected override Expression VisitBinary(BinaryExpression node)
        {
            Visit(node.Left);
            if (node.NodeType is not (ExpressionType.AndAlso or ExpressionType.OrElse or ExpressionType.Coalesce)) Visit(node.Right);
            return node;
        }

        protected override Expression VisitLambda<T>(Expression<T> node) => node;

        protected override Expression VisitExtension(Expression node) => node;
    }

    // Members of objects that are there stand as values that nothing can go wrong with.
    private sealed class Reading(HashSet<PlanColumn> there) : ExpressionVisitor
    {
        protected override Expression VisitMember(MemberExpression node) =>
            node.Expression is ColumnExpression { Column: var column } && there.Contains(column) && IsStored(node) ? Expression.Default(node.Type) : base.VisitMember(node);

        protected override Expression VisitExtension(Expression node) => node;
    }
}
