// What the binder knows of a part of a query: the node, what a row looks like over its columns, and what tells its rows apart.
using System.Linq.Expressions;

namespace StreamLinq;

/// <param name="Node">The step that makes the rows.</param>
/// <param name="Row">A row, over the node's columns; transparent identifiers and anonymous objects stand here as shapes and are never made.</param>
/// <param name="Key">The columns of the table's key, or null.</param>
/// <param name="Order">The columns the table is ordered by.</param>
/// <param name="OrderIsOpen">Whether ThenBy may follow: nothing came between.</param>
internal sealed record BoundQuery(LogicalNode Node, Expression Row, IReadOnlyList<PlanColumn>? Key, IReadOnlyList<PlanOrdering> Order, bool OrderIsOpen)
{
    /// <summary>The column with the time of a row, or null where rows have none.</summary>
    internal PlanColumn? Time { get; init; }

    /// <summary>The windows the rows are in and that the next group-by or join uses up, or null.</summary>
    internal PlanWindow? Window { get; init; }

    /// <summary>Whether Take has left only the first rows in the order.</summary>
    internal bool IsCut { get; init; }

    /// <summary>The columns that a selection must keep although the row may not show them.</summary>
    internal IEnumerable<PlanColumn> Kept => [.. Key ?? [], .. Order.Select(o => o.Column), .. Time is null ? [] : new[] { Time }, .. Window?.Columns ?? []];
}
