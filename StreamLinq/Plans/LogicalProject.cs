// Select and let: new columns from old ones. Its columns are only those assigned; a column that is kept is assigned to itself under a new identity or kept as it is.
namespace StreamLinq;

/// <summary>New columns from old ones; each is computed once per row, in order.</summary>
public sealed class LogicalProject : LogicalNode
{
    internal LogicalProject(LogicalNode input, IReadOnlyList<PlanAssignment> assignments, string origin)
        : base([input], [.. assignments.Select(a => a.Column)], origin) => Assignments = assignments;

    /// <summary>The columns and their values. A value that is the same column again passes it on.</summary>
    public IReadOnlyList<PlanAssignment> Assignments { get; }

    /// <inheritdoc />
    public override bool IsChanging => Inputs[0].IsChanging;

    /// <inheritdoc />
    public override TResult Accept<TResult>(LogicalVisitor<TResult> visitor) => visitor.VisitProject(this);

    /// <inheritdoc />
    public override LogicalNode WithInputs(IReadOnlyList<LogicalNode> inputs) => new LogicalProject(inputs[0], Assignments, Origin);
}
