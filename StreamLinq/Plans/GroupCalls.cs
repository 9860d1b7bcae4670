// What a lambda asks of a group: filters on its rows, and aggregates, which become columns of the group's node.
using System.Linq.Expressions;

namespace StreamLinq;

internal sealed class GroupCalls(RowRewriter rewriter, MethodCallExpression asked)
{
    internal Expression Bind()
    {
        if (rewriter.Visit(asked.Arguments[0]) is not GroupExpression group) throw Errors.NotYet(rewriter.Operator, asked.Method.Name);
        var lambda = asked.Arguments.Count > 1 && asked.Method.Name != nameof(GroupRows.Aggregate) ? asked.Arguments[1] : null;
        var filter = group.Filter;
        switch (asked.Method.Name)
        {
            case nameof(GroupRows.Where):
                return new GroupExpression(group.Scope, And(filter, Over(group, lambda!)), asked.Type);
            case nameof(GroupRows.Count):
                return Ask(group, AggregateFunction.Count, null, lambda is null ? filter : And(filter, Over(group, lambda)), null);
            case nameof(GroupRows.CountDistinct):
                var counted = Over(group, lambda!);
                if (!KeyEquality.Holds(counted.Type, out var why)) throw Errors.NoValueEquality(rewriter.Operator, counted.Type, why);
                return Ask(group, AggregateFunction.CountDistinct, counted, filter, null);
            case nameof(GroupRows.Sum): return Ask(group, AggregateFunction.Sum, Value(group, lambda), filter, null);
            case nameof(GroupRows.Average): return AskOfSome(group, AggregateFunction.Average, lambda);
            case nameof(GroupRows.Min): return AskOfSome(group, AggregateFunction.Min, lambda);
            case nameof(GroupRows.Max): return AskOfSome(group, AggregateFunction.Max, lambda);
            case nameof(GroupRows.First): return AskOfSome(group, AggregateFunction.First, lambda);
            case nameof(GroupRows.Last): return AskOfSome(group, AggregateFunction.Last, lambda);
            case nameof(GroupRows.Aggregate):
                var custom = Captures.Value(rewriter.Visit(asked.Arguments[1])) ?? throw Errors.UnknownOperator(asked);
                return Ask(group, AggregateFunction.Custom, group.Scope.Element, filter, custom);
            default: throw Errors.NotYet(rewriter.Operator, $"{asked.Method.Name} on the rows of a group");
        }
    }

    // Over filtered rows there may be none, and then a value type has no value to give.
    private ColumnExpression AskOfSome(GroupExpression group, AggregateFunction function, Expression? lambda)
    {
        if (group.Filter is not null && asked.Type.IsValueType && Nullable.GetUnderlyingType(asked.Type) is null)
            throw Errors.MayBeEmpty(rewriter.Operator, asked.Method.Name, asked.Type);
        return Ask(group, function, Value(group, lambda), group.Filter, null);
    }

    private Expression Value(GroupExpression group, Expression? lambda) => lambda is null ? group.Scope.Element : Over(group, lambda);

    private ColumnExpression Ask(GroupExpression group, AggregateFunction function, Expression? argument, Expression? filter, object? custom) =>
        group.Scope.Ask(function, argument, filter, custom, () => rewriter.Binder.Column(char.ToLowerInvariant(asked.Method.Name[0]) + asked.Method.Name[1..], asked.Type));

    // A lambda on the group's rows, over the columns of what is grouped.
    private Expression Over(GroupExpression group, Expression function)
    {
        Expression body;
        if (function is LambdaExpression lambda)
        {
            rewriter.With(lambda.Parameters[0], group.Scope.Element);
            body = rewriter.Visit(lambda.Body);
        }
        else
        {
            body = Expression.Invoke(rewriter.Visit(function), group.Scope.Element);
        }

        body = new KeyReader(group.Scope).Visit(body);
        if (GroupFinder.In(body)) throw Errors.GroupEscapes(rewriter.Operator, ExpressionText.OfOperator(rewriter.Operator));
        if (ColumnFinder.In(body).Any(c => !group.Scope.IsOfInput(c))) throw Errors.AggregateInside(rewriter.Operator, asked.Method.Name);
        return body;
    }

    private static Expression And(Expression? left, Expression right) => left is null ? right : Expression.AndAlso(left, right);

    // g.Key inside a lambda on the rows is what the key was computed from.
    private sealed class KeyReader(GroupScope scope) : ExpressionVisitor
    {
        protected override Expression VisitExtension(Expression node) =>
            node is ColumnExpression { Column: var column } && scope.Keys.FirstOrDefault(k => k.Column == column) is { } key ? key.Value : node;
    }
}

/// <summary>Finds groups that are carried inside a row.</summary>
internal sealed class GroupFinder : ExpressionVisitor
{
    private readonly List<GroupExpression> _found = [];

    internal static bool In(Expression expression) => All(expression).Count > 0;

    internal static IReadOnlyList<GroupExpression> All(Expression expression)
    {
        var finder = new GroupFinder();
        finder.Visit(expression);
        return finder._found;
    }

    protected override Expression VisitExtension(Expression node)
    {
        if (node is GroupExpression group) _found.Add(group);
        return node;
    }
}

/// <summary>Finds the columns an expression reads.</summary>
internal sealed class ColumnFinder : ExpressionVisitor
{
    private readonly HashSet<PlanColumn> _found = [];

    internal static IReadOnlyCollection<PlanColumn> In(params IEnumerable<Expression> expressions)
    {
        var finder = new ColumnFinder();
        foreach (var expression in expressions) finder.Visit(expression);
        return finder._found;
    }

    protected override Expression VisitExtension(Expression node)
    {
        if (node is ColumnExpression column) _found.Add(column.Column);
        return node;
    }
}
