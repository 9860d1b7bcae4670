// Binds what concerns time: where a row's time comes from, which windows it is in, and when a key holds the time. Time and windows are columns that a row carries along unseen.
using System.Linq.Expressions;

namespace StreamLinq;

internal sealed partial class QueryBinder
{
    private BoundQuery WithEventTime(MethodCallExpression call, BoundQuery source)
    {
        if (source.Time is not null) return OfOneSide(call, source) ?? throw Errors.TimeTwice(call);
        RequireRow(call, source.Row);
        var given = Captures.Value(call.Arguments[2]);
        var watermarks = given is TimeSpan delay ? WatermarkStrategy.BoundedOutOfOrderness(delay) : (WatermarkStrategy)given!;
        var column = Column("time", typeof(DateTimeOffset));
        var time = Rewrite(call, Lambda(call, 1), source.Row);
        RequireRow(call, time);
        var node = new LogicalEventTime(source.Node, time, watermarks, watermarks.RowType is null ? null : source.Row, column, Origin(call));
        return source with { Node = node, Time = column };
    }

    private BoundQuery WithProcessingTime(MethodCallExpression call, BoundQuery source)
    {
        if (source.Time is not null) throw Errors.TimeTwice(call);
        var column = Column("time", typeof(DateTimeOffset));
        return source with { Node = new LogicalEventTime(source.Node, null, null, null, column, Origin(call)), Time = column };
    }

    private BoundQuery Window(MethodCallExpression call, BoundQuery source)
    {
        if (Captures.Value(call.Arguments[1]) is Windowing windowing) return source with { Window = new PlanWindow(windowing, null, null, source.Time!, TimeSpan.Zero, false) };
        var window = Rewrite(call, Lambda(call, 1), source.Row);
        var node = source.Node;
        if (window is ColumnExpression { Column: var column } && IsCarriedWindow(node, column)) return Carried(column, node);
        // A record holds the window in a member that its constructor has filled with it.
        if (window is not MemberExpression { Expression: ColumnExpression { Column: var row }, Member.Name: var member } || !_members.TryGetValue(row, out var members)
            || members.FirstOrDefault(m => m.Member == member).Value is not ColumnExpression { Column: var held } || !IsCarriedWindow(node, held)) throw Errors.NoCarriedWindow(call);
        var carried = Column("window", typeof(Window));
        return Carried(carried, Carry(new LogicalProject(node, [.. Pass(node), new PlanAssignment(carried, window)], Origin(call)), [.. Carriers(source.Row)]));

        BoundQuery Carried(PlanColumn column, LogicalNode from) => source with { Node = from, Window = new PlanWindow(null, column, null, source.Time!, TimeSpan.Zero, false) };
    }

    private BoundQuery SessionWindow(MethodCallExpression call, BoundQuery source)
    {
        RequireRow(call, source.Row);
        var value = Rewrite(call, Lambda(call, 1), source.Row);
        RequireRow(call, value);
        var gap = Column("gap", typeof(TimeSpan));
        var node = new LogicalProject(source.Node, [.. Pass(source.Node), new PlanAssignment(gap, value)], Origin(call));
        return source with { Node = Carry(node, [.. Carriers(source.Row)]), Window = new PlanWindow(null, null, gap, source.Time!, TimeSpan.Zero, false) };
    }

    private static BoundQuery InWindow(BoundQuery source, Func<PlanWindow, PlanWindow> change) => source with { Window = change(source.Window!) };

    private static BoundQuery LateRows(MethodCallExpression call, BoundQuery source) =>
        source with { Node = new LogicalLateRows(source.Node, source.Window!, Origin(call)), Time = null, Window = null };

    private static bool IsCarriedWindow(LogicalNode node, PlanColumn column) => node switch
    {
        PendingAggregate group when group.Columns.Contains(column) => group.Scope.Window is { Of.EmitsUpdates: false } window && window.Column == column,
        LogicalMerge merge => merge.Columns.ToList().IndexOf(column) is var at and >= 0 && merge.Inputs.Zip(merge.Sources).All(i => IsCarriedWindow(i.First, i.Second[at])),
        LogicalJoin { AsOf: not null } or LogicalJoin { IsSnapshot: true } => IsCarriedWindow(node.Inputs[0], column),
        LogicalJoin join => join.Windows is { Left.Carried: { } left, Right.Carried: { } right } && (column == left || join.RightColumns.Any(c => c.Column == column && c.Value == right.Reference)),
        _ => node.Inputs.Count > 0 && IsCarriedWindow(node.Inputs[0], column),
    };

    // Whether a value is the row's own time: the selector of WithEventTime itself, or what only copies it.
    private static bool HoldsTime(LogicalNode node, Expression value) => node switch
    {
        LogicalEventTime { Time: { } time } timed => ExpressionEquality.Same(time, value) || (value is ColumnExpression { Column: var column } && column == timed.Column) || RowShape.IsMemberOfRecord(time, value),
        LogicalProject project when value is ColumnExpression { Column: var column } => project.Assignments.FirstOrDefault(a => a.Column == column) is { } assigned && HoldsTime(project.Inputs[0], assigned.Value),
        LogicalFilter or LogicalDistinct or LogicalFlatten => HoldsTime(node.Inputs[0], value),
        LogicalProject => HoldsTime(node.Inputs[0], value),
        _ => false,
    };

    private PlanColumn? Joined(PlanColumn? first, PlanColumn? second, List<(Expression First, Expression Second)> parts, List<PlanColumn> columns)
    {
        if (first is null || second is null) return null;
        parts.Add((first.Reference, second.Reference));
        var column = Column(first.Name.Split('#')[0], first.Type);
        columns.Add(column);
        return column;
    }

    private PlanWindow? MergedWindow(
        MethodCallExpression call, PlanWindow? first, PlanWindow? second, PlanColumn? time, List<(Expression First, Expression Second)> parts, List<PlanColumn> columns)
    {
        if (first is null || second is null) return null;
        if (first.Windowing != second.Windowing || first.Grace != second.Grace || first.EmitsUpdates != second.EmitsUpdates || first.Gap is null != second.Gap is null) throw Errors.WindowsDiffer(call);
        return first with { Carried = Joined(first.Carried, second.Carried, parts, columns), Gap = Joined(first.Gap, second.Gap, parts, columns), Time = time! };
    }
}
