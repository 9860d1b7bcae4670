// What a lambda asks of a group: filters on its rows, and aggregates, which become columns of the group's node.
using System.Linq.Expressions;

namespace StreamLinq;

internal sealed class GroupCalls(RowRewriter rewriter, MethodCallExpression asked)
{
    internal Expression Bind()
    {
        if (rewriter.Visit(asked.Arguments[0]) is not GroupExpression group) throw Errors.NotYet(rewriter.Operator, asked.Method.Name);
        var lambda = asked.Arguments.Count > 1 && asked.Method.Name != nameof(GroupRows.Aggregate) ? asked.Arguments[1] : null;
        switch (asked.Method.Name)
        {
            case nameof(GroupRows.Where) when group.Rows.Limit is null && group.Rows.Steps.Count == 0 && group.Rows.Preceding is null:
                return With(group, group.Rows with { Filter = And(group.Rows.Filter, Over(group, lambda!)) });
            case nameof(GroupRows.Where) or nameof(GroupRows.Select):
                return With(group, group.Rows with { Steps = [.. group.Rows.Steps, (asked, (LambdaExpression)rewriter.Visit(AsLambda(lambda!)))] });
            case nameof(GroupRows.OrderBy) or nameof(GroupRows.OrderByDescending) when group.Rows.IsPlain:
            case nameof(GroupRows.ThenBy) or nameof(GroupRows.ThenByDescending) when group.Rows.Limit is null:
                return With(group, group.Rows with { Ordering = [.. group.Rows.Ordering, new RowOrdering(Over(group, lambda!), IsDescending)] });
            case nameof(GroupRows.Take) or nameof(GroupRows.TakeWithTies) when group.Rows.Limit is null:
                var limit = (int)Captures.Value(rewriter.Visit(lambda!))!;
                if (limit < 1) throw Errors.TakesNothing(rewriter.Operator, asked.Method.Name, limit);
                return With(group, group.Rows with { Limit = limit, WithTies = asked.Method.Name == nameof(GroupRows.TakeWithTies) });
            case nameof(GroupRows.OrderBy) or nameof(GroupRows.OrderByDescending) or nameof(GroupRows.ThenBy) or nameof(GroupRows.ThenByDescending) or nameof(GroupRows.Take) or nameof(GroupRows.TakeWithTies):
                throw Errors.NotYet(rewriter.Operator, $"{asked.Method.Name} on rows of a group that were ordered or cut before");
            case nameof(GroupRows.ToList) when group.Rows.Preceding is null:
                return AllRows(group);
            case nameof(GroupRows.Over) when group.Rows.Steps.Count == 0:
                var preceding = Captures.Value(rewriter.Visit(lambda!))!;
                if (preceding is < 0 || preceding is TimeSpan { Ticks: < 0 }) throw Errors.FrameOfNothing(rewriter.Operator, preceding);
                if (preceding is TimeSpan && (group.Rows.Ordering[0].Descending || group.Rows.Ordering[0].Value.Type != typeof(DateTimeOffset))) throw Errors.FrameWithoutTime(rewriter.Operator);
                return With(group, group.Rows with { Preceding = preceding });
            default:
                if (group.Rows.Preceding is not null) throw Errors.NotYet(rewriter.Operator, $"{asked.Method.Name} after Over on the rows of a group");
                if (group.Rows.Steps.Count > 0) throw Errors.NotYet(rewriter.Operator, $"{asked.Method.Name} after Take or Select on the rows of a group");
                return Value(group, lambda);
        }
    }

    private Expression Value(GroupExpression group, Expression? lambda)
    {
        // Of all rows the order does not matter to these, of the first few it does.
        var unordered = group.Rows.Limit is null ? group.Rows with { Ordering = [] } : group.Rows;
        switch (asked.Method.Name)
        {
            case nameof(GroupRows.Count):
                if (lambda is not null && group.Rows.Limit is not null) throw Errors.NotYet(rewriter.Operator, "Count of a condition after Take on the rows of a group");
                return Ask(group, unordered with { Filter = lambda is null ? unordered.Filter : And(unordered.Filter, Over(group, lambda)) }, AggregateFunction.Count, null);
            case nameof(GroupRows.CountDistinct):
                var counted = Over(group, lambda!);
                if (!KeyEquality.Holds(counted.Type, out var why)) throw Errors.NoValueEquality(rewriter.Operator, counted.Type, why);
                return Ask(group, unordered, AggregateFunction.CountDistinct, counted);
            case nameof(GroupRows.Sum): return Ask(group, unordered, AggregateFunction.Sum, Argument(group, lambda));
            case nameof(GroupRows.Average): return AskOfSome(group, unordered, AggregateFunction.Average, Argument(group, lambda));
            case nameof(GroupRows.Min): return AskOfSome(group, unordered, AggregateFunction.Min, Argument(group, lambda));
            case nameof(GroupRows.Max): return AskOfSome(group, unordered, AggregateFunction.Max, Argument(group, lambda));
            case nameof(GroupRows.First): return AskOfSome(group, InTime(group, last: false), AggregateFunction.First, group.Scope.Element);
            case nameof(GroupRows.Last): return AskOfSome(group, InTime(group, last: true), group.Rows.IsPlain && group.Scope.Time is not null ? AggregateFunction.First : AggregateFunction.Last, group.Scope.Element);
            case nameof(GroupRows.MinBy) or nameof(GroupRows.MaxBy):
                if (group.Rows.Limit is not null) throw Errors.NotYet(rewriter.Operator, $"{asked.Method.Name} after Take on the rows of a group");
                return AskOfSome(group, group.Rows with { Ordering = [.. ByKey(Over(group, lambda!)), .. group.Rows.Ordering] }, AggregateFunction.First, group.Scope.Element);
            case nameof(GroupRows.Aggregate):
                var custom = Captures.Value(rewriter.Visit(asked.Arguments[1])) ?? throw Errors.UnknownOperator(asked);
                return Ask(group, group.Rows, AggregateFunction.Custom, group.Scope.Element, custom);
            default: throw Errors.NotYet(rewriter.Operator, $"{asked.Method.Name} on the rows of a group");
        }
    }

    // Where no order is stated, First and Last go by the rows' time, if they have one; of one time the earlier arrival, so the last is the first from the end.
    private static GroupPart InTime(GroupExpression group, bool last) =>
        group.Rows.IsPlain && group.Scope.Time is { } time ? group.Rows with { Ordering = [new RowOrdering(time.Reference, last)] } : group.Rows;

    // The least or greatest; rows without a key only if there are no others.
    private IEnumerable<RowOrdering> ByKey(Expression key)
    {
        var greatest = asked.Method.Name == nameof(GroupRows.MaxBy);
        if (!greatest && (!key.Type.IsValueType || Nullable.GetUnderlyingType(key.Type) is not null))
            yield return new RowOrdering(Expression.Equal(Expression.Convert(key, typeof(object)), Expression.Constant(null)), false);
        yield return new RowOrdering(key, greatest);
    }

    // The rows as a list: those of the group, or what a Select with a rank makes of them.
    private Expression AllRows(GroupExpression group)
    {
        Expression rows = Ask(group, group.Rows, AggregateFunction.Rows, group.Scope.Element, type: group.Scope.Element.Type.MakeArrayType());
        foreach (var (step, body) in group.Rows.Steps)
        {
            if (GroupFinder.In(body)) throw Errors.GroupEscapes(rewriter.Operator, ExpressionText.OfOperator(rewriter.Operator));
            if (ColumnFinder.In(body).Any(c => group.Scope.Keys.All(k => k.Column != c))) throw Errors.AggregateInside(rewriter.Operator, step.Method.Name);
            Type[] types = step.Method.Name == nameof(GroupRows.Where) ? [body.Parameters[0].Type] : [body.Parameters[0].Type, body.ReturnType];
            rows = Expression.Call(typeof(Enumerable), step.Method.Name, types, rows, body);
        }

        if (group.Rows.Steps.Count > 0) rows = Expression.Call(typeof(Enumerable), nameof(Enumerable.ToArray), [asked.Type.GenericTypeArguments[0]], rows);
        return Expression.Convert(rows, asked.Type);
    }

    // Over filtered rows there may be none, and then a value type has no value to give.
    private ColumnExpression AskOfSome(GroupExpression group, GroupPart rows, AggregateFunction function, Expression argument)
    {
        if (group.Rows.Filter is not null && asked.Type.IsValueType && Nullable.GetUnderlyingType(asked.Type) is null)
            throw Errors.MayBeEmpty(rewriter.Operator, asked.Method.Name, asked.Type);
        return Ask(group, rows, function, argument);
    }

    private Expression Argument(GroupExpression group, Expression? lambda) => lambda is null ? group.Scope.Element : Over(group, lambda);

    private ColumnExpression Ask(GroupExpression group, GroupPart rows, AggregateFunction function, Expression? argument, object? custom = null, Type? type = null)
    {
        var name = function == AggregateFunction.Rows ? "rows" : char.ToLowerInvariant(asked.Method.Name[0]) + asked.Method.Name[1..];
        return group.Scope.Ask(() => rewriter.Binder.Column(name, type ?? asked.Type), function, argument, rows, custom);
    }

    private GroupExpression With(GroupExpression group, GroupPart rows) => new(group.Scope, rows, asked.Type);

    private bool IsDescending => asked.Method.Name.EndsWith("Descending", StringComparison.Ordinal);

    private static LambdaExpression AsLambda(Expression function)
    {
        if (function is LambdaExpression lambda) return lambda;
        // A delegate that was captured: called as it is.
        var parameters = function.Type.GenericTypeArguments[..^1].Select(t => Expression.Parameter(t)).ToArray();
        return Expression.Lambda(function.Type, Expression.Invoke(function, parameters), parameters);
    }

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
