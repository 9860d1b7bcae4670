// Unbounded: a stream taken as the table of all its rows. Operators that take rows of a stream as well as of a table read the stream itself; the node is left where the table is written out.
namespace StreamLinq;

/// <summary>All rows of a stream there ever were, as a table. The input only gains rows.</summary>
public sealed class LogicalUnbounded : LogicalNode
{
    internal LogicalUnbounded(LogicalNode input, IReadOnlyList<PlanColumn> columns, string origin) : base([input], columns, origin)
    {
    }

    /// <inheritdoc />
    public override bool IsChanging => true;

    /// <inheritdoc />
    public override TResult Accept<TResult>(LogicalVisitor<TResult> visitor) => visitor.VisitUnbounded(this);

    /// <inheritdoc />
    public override LogicalNode WithInputs(IReadOnlyList<LogicalNode> inputs) => new LogicalUnbounded(inputs[0], Columns, Origin);
}
