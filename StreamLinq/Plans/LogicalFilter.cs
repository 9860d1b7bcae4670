// Where: rows for which a condition holds. Over a group it is SQL's HAVING.
using System.Linq.Expressions;

namespace StreamLinq;

/// <summary>Rows for which <see cref="Condition"/> is true.</summary>
public sealed class LogicalFilter : LogicalNode
{
    internal LogicalFilter(LogicalNode input, Expression condition, string origin) : base([input], input.Columns, origin) => Condition = condition;

    /// <summary>The condition, a bool over the input's columns.</summary>
    public Expression Condition { get; }

    /// <inheritdoc />
    public override bool IsChanging => Inputs[0].IsChanging;

    /// <inheritdoc />
    public override TResult Accept<TResult>(LogicalVisitor<TResult> visitor) => visitor.VisitFilter(this);

    /// <inheritdoc />
    public override LogicalNode WithInputs(IReadOnlyList<LogicalNode> inputs) => new LogicalFilter(inputs[0], Condition, Origin);
}
