// SelectMany: a row per element of a collection that each row holds.
using System.Linq.Expressions;

namespace StreamLinq;

/// <summary>For each row and each element of its <see cref="Collection"/>, the row's columns and the element, and where it is asked for the element's place. A null collection is an error of the row.</summary>
public sealed class LogicalFlatten : LogicalNode
{
    internal LogicalFlatten(LogicalNode input, Expression collection, PlanColumn element, PlanColumn? index, string origin)
        : base([input], index is null ? [.. input.Columns, element] : [.. input.Columns, element, index], origin)
    {
        Collection = collection;
        Element = element;
        Index = index;
    }

    /// <summary>An <see cref="IEnumerable{T}"/> over the input's columns.</summary>
    public Expression Collection { get; }

    /// <summary>The column that holds the element.</summary>
    public PlanColumn Element { get; }

    /// <summary>The column that holds the element's place in the collection, an int from 0; null if nobody asks.</summary>
    public PlanColumn? Index { get; }

    /// <inheritdoc />
    public override bool IsChanging => Inputs[0].IsChanging;

    /// <inheritdoc />
    public override TResult Accept<TResult>(LogicalVisitor<TResult> visitor) => visitor.VisitFlatten(this);

    /// <inheritdoc />
    public override LogicalNode WithInputs(IReadOnlyList<LogicalNode> inputs) => new LogicalFlatten(inputs[0], Collection, Element, Index, Origin);
}
