// LateRows: the rows that came too late for every one of their windows, as a stream of their own.
namespace StreamLinq;

/// <summary>Rows that all of their windows refused; each once.</summary>
public sealed class LogicalLateRows : LogicalNode
{
    internal LogicalLateRows(LogicalNode input, PlanWindow window, string origin) : base([input], input.Columns, origin) => Window = window;

    /// <summary>The windows.</summary>
    public PlanWindow Window { get; }

    /// <inheritdoc />
    public override bool IsChanging => false;

    /// <inheritdoc />
    public override TResult Accept<TResult>(LogicalVisitor<TResult> visitor) => visitor.VisitLateRows(this);

    /// <inheritdoc />
    public override LogicalNode WithInputs(IReadOnlyList<LogicalNode> inputs) => new LogicalLateRows(inputs[0], Window, Origin);
}
