// A bound query: the tree of logical nodes, and how a row of the root becomes a row of the query.
using System.Linq.Expressions;

namespace StreamLinq;

/// <summary>A bound query.</summary>
public sealed class LogicalPlan
{
    internal LogicalPlan(LogicalNode root, Expression row, IReadOnlyList<PlanColumn>? key, IReadOnlyList<string>? keyMembers)
    {
        Root = root;
        Row = row;
        Key = key;
        KeyMembers = keyMembers;
    }

    /// <summary>The last step.</summary>
    public LogicalNode Root { get; }

    /// <summary>The query's row, made from the root's columns.</summary>
    public Expression Row { get; }

    /// <summary>The type of the query's rows.</summary>
    public Type RowType => Row.Type;

    /// <summary>Whether the query is a table.</summary>
    public bool IsTable => Root.IsChanging;

    /// <summary>The columns of the root that tell the rows of a table apart; null for a stream, and for a table that has lost its key (SelectMany, Merge).</summary>
    public IReadOnlyList<PlanColumn>? Key { get; }

    /// <summary>The members of the query's row that hold the key, or null if the row does not hold it: then Update is refused (SLQ1008). A row that is itself the key is called "value".</summary>
    public IReadOnlyList<string>? KeyMembers { get; }

    /// <summary>The plan as indented text.</summary>
    public override string ToString() => PlanText.Print(this);

    /// <summary>Binds a query.</summary>
    /// <exception cref="QueryTranslationException">The query is not legal.</exception>
    public static LogicalPlan Bind(IStreamQueryable query)
    {
        ArgumentNullException.ThrowIfNull(query);
        return new QueryBinder().Bind(query)[0];
    }
}
