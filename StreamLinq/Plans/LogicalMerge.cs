// Merge: SQL's UNION ALL. Each input brings its own columns; the node names which of them feed each of its own.
namespace StreamLinq;

/// <summary>All rows of all inputs; rows of one input keep their order.</summary>
public sealed class LogicalMerge : LogicalNode
{
    internal LogicalMerge(IReadOnlyList<LogicalNode> inputs, IReadOnlyList<PlanColumn> columns, IReadOnlyList<IReadOnlyList<PlanColumn>> sources, string origin)
        : base(inputs, columns, origin) => Sources = sources;

    /// <summary>Per input, the columns of that input that feed <see cref="LogicalNode.Columns"/>, in their order.</summary>
    public IReadOnlyList<IReadOnlyList<PlanColumn>> Sources { get; }

    /// <inheritdoc />
    public override bool IsChanging => Inputs.Any(i => i.IsChanging);

    /// <inheritdoc />
    public override TResult Accept<TResult>(LogicalVisitor<TResult> visitor) => visitor.VisitMerge(this);

    /// <inheritdoc />
    public override LogicalNode WithInputs(IReadOnlyList<LogicalNode> inputs) => new LogicalMerge(inputs, Columns, Sources, Origin);
}
