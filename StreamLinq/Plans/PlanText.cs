// A plan as indented text: one line per node, root first. Explain prints it and the plan tests compare it.
using System.Linq.Expressions;
using System.Text;

namespace StreamLinq;

internal sealed class PlanText : LogicalVisitor<string>
{
    internal static string Print(LogicalPlan plan)
    {
        var text = new StringBuilder();
        var key = plan.Key is { Count: > 0 } ? " by " + string.Join(", ", plan.Key.Select(k => k.Name)) : "";
        text.Append(plan.IsTable ? "Table" : "Stream").Append(key).Append(" of ").Append(ExpressionText.Of(plan.Row)).Append('\n');
        Print(plan.Root, 1, text);
        return text.ToString().TrimEnd('\n');
    }

    internal static string Print(LogicalNode node)
    {
        var text = new StringBuilder();
        Print(node, 0, text);
        return text.ToString().TrimEnd('\n');
    }

    private static void Print(LogicalNode node, int depth, StringBuilder text)
    {
        text.Append(' ', depth * 2).Append(node.Accept(new PlanText())).Append('\n');
        foreach (var input in node.Inputs) Print(input, depth + 1, text);
    }

    public override string VisitSource(LogicalSource node) => $"Source {node.Name}: {node.Description} as {node.Columns[0].Name} ({TypeText.Name(node.RowType)})";

    public override string VisitFilter(LogicalFilter node) => $"Filter {ExpressionText.Of(node.Condition)}";

    public override string VisitProject(LogicalProject node) => "Project " + string.Join(", ", node.Assignments.Select(a => a.Value is ColumnExpression c && c.Column == a.Column ? a.Column.Name : Assigned(a.Column, a.Value)));

    public override string VisitFlatten(LogicalFlatten node) => $"Flatten {node.Element.Name}{(node.Index is null ? "" : $", {node.Index.Name}")} in {ExpressionText.Of(node.Collection)}"
        + (node.Frame is { } frame ? $" over {frame}: {string.Join(", ", frame.Aggregates.Select(Aggregate))}" : "");

    public override string VisitMerge(LogicalMerge node) => "Merge " + string.Join(", ", node.Columns.Select(c => c.Name));

    public override string VisitEventTime(LogicalEventTime node) => $"EventTime {node.Column.Name} = {(node.Time is null ? "the clock of the epoch" : ExpressionText.Of(node.Time))}"
        + (node.Watermarks is null ? "" : $", watermarks {node.Watermarks}");

    public override string VisitLateRows(LogicalLateRows node) => $"LateRows of {node.Window}";

    public override string VisitAggregate(LogicalAggregate node) =>
        $"Aggregate by {string.Join(", ", node.Keys.Select(k => Assigned(k.Column, k.Value)))}"
        + (node.Window is { } window ? $" in {window.Column.Name} = {window.Of}" : "")
        + (node.Aggregates.Count > 0 ? ": " + string.Join(", ", node.Aggregates.Select(Aggregate)) : "") + Named(node.Name);

    public override string VisitDistinct(LogicalDistinct node) => $"Distinct by {string.Join(", ", node.Keys.Select(ExpressionText.Of))}"
        + (node.Time is null ? "" : $" until {node.Time.Name}{(node.Within > TimeSpan.Zero ? $" + {Durations.Text(node.Within)}" : "")} has passed") + Named(node.Name);

    public override string VisitProcess(LogicalProcess node) => $"Process by {ExpressionText.Of(node.Key)}: {node.Result.Name} ({TypeText.Name(node.Result.Type)})" + Named(node.Name);

    public override string VisitCall(LogicalCall node) => $"{(node.Each is null ? "Look up" : "Call")} {ExpressionText.Of(node.Argument)}: {node.Result.Name} ({TypeText.Name(node.Result.Type)})"
        + (node.Every is { } every ? $" in rows loaded every {Durations.Text(every)}"
            : node.ByKey is { } keys ? $", {keys.MaxConcurrency} at once" + (keys.CacheSize == 0 ? "" : $", {keys.CacheSize} answers kept{(keys.CacheFor == TimeSpan.Zero ? "" : $" for {Durations.Text(keys.CacheFor)}")}")
            : $", {node.Each!.MaxConcurrency} at once, {(node.Each.Ordered ? "in order" : "in the order of the answers")}") + Named(node.Name);

    public override string VisitJoin(LogicalJoin node) =>
        $"{node.Kind} join on {string.Join(", ", node.Keys.Select(k => $"{ExpressionText.Of(k.Left)} = {ExpressionText.Of(k.Right)}"))}{(node.NullsMatch ? ", nulls equal" : "")}"
        + (node.Interval is { } interval ? $" where {interval.Right.Name} is {Interval(interval)}" : node.Windows is { } windows ? $" in {windows.Left}" : node.AsOf is { } asOf ? $" as of {asOf.Left.Name}" : node.IsSnapshot ? ", as the table is in the epoch" : node.IsOfTables ? "" : ", all rows kept")
        + (node.Condition is null ? "" : $" if {ExpressionText.Of(node.Condition)}")
        + (node.RightColumns.Count == 0 ? "" : ": " + string.Join(", ", node.RightColumns.Select(c => Assigned(c.Column, c.Value)))) + Named(node.Name);

    public override string VisitLatest(LogicalLatest node) =>
        $"Latest by {string.Join(", ", node.Keys.Select(k => k.Value is ColumnExpression c && c.Column == k.Column ? k.Column.Name : Assigned(k.Column, k.Value)))}"
        + (node.Time is null ? " to arrive" : $" in {node.Time.Name}") + (node.IsThere is null ? "" : $" if {ExpressionText.Of(node.IsThere)}") + Named(node.Name);

    public override string VisitUnbounded(LogicalUnbounded node) => "All rows there ever were";

    public override string VisitChanges(LogicalChanges node) => $"Changes {node.Result.Name} of {ExpressionText.Of(node.Row)}";

    public override string VisitOrder(LogicalOrder node) => "Order by " + string.Join(", ", node.Orderings.Select(o => o.Column.Name + (o.Descending ? " descending" : "")));

    internal static string Aggregate(AggregateCall call)
    {
        var argument = call.Function == AggregateFunction.Custom ? TypeText.Name(call.Custom!.GetType()) : call.Argument is null ? "" : ExpressionText.Of(call.Argument);
        var filter = call.Filter is null ? "" : $" where {ExpressionText.Of(call.Filter)}";
        var order = call.Ordering.Count == 0 ? "" : " order by " + string.Join(", ", call.Ordering.Select(o => ExpressionText.Of(o.Value) + (o.Descending ? " descending" : "")));
        var limit = call.Limit is null ? "" : $" take {call.Limit}" + (call.WithTies ? " with ties" : "");
        return $"{call.Column.Name} = {call.Function}({argument}){order}{limit}{filter}";
    }

    private static string Assigned(PlanColumn column, Expression value) => $"{column.Name} = {ExpressionText.Of(value)}";

    private static string Interval(JoinInterval interval) =>
        (interval.Before == TimeSpan.MaxValue ? "any time" : $"from {Shifted(interval.Left, -interval.Before)}") + (interval.After == TimeSpan.MaxValue ? " on" : $" to {Shifted(interval.Left, interval.After)}")
        + (interval.Time == JoinTime.Later ? "" : $", at the time of the {(interval.Time == JoinTime.Left ? "left" : "right")} row");

    private static string Shifted(PlanColumn time, TimeSpan by) => by == TimeSpan.Zero ? time.Name : $"{time.Name} {(by < TimeSpan.Zero ? "-" : "+")} {Durations.Text(by.Duration())}";

    private static string Named(string? name) => name is null ? "" : $" named '{name}'";
}
