// OrderBy over a table: the order in which Complete writes it. Always the root of a plan: an order says nothing to the operators below.
namespace StreamLinq;

/// <summary>The table in an order; ties follow the order of the table's key.</summary>
public sealed class LogicalOrder : LogicalNode
{
    internal LogicalOrder(LogicalNode input, IReadOnlyList<PlanOrdering> orderings, string origin) : base([input], input.Columns, origin) => Orderings = orderings;

    /// <summary>The columns it is ordered by, the weightiest first.</summary>
    public IReadOnlyList<PlanOrdering> Orderings { get; }

    /// <summary>Whether only the first rows are there: then the order has said which.</summary>
    internal bool IsCut { get; init; }

    /// <inheritdoc />
    public override bool IsChanging => Inputs[0].IsChanging;

    /// <inheritdoc />
    public override TResult Accept<TResult>(LogicalVisitor<TResult> visitor) => visitor.VisitOrder(this);

    /// <inheritdoc />
    public override LogicalNode WithInputs(IReadOnlyList<LogicalNode> inputs) => new LogicalOrder(inputs[0], Orderings, Origin) { IsCut = IsCut };
}
