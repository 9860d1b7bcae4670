// GroupBy with what is asked of the groups: a row per key that is kept up to date as rows come. Distinct of a table is the same without aggregates.
using System.Linq.Expressions;

namespace StreamLinq;

/// <summary>What is computed over the rows of a group.</summary>
public enum AggregateFunction
{
    /// <summary>How many rows.</summary>
    Count,

    /// <summary>How many different values; nulls do not count.</summary>
    CountDistinct,

    /// <summary>The checked sum; nulls are left out; 0 for no rows.</summary>
    Sum,

    /// <summary>The mean; nulls are left out; null for no rows where the type allows it.</summary>
    Average,

    /// <summary>The least value by the type's default order, strings ordinal; nulls are left out.</summary>
    Min,

    /// <summary>The greatest value by the type's default order, strings ordinal; nulls are left out.</summary>
    Max,

    /// <summary>The value of the first row: by the stated order, else by arrival. The default of the type for no rows.</summary>
    First,

    /// <summary>The value of the last row: by the stated order, else by arrival. The default of the type for no rows.</summary>
    Last,

    /// <summary>The values of all rows as an array: in the stated order, else by arrival.</summary>
    Rows,

    /// <summary>An aggregate of the user's own.</summary>
    Custom,
}

/// <summary>One aggregate of a group.</summary>
/// <param name="Column">The column that holds its result.</param>
/// <param name="Function">What is computed.</param>
/// <param name="Argument">Its value per row, over the columns of the node's input; null for <see cref="AggregateFunction.Count"/>.</param>
/// <param name="Filter">Only rows for which this holds, or null for all.</param>
/// <param name="Custom">The <see cref="IStreamAggregate{TInput, TAccumulator, TResult}"/>, or null.</param>
public sealed record AggregateCall(PlanColumn Column, AggregateFunction Function, Expression? Argument, Expression? Filter, object? Custom)
{
    /// <summary>What the rows are ordered by, the weightiest first; empty if no order is stated. Of equal rows the earlier arrival comes first.</summary>
    public IReadOnlyList<RowOrdering> Ordering { get; init; } = [];

    /// <summary>Only so many of the first rows count; null: all.</summary>
    public int? Limit { get; init; }

    /// <summary>Whether rows equal to the last of those within the limit, in all that is ordered by, count too.</summary>
    public bool WithTies { get; init; }

    /// <summary>Whether single rows are asked for, or rows in an order: then rows are kept and not only what is computed of them.</summary>
    internal bool KeepsRows => Function == AggregateFunction.Rows || Ordering.Count > 0 || Limit is not null;
}

/// <summary>What the rows of a group are ordered by: the type's own order, strings ordinal, nulls first.</summary>
/// <param name="Value">The value that is compared, over the columns of the node's input.</param>
/// <param name="Descending">Whether the greatest comes first.</param>
public sealed record RowOrdering(Expression Value, bool Descending);

/// <summary>
/// A row per key: the key's columns, then, if there are windows, the window and the time of its result, then the aggregates'. Without windows, and over windows that are shown while
/// they are open, a table: rows change as input comes. Over windows whose results are final, a stream: a row per key and window, once, when the window has closed.
/// </summary>
public sealed class LogicalAggregate : LogicalNode
{
    internal LogicalAggregate(LogicalNode input, IReadOnlyList<PlanAssignment> keys, GroupWindow? window, IReadOnlyList<AggregateCall> aggregates, string? name, string origin)
        : base([input], [.. keys.Select(k => k.Column), .. window?.Columns ?? [], .. aggregates.Select(a => a.Column)], origin)
    {
        Keys = keys;
        Window = window;
        Aggregates = aggregates;
        Name = name;
    }

    /// <summary>The parts of the key, compared by value; nulls are equal.</summary>
    public IReadOnlyList<PlanAssignment> Keys { get; }

    /// <summary>The windows the rows are grouped in, or null.</summary>
    public GroupWindow? Window { get; }

    /// <summary>What is computed per group.</summary>
    public IReadOnlyList<AggregateCall> Aggregates { get; }

    /// <summary>The name its state is kept under, if the query gives one.</summary>
    public string? Name { get; }

    /// <inheritdoc />
    public override bool IsChanging => Window is not { Of.EmitsUpdates: false };

    /// <inheritdoc />
    public override TResult Accept<TResult>(LogicalVisitor<TResult> visitor) => visitor.VisitAggregate(this);

    /// <inheritdoc />
    public override LogicalNode WithInputs(IReadOnlyList<LogicalNode> inputs) => new LogicalAggregate(inputs[0], Keys, Window, Aggregates, Name, Origin);
}

/// <summary>The windows of a group-by and the columns they add to its rows.</summary>
/// <param name="Of">The windows.</param>
/// <param name="Column">The column with the <see cref="StreamLinq.Window"/> of a group; part of its key.</param>
/// <param name="Time">The column with the time of its result, the last instant of the window; null where nobody asks for it.</param>
public sealed record GroupWindow(PlanWindow Of, PlanColumn Column, PlanColumn? Time)
{
    internal IEnumerable<PlanColumn> Columns => Time is null ? [Column] : [Column, Time];
}
