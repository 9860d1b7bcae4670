// A column of a plan and the expression that reads it. Columns are compared by identity, so a plan can be rewritten without renaming anything.
using System.Linq.Expressions;

namespace StreamLinq;

/// <summary>One value that every row of a plan node carries. Two columns are the same only if they are the same object; the name is for people and unique within a plan.</summary>
public sealed class PlanColumn
{
    internal PlanColumn(string name, Type type)
    {
        Name = name;
        Type = type;
        Reference = new ColumnExpression(this);
    }

    /// <summary>Its name, unique within a plan.</summary>
    public string Name { get; }

    /// <summary>The type of its values.</summary>
    public Type Type { get; }

    /// <summary>The expression that reads it.</summary>
    public ColumnExpression Reference { get; }

    /// <inheritdoc />
    public override string ToString() => Name;
}

/// <summary>Reads a column of the current row. The leaves of every expression in a plan are columns and constants.</summary>
public sealed class ColumnExpression : Expression
{
    internal ColumnExpression(PlanColumn column) => Column = column;

    /// <summary>The column read.</summary>
    public PlanColumn Column { get; }

    /// <inheritdoc />
    public override ExpressionType NodeType => ExpressionType.Extension;

    /// <inheritdoc />
    public override Type Type => Column.Type;

    /// <inheritdoc />
    protected override Expression VisitChildren(ExpressionVisitor visitor) => this;

    /// <inheritdoc />
    public override string ToString() => Column.Name;
}

/// <summary>A column and what it is computed from.</summary>
/// <param name="Column">The column.</param>
/// <param name="Value">Its value, over the columns of the node's input.</param>
public sealed record PlanAssignment(PlanColumn Column, Expression Value);

/// <summary>A column a table is ordered by.</summary>
public sealed record PlanOrdering(PlanColumn Column, bool Descending);
