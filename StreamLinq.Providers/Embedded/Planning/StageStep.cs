// What happens to a row inside a stage, one record per kind. A stage is a list of these between something that makes rows and something that takes them.
using System.Linq.Expressions;

namespace StreamLinq.Embedded;

/// <param name="Origin">The operator of the query it comes from.</param>
internal abstract record StageStep(string Origin);

/// <summary>Goes on only with rows for which the condition holds.</summary>
internal sealed record FilterStep(Expression Condition, string Origin) : StageStep(Origin);

/// <summary>Computes columns.</summary>
internal sealed record ProjectStep(IReadOnlyList<PlanAssignment> Assignments, string Origin) : StageStep(Origin);

/// <summary>Goes on once per element; with its place, if somebody reads it.</summary>
internal sealed record FlattenStep(Expression Collection, PlanColumn Element, PlanColumn? Index, string Origin) : StageStep(Origin)
{
    /// <summary>The collection as the type it has where it is computed.</summary>
    internal Expression List => Collection is UnaryExpression { NodeType: ExpressionType.Convert } cast ? cast.Operand : Collection;

    /// <summary>What is computed over each element and those before it; the collection is an array then.</summary>
    internal RowFrame? Frame { get; init; }
}

/// <summary>Gives columns other names: a merge has columns of its own, fed by those of each input.</summary>
internal sealed record AliasStep(IReadOnlyList<PlanColumn> From, IReadOnlyList<PlanColumn> To, string Origin) : StageStep(Origin);

/// <summary>Gives each row its time and lets the watermark see it.</summary>
/// <param name="Node">What gives the time.</param>
/// <param name="Input">Which of the ways that rows come to the node this is: where sources are merged below it there are several.</param>
internal sealed record EventTimeStep(LogicalEventTime Node, int Input) : StageStep(Node.Origin)
{
    /// <summary>Whether the watermark sees the rows here. Of several stages with the same rows one shows them: seen twice, rows would be counted as later than they are.</summary>
    internal bool IsObserved { get; init; } = true;
}

/// <summary>Goes on only with rows that are late for all of their windows.</summary>
internal sealed record LateRowsStep(LogicalLateRows Node) : StageStep(Node.Origin);
