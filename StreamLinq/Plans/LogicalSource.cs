// The leaf of a plan: the rows of one source, as one column that holds the whole row.
namespace StreamLinq;

/// <summary>Rows of a source. One column holds the row.</summary>
public sealed class LogicalSource : LogicalNode
{
    internal LogicalSource(string name, StreamRootExpression root, PlanColumn row) : base([], [row], name)
    {
        Name = name;
        Source = root.Source;
        Description = root.Description;
        RowType = root.RowType;
    }

    /// <summary>The name its offsets are kept under; unique within a query.</summary>
    public string Name { get; }

    /// <summary>The <see cref="IStreamSource{T}"/> of <see cref="RowType"/>.</summary>
    public object Source { get; }

    /// <summary>The source's own words for what it reads.</summary>
    public string Description { get; }

    /// <summary>The type of a row.</summary>
    public Type RowType { get; }

    /// <inheritdoc />
    public override bool IsChanging => false;

    /// <inheritdoc />
    public override TResult Accept<TResult>(LogicalVisitor<TResult> visitor) => visitor.VisitSource(this);

    /// <inheritdoc />
    public override LogicalNode WithInputs(IReadOnlyList<LogicalNode> inputs) => this;
}
