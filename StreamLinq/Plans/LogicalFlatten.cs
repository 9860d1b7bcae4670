// SelectMany: a row per element of a collection that each row holds.
using System.Linq.Expressions;

namespace StreamLinq;

/// <summary>For each row and each element of its <see cref="Collection"/>, the row's columns and the element. A null collection is an error of the row.</summary>
public sealed class LogicalFlatten : LogicalNode
{
    internal LogicalFlatten(LogicalNode input, Expression collection, PlanColumn element, string origin) : base([input], [.. input.Columns, element], origin)
    {
        Collection = collection;
        Element = element;
    }

    /// <summary>An <see cref="IEnumerable{T}"/> over the input's columns.</summary>
    public Expression Collection { get; }

    /// <summary>The column that holds the element.</summary>
    public PlanColumn Element { get; }

    /// <inheritdoc />
    public override bool IsChanging => Inputs[0].IsChanging;

    /// <inheritdoc />
    public override TResult Accept<TResult>(LogicalVisitor<TResult> visitor) => visitor.VisitFlatten(this);

    /// <inheritdoc />
    public override LogicalNode WithInputs(IReadOnlyList<LogicalNode> inputs) => new LogicalFlatten(inputs[0], Collection, Element, Origin);
}
