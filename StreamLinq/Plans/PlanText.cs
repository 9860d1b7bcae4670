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

    public override string VisitFlatten(LogicalFlatten node) => $"Flatten {node.Element.Name} in {ExpressionText.Of(node.Collection)}";

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

    public override string VisitOrder(LogicalOrder node) => "Order by " + string.Join(", ", node.Orderings.Select(o => o.Column.Name + (o.Descending ? " descending" : "")));

    private static string Aggregate(AggregateCall call)
    {
        var argument = call.Function == AggregateFunction.Custom ? TypeText.Name(call.Custom!.GetType()) : call.Argument is null ? "" : ExpressionText.Of(call.Argument);
        var filter = call.Filter is null ? "" : $" where {ExpressionText.Of(call.Filter)}";
        return $"{call.Column.Name} = {call.Function}({argument}){filter}";
    }

    private static string Assigned(PlanColumn column, Expression value) => $"{column.Name} = {ExpressionText.Of(value)}";

    private static string Named(string? name) => name is null ? "" : $" named '{name}'";
}
