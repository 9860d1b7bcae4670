// ToChanges: what an epoch did to a table as rows of a stream.
using System.Linq.Expressions;

namespace StreamLinq;

/// <summary>
/// Per epoch a <see cref="ChangeKind.Delete"/> for each row that went and then an <see cref="ChangeKind.Insert"/> for each that came, as a stream; what cancels out within the epoch is not there.
/// </summary>
public sealed class LogicalChanges : LogicalNode
{
    internal LogicalChanges(LogicalNode input, Expression row, PlanColumn result, string origin) : base([input], [result], origin)
    {
        Row = row;
        Result = result;
    }

    /// <summary>The row of the table, over the input's columns.</summary>
    public Expression Row { get; }

    /// <summary>The column that holds the <see cref="Change{T}"/>.</summary>
    public PlanColumn Result { get; }

    /// <inheritdoc />
    public override bool IsChanging => false;

    /// <inheritdoc />
    public override TResult Accept<TResult>(LogicalVisitor<TResult> visitor) => visitor.VisitChanges(this);

    /// <inheritdoc />
    public override LogicalNode WithInputs(IReadOnlyList<LogicalNode> inputs) => new LogicalChanges(inputs[0], Row, Result, Origin);
}
