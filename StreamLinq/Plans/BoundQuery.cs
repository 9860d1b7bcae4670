// What the binder knows of a part of a query: the node, what a row looks like over its columns, and what tells its rows apart.
using System.Linq.Expressions;

namespace StreamLinq;

/// <param name="Node">The step that makes the rows.</param>
/// <param name="Row">A row, over the node's columns; transparent identifiers and anonymous objects stand here as shapes and are never made.</param>
/// <param name="Key">The columns of the table's key, or null.</param>
/// <param name="Order">The columns the table is ordered by.</param>
/// <param name="OrderIsOpen">Whether ThenBy may follow: nothing came between.</param>
internal sealed record BoundQuery(LogicalNode Node, Expression Row, IReadOnlyList<PlanColumn>? Key, IReadOnlyList<PlanOrdering> Order, bool OrderIsOpen);
