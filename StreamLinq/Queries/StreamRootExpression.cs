// Where a source enters a query: the leaf of every expression tree. It holds the source and its name and nothing that runs.
using System.Linq.Expressions;

namespace StreamLinq;

/// <summary>The leaf of a query's expression tree: a source and the name its offsets and state are kept under.</summary>
public sealed class StreamRootExpression : Expression
{
    internal StreamRootExpression(object source, string? name, string description, Type rowType)
    {
        Source = source;
        Name = name;
        Description = description;
        RowType = rowType;
    }

    /// <summary>The <see cref="IStreamSource{T}"/> of <see cref="RowType"/>.</summary>
    public object Source { get; }

    /// <summary>The name given by the query's author, or null: then the binder names the source by its place in the query.</summary>
    public string? Name { get; }

    /// <summary>The source's own words for what it reads.</summary>
    public string Description { get; }

    /// <summary>The type of its rows.</summary>
    public Type RowType { get; }

    /// <inheritdoc />
    public override ExpressionType NodeType => ExpressionType.Extension;

    /// <inheritdoc />
    public override Type Type => typeof(IStreamQueryable<,>).MakeGenericType(RowType, typeof(AppendOnly));

    /// <inheritdoc />
    protected override Expression VisitChildren(ExpressionVisitor visitor) => this;

    /// <inheritdoc />
    public override string ToString() => Name ?? Description;
}
