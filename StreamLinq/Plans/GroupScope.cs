// A group while the binder still reads what is asked of it: aggregates are added as lambdas mention them, and the node is made last.
using System.Linq.Expressions;

namespace StreamLinq;

internal sealed class GroupScope(LogicalNode input, IReadOnlyList<PlanAssignment> keys, Expression keyShape, Expression element, string origin)
{
    private readonly List<AggregateCall> _aggregates = [];

    internal LogicalNode Input { get; } = input;

    internal IReadOnlyList<PlanAssignment> Keys { get; } = keys;

    /// <summary>g.Key, over the key columns.</summary>
    internal Expression KeyShape { get; } = keyShape;

    /// <summary>A row of the group, over the input's columns.</summary>
    internal Expression Element { get; } = element;

    internal string Origin { get; } = origin;

    internal string? Name { get; set; }

    /// <summary>The windows the rows are grouped in, or null.</summary>
    internal GroupWindow? Window { get; init; }

    /// <summary>The column with the time of a row of the group, by which First and Last go; null: they go by arrival.</summary>
    internal PlanColumn? Time { get; init; }

    /// <summary>Whether it is a row with those before it rather than a group.</summary>
    internal bool IsFrame { get; init; }

    internal IReadOnlyList<AggregateCall> Aggregates => _aggregates;

    /// <summary>Whether a column comes from what is grouped, and not from the group or from above it. Groups below still grow, so their nodes' columns are not all known yet.</summary>
    internal bool IsOfInput(PlanColumn column)
    {
        return Holds(Input);

        bool Holds(LogicalNode node) => node.Columns.Contains(column)
            || (node is PendingAggregate pending && pending.Scope.Aggregates.Any(a => a.Column == column))
            || node.Inputs.Any(Holds);
    }

    /// <summary>The column of an aggregate; one that was asked for before is not computed twice.</summary>
    internal ColumnExpression Ask(Func<PlanColumn> column, AggregateFunction function, Expression? argument, GroupPart rows, object? custom)
    {
        foreach (var known in _aggregates)
            if (known.Function == function && ReferenceEquals(known.Custom, custom) && known.Limit == rows.Limit && known.WithTies == rows.WithTies
                && ExpressionEquality.Same(known.Argument, argument) && ExpressionEquality.Same(known.Filter, rows.Filter) && Same(known.Ordering, rows.Ordering))
                return known.Column.Reference;
        var call = new AggregateCall(column(), function, argument, rows.Filter, custom) { Ordering = rows.Ordering, Limit = rows.Limit, WithTies = rows.WithTies };
        _aggregates.Add(call);
        return call.Column.Reference;
    }

    private static bool Same(IReadOnlyList<RowOrdering> left, IReadOnlyList<RowOrdering> right) =>
        left.Count == right.Count && left.Zip(right).All(p => p.First.Descending == p.Second.Descending && ExpressionEquality.Same(p.First.Value, p.Second.Value));
}

/// <summary>Stands for a group inside a row until an aggregate or its key is taken of it. It can be carried, not computed with.</summary>
internal sealed class GroupExpression(GroupScope scope, GroupPart rows, Type type) : Expression
{
    internal GroupScope Scope { get; } = scope;

    /// <summary>Which of its rows, and in which order.</summary>
    internal GroupPart Rows { get; } = rows;

    public override ExpressionType NodeType => ExpressionType.Extension;

    public override Type Type { get; } = type;

    protected override Expression VisitChildren(ExpressionVisitor visitor) => this;

    public override string ToString() => "group";
}

/// <summary>Some of a group's rows, in an order. The expressions are over the columns of the scope's input.</summary>
/// <param name="Filter">From g.Where(…): only rows for which it holds; null for all.</param>
/// <param name="Ordering">From OrderBy and ThenBy; empty: by arrival.</param>
/// <param name="Limit">From Take: only so many of the first.</param>
/// <param name="WithTies">From TakeWithTies: and those equal to the last.</param>
/// <param name="Steps">What is done to the rows after they were cut or ranked, in order: Select with a rank and Where. The lambdas are rewritten, but for their own parameters.</param>
internal sealed record GroupPart(Expression? Filter, IReadOnlyList<RowOrdering> Ordering, int? Limit, bool WithTies, IReadOnlyList<(MethodCallExpression Call, LambdaExpression Lambda)> Steps)
{
    internal static GroupPart All { get; } = new(null, [], null, false, []);

    /// <summary>From Over: each row stands for itself and rows before it, so many (an int) or within so much time (a TimeSpan); null: for itself.</summary>
    internal object? Preceding { get; init; }

    /// <summary>Whether the rows are just those that pass the filter.</summary>
    internal bool IsPlain => Ordering.Count == 0 && Limit is null && Steps.Count == 0 && Preceding is null;
}

/// <summary>The place of a group's node while it is still growing.</summary>
internal sealed class PendingAggregate(GroupScope scope)
    : LogicalNode([scope.Input], [.. scope.Keys.Select(k => k.Column), .. scope.Window?.Columns ?? []], scope.Origin)
{
    internal GroupScope Scope { get; } = scope;

    public override bool IsChanging => Scope.Window is not { Of.EmitsUpdates: false };

    public override TResult Accept<TResult>(LogicalVisitor<TResult> visitor) => throw new InvalidOperationException("A group is visited before it was bound.");

    public override LogicalNode WithInputs(IReadOnlyList<LogicalNode> inputs) => new LogicalAggregate(inputs[0], Scope.Keys, Scope.Window, Scope.Aggregates, Scope.Name, Origin);
}
