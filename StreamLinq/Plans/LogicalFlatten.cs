// SelectMany: a row per element of a collection that each row holds. Over gives each element aggregates of itself and those before it.
using System.Linq.Expressions;

namespace StreamLinq;

/// <summary>For each row and each element of its <see cref="Collection"/>, the row's columns and the element, and where they are asked for the element's place and aggregates of the elements before it. A null collection is an error of the row.</summary>
public sealed class LogicalFlatten : LogicalNode
{
    internal LogicalFlatten(LogicalNode input, Expression collection, PlanColumn element, PlanColumn? index, string origin, RowFrame? frame = null)
        : base([input], [.. input.Columns, element, .. index is null ? [] : new[] { index }, .. frame?.Aggregates.Select(a => a.Column) ?? []], origin)
    {
        Collection = collection;
        Element = element;
        Index = index;
        Frame = frame;
    }

    /// <summary>An <see cref="IEnumerable{T}"/> over the input's columns.</summary>
    public Expression Collection { get; }

    /// <summary>The column that holds the element.</summary>
    public PlanColumn Element { get; }

    /// <summary>The column that holds the element's place in the collection, an int from 0; null if nobody asks.</summary>
    public PlanColumn? Index { get; }

    /// <summary>What is computed over each element and those before it; null: nothing.</summary>
    public RowFrame? Frame { get; }

    /// <inheritdoc />
    public override bool IsChanging => Inputs[0].IsChanging;

    /// <summary>Whether the elements are told apart by what they were known by before they became elements, and not by their place: then one that falls out of a list that never becomes shorter is gone.</summary>
    internal bool KeepsKeys { get; init; }

    /// <inheritdoc />
    public override TResult Accept<TResult>(LogicalVisitor<TResult> visitor) => visitor.VisitFlatten(this);

    /// <inheritdoc />
    public override LogicalNode WithInputs(IReadOnlyList<LogicalNode> inputs) => new LogicalFlatten(inputs[0], Collection, Element, Index, Origin, Frame) { KeepsKeys = KeepsKeys };

    internal LogicalFlatten WithFrame(RowFrame frame) => new(Inputs[0], Collection, Element, Index, Origin, frame) { KeepsKeys = KeepsKeys };

    internal LogicalFlatten Narrowed(LogicalNode input, IReadOnlySet<PlanColumn> needed)
    {
        var aggregates = Frame?.Aggregates.Where(a => needed.Contains(a.Column)).ToList() ?? [];
        return new LogicalFlatten(input, Collection, Element, Index is not null && needed.Contains(Index) ? Index : null, Origin, aggregates.Count == 0 ? null : Frame! with { Aggregates = aggregates }) { KeepsKeys = KeepsKeys };
    }
}

/// <summary>Each element with those before it, and what is computed over them; in SQL, OVER (ROWS BETWEEN n PRECEDING AND CURRENT ROW), or RANGE with a stretch of time, but for the elements of the same time that come later.</summary>
/// <param name="Preceding">How many elements before it; the first ones have fewer. Meaningless with <paramref name="Within"/>.</param>
/// <param name="Within">How much earlier than the element the first one of its frame may be, inclusive; null: the number counts.</param>
/// <param name="Time">The time of an element, over its column; null exactly where <paramref name="Within"/> is. It never falls from one element to the next.</param>
/// <param name="Aggregates">What is computed, over the column of the element and those of the input.</param>
public sealed record RowFrame(int Preceding, TimeSpan? Within, Expression? Time, IReadOnlyList<AggregateCall> Aggregates)
{
    /// <summary>How far the frame goes back, in words.</summary>
    public override string ToString() => Within is { } within ? $"{Durations.Text(within)} before" : $"{Preceding} before";
}
