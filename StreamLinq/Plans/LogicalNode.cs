// The base of all logical nodes and their visitor. Nodes are immutable and know nothing of any engine: other providers translate them.
namespace StreamLinq;

/// <summary>
/// A step of a logical plan: what is computed, not how. Rows are tuples of <see cref="Columns"/>; expressions in a node read the columns of its inputs.
/// A plan is a tree, except that a part used twice is one object: it runs once.
/// </summary>
public abstract class LogicalNode
{
    private protected LogicalNode(IReadOnlyList<LogicalNode> inputs, IReadOnlyList<PlanColumn> columns, string origin)
    {
        Inputs = inputs;
        Columns = columns;
        Origin = origin;
    }

    /// <summary>What it reads.</summary>
    public IReadOnlyList<LogicalNode> Inputs { get; }

    /// <summary>What each of its rows carries.</summary>
    public IReadOnlyList<PlanColumn> Columns { get; }

    /// <summary>The operator of the query it comes from, as text; used in errors.</summary>
    public string Origin { get; }

    /// <summary>Whether rows can be taken back again: true for a table and all that is computed from it, false for a stream.</summary>
    public abstract bool IsChanging { get; }

    /// <summary>Calls the visitor's method for this kind of node.</summary>
    public abstract TResult Accept<TResult>(LogicalVisitor<TResult> visitor);

    /// <summary>The same node over other inputs, which must carry at least the columns it reads.</summary>
    public abstract LogicalNode WithInputs(IReadOnlyList<LogicalNode> inputs);

    /// <inheritdoc />
    public override string ToString() => PlanText.Print(this);
}

/// <summary>A method per kind of logical node. A translator derives from it.</summary>
/// <typeparam name="TResult">What a node becomes.</typeparam>
public abstract class LogicalVisitor<TResult>
{
    /// <summary>Visits any node.</summary>
    public TResult Visit(LogicalNode node)
    {
        ArgumentNullException.ThrowIfNull(node);
        return node.Accept(this);
    }

    /// <summary>Rows of a source.</summary>
    public abstract TResult VisitSource(LogicalSource node);

    /// <summary>Rows for which a condition holds.</summary>
    public abstract TResult VisitFilter(LogicalFilter node);

    /// <summary>New columns from old ones.</summary>
    public abstract TResult VisitProject(LogicalProject node);

    /// <summary>A row per element of a collection.</summary>
    public abstract TResult VisitFlatten(LogicalFlatten node);

    /// <summary>All rows of several inputs.</summary>
    public abstract TResult VisitMerge(LogicalMerge node);

    /// <summary>Rows with their time.</summary>
    public abstract TResult VisitEventTime(LogicalEventTime node);

    /// <summary>Rows that were late for their windows.</summary>
    public abstract TResult VisitLateRows(LogicalLateRows node);

    /// <summary>A row per group.</summary>
    public abstract TResult VisitAggregate(LogicalAggregate node);

    /// <summary>The first row of each key.</summary>
    public abstract TResult VisitDistinct(LogicalDistinct node);

    /// <summary>What code of the user's makes of rows, with state per key.</summary>
    public abstract TResult VisitProcess(LogicalProcess node);

    /// <summary>Rows with what was asked for them elsewhere.</summary>
    public abstract TResult VisitCall(LogicalCall node);

    /// <summary>Rows of two streams with equal keys.</summary>
    public abstract TResult VisitJoin(LogicalJoin node);

    /// <summary>The latest row of each key.</summary>
    public abstract TResult VisitLatest(LogicalLatest node);

    /// <summary>All rows of a stream as a table.</summary>
    public abstract TResult VisitUnbounded(LogicalUnbounded node);

    /// <summary>The changes of a table as a stream.</summary>
    public abstract TResult VisitChanges(LogicalChanges node);

    /// <summary>A table in an order.</summary>
    public abstract TResult VisitOrder(LogicalOrder node);
}
