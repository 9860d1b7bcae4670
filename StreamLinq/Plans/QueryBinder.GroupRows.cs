// SelectMany over the rows of a group: an aggregate that holds the rows as an array, and a flatten over it that counts: the place of a row is its rank.
using System.Linq.Expressions;

namespace StreamLinq;

internal sealed partial class QueryBinder
{
    private BoundQuery RowsOfGroup(MethodCallExpression call, BoundQuery source)
    {
        var result = Lambda(call, 2);
        if (Rewrite(call, Lambda(call, 1), source.Row) is not GroupExpression group) throw Errors.NotYet(call, "SelectMany over these rows");
        // Frames of a stretch of time need the time of each row beside it.
        var isTimed = group.Rows.Preceding is TimeSpan;
        var kept = isTimed ? RowTuple.Make([group.Rows.Ordering[0].Value, group.Scope.Element]) : group.Scope.Element;
        var rows = group.Scope.Ask(() => Column("rows", kept.Type.MakeArrayType()), AggregateFunction.Rows, kept, group.Rows, null);
        var element = Column(group.Rows.Steps.Count > 0 ? "item" : RowName(result.Parameters[1]), kept.Type);
        var rank = Column("rank", typeof(int));
        LogicalNode node = new LogicalFlatten(source.Node, Expression.Convert(rows, typeof(IEnumerable<>).MakeGenericType(element.Type)), element, rank, Origin(call));
        var row = isTimed ? RowTuple.Get(element.Reference, 1, 2) : element.Reference;
        if (group.Rows.Preceding is { } preceding)
        {
            var frame = new GroupScope(node, [], Expression.Constant(0), row, Origin(call)) { IsFrame = true };
            node = new PendingFrames(frame, preceding as int? ?? 0, preceding as TimeSpan?, isTimed ? RowTuple.Get(element.Reference, 0, 2) : null);
            row = new GroupExpression(frame, GroupPart.All, typeof(IRowFrame<>).MakeGenericType(row.Type));
        }

        foreach (var (step, lambda) in group.Rows.Steps)
        {
            var rewriter = new RowRewriter(this, call).With(lambda.Parameters[0], row);
            if (lambda.Parameters.Count > 1) rewriter.With(lambda.Parameters[1], rank.Reference);
            var body = rewriter.Visit(lambda.Body);
            if (GroupFinder.In(body)) throw Errors.GroupEscapes(call, ExpressionText.OfOperator(call));
            if (ColumnFinder.In(body).Any(c => c != element && c != rank && group.Scope.Keys.All(k => k.Column != c))) throw Errors.AggregateInside(call, step.Method.Name);
            if (step.Method.Name == nameof(GroupRows.Where)) node = new LogicalFilter(node, body, Origin(step));
            else row = body;
        }

        // What tells the rows of a table of groups apart, and their place, tell apart the rows of the groups.
        IReadOnlyList<PlanColumn>? key = source.Key is null ? null : [.. source.Key, rank];
        var bound = source with { Node = node, Key = key, OrderIsOpen = false };
        var projected = Project(call, bound, new RowRewriter(this, call).With(result.Parameters[0], source.Row).With(result.Parameters[1], row).Visit(result.Body), result);
        // rank + 1 tells them apart as well as the rank does.
        return key is not null && projected.Node is LogicalProject project && project.Assignments.FirstOrDefault(a => IsShifted(a.Value, rank)) is { Column: var shifted }
            ? projected with { Key = [.. source.Key!, shifted] }
            : projected;
    }

    // An int plus a constant, perhaps as a long: different for different ints.
    private static bool IsShifted(Expression value, PlanColumn column) => column.Type == typeof(int) && value switch
    {
        BinaryExpression { NodeType: ExpressionType.Add or ExpressionType.AddChecked or ExpressionType.Subtract or ExpressionType.SubtractChecked, Left: ColumnExpression { Column: var left }, Right: ConstantExpression } => left == column,
        UnaryExpression { NodeType: ExpressionType.Convert, Method: null, Operand: var operand } => value.Type == typeof(long) && (operand is ColumnExpression { Column: var same } ? same == column : IsShifted(operand, column)),
        _ => false,
    };

    private static string RowName(ParameterExpression parameter) => parameter.Name is { } name && !name.StartsWith('<') ? name : "item";
}
