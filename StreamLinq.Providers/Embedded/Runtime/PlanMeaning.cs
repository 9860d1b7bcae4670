// What an operator's state is computed from, as text that stays the same as long as the meaning does: columns are replaced by what they are computed from, down to the members of the source's rows,
// so names of range variables, lets and results do not show, nor does the way the plan was put together. Two versions of a query are compared by it.
using System.Linq.Expressions;
using System.Security.Cryptography;
using System.Text;

namespace StreamLinq.Embedded;

internal sealed class PlanMeaning : ExpressionVisitor
{
    private const int LongestText = 60;
    private readonly Dictionary<PlanColumn, Expression> _columns = [];
    private readonly HashSet<LogicalNode> _known = new(ReferenceEqualityComparer.Instance);
    private readonly Dictionary<ParameterExpression, ParameterExpression> _parameters = [];

    /// <summary>An expression over the columns of a node that was learnt.</summary>
    internal string Of(Expression expression) => ExpressionText.Of(Resolve(expression));

    /// <summary>An expression with columns replaced by what they are computed from.</summary>
    internal Expression Resolve(Expression expression) => Visit(expression)!;

    /// <summary>The rows that reach an operator: where they come from, and under which conditions.</summary>
    internal string RowsOf(LogicalNode input)
    {
        Learn(input);
        return string.Join(" and ", Paths(input).Order(StringComparer.Ordinal));
    }

    /// <summary>The key of a group-by, by which what it gives is known.</summary>
    internal string KeyOf(LogicalNode node) => node switch
    {
        LogicalAggregate group => $"group by {string.Join(", ", group.Keys.Select(k => Of(k.Value)))}{(group.Window is { } window ? $" in {WindowOf(window.Of)}" : "")}",
        LogicalDistinct distinct => $"distinct by {string.Join(", ", distinct.Keys.Select(Of))}",
        LogicalProcess process => $"process by {Of(process.Key)}",
        LogicalJoin join => $"{join.Kind} join by {string.Join(", ", join.Keys.Select(k => $"{Of(k.Left)} = {Of(k.Right)}"))}",
        LogicalLatest latest => $"latest by {string.Join(", ", latest.Keys.Select(k => Of(k.Value)))}{(latest.Time is null ? "" : $" in {Of(latest.Time.Reference)}")}",
        _ => node.GetType().Name,
    };

    internal string Aggregate(AggregateCall call)
    {
        var custom = call.Function == AggregateFunction.Custom ? $" {TypeText.Name(call.Custom!.GetType())}" : "";
        var order = call.Ordering.Count == 0 ? "" : " order by " + string.Join(", ", call.Ordering.Select(o => Of(o.Value) + (o.Descending ? " descending" : "")));
        var limit = call.Limit is null ? "" : $" take {call.Limit}{(call.WithTies ? " with ties" : "")}";
        return $"{call.Function}{custom}({(call.Argument is null ? "" : Of(call.Argument))}){order}{limit}{(call.Filter is null ? "" : $" where {Conditions([call.Filter])}")}";
    }

    internal string WindowOf(PlanWindow window) => window.Windowing?.ToString() ?? (window.Carried is { } carried ? $"the window {Of(carried.Reference)}" : $"sessions with the gap {Of(window.Gap!.Reference)}");

    internal string TimeOf(LogicalEventTime node) => node.Time is null ? "the clock" : Of(node.Time);

    /// <summary>Finds out what the columns of a node are computed from.</summary>
    internal void Learn(LogicalNode node)
    {
        if (!_known.Add(node)) return;
        foreach (var input in node.Inputs) Learn(input);
        switch (node)
        {
            case LogicalSource source:
                // Not the name of the source: what is computed of its rows is the same when another source of such rows is merged in.
                Set(source.Columns[0], "row");
                break;
            case LogicalProject project:
                foreach (var (column, value) in project.Assignments.Select(a => (a.Column, Resolve(a.Value))).ToList()) _columns[column] = value;
                break;
            case LogicalFlatten flatten:
                var collection = Of(flatten.Collection);
                Set(flatten.Element, $"each({collection})");
                if (flatten.Index is not null) Set(flatten.Index, $"place({collection})");
                foreach (var call in flatten.Frame?.Aggregates ?? []) Set(call.Column, $"({Aggregate(call)} over {flatten.Frame})");
                break;
            case LogicalMerge merge:
                for (var i = 0; i < merge.Columns.Count; i++)
                {
                    var texts = merge.Sources.Select(s => Of(s[i].Reference)).Distinct().ToList();
                    Set(merge.Columns[i], texts is [var only] ? only : $"({string.Join(" | ", texts)})");
                }

                break;
            case LogicalEventTime timed:
                Set(timed.Column, TimeOf(timed));
                break;
            case LogicalAggregate group:
                var of = KeyOf(group);
                foreach (var key in group.Keys) Set(key.Column, $"({of})[{Of(key.Value)}]");
                foreach (var call in group.Aggregates) Set(call.Column, $"({of})[{Aggregate(call)}]");
                foreach (var column in group.Window?.Columns ?? []) Set(column, $"({of})[{(column == group.Window!.Column ? "window" : "time")}]");
                break;
            case LogicalJoin join:
                // Both sides may be the same rows.
                foreach (var column in join.RightColumns) Set(column.Column, $"right({Of(column.Value)})");
                if (join.Time is not null) Set(join.Time, $"({KeyOf(join)})[time]");
                break;
            case LogicalLatest latest:
                foreach (var key in latest.Keys.Where(k => k.Value is not ColumnExpression)) _columns[key.Column] = Resolve(key.Value);
                break;
            case LogicalChanges changes:
                Set(changes.Result, $"change({Of(changes.Row)})");
                break;
            case LogicalCall call:
                Set(call.Result, $"{(call.Each is null ? "lookup" : "call")}({Of(call.Argument)}) as {TypeText.Name(call.Result.Type)}");
                break;
            case LogicalProcess process:
                Set(process.Result, $"({KeyOf(process)})");
                if (process.OutputTime is not null) Set(process.OutputTime, $"({KeyOf(process)})[time]");
                break;
            default:
                break;
        }
    }

    private void Set(PlanColumn column, string text) => _columns[column] = Expression.Parameter(column.Type, text);

    private IEnumerable<string> Paths(LogicalNode node) => Steps(node).Select(p =>
        p.From + string.Concat(p.Each.Select(e => $" each {e}")) + (p.Conditions.Count > 0 ? $" where {Conditions(p.Conditions)}" : ""));

    private IEnumerable<(string From, List<string> Each, List<Expression> Conditions)> Steps(LogicalNode node) => node switch
    {
        LogicalSource source => [(source.Name, [], [])],
        LogicalAggregate or LogicalDistinct or LogicalProcess or LogicalJoin or LogicalLatest => [($"({KeyOf(node)})", [], [])],
        LogicalChanges changes => Steps(changes.Inputs[0]).Select(p => ($"changes of {p.From}", p.Each, p.Conditions)),
        LogicalFilter filter => Steps(filter.Inputs[0]).Select(p => (p.From, p.Each, (List<Expression>)[.. p.Conditions, filter.Condition])),
        LogicalFlatten flatten => Steps(flatten.Inputs[0]).Select(p => (p.From, (List<string>)[.. p.Each, Of(flatten.Collection)], p.Conditions)),
        LogicalLateRows late => Steps(late.Inputs[0]).Select(p => ($"{p.From} late for {WindowOf(late.Window)}", p.Each, p.Conditions)),
        _ => node.Inputs.SelectMany(Steps),
    };

    // The order in which conditions are written does not matter to what passes them all.
    private string Conditions(IEnumerable<Expression> conditions) => string.Join(" && ", conditions.SelectMany(Conjuncts).Select(Of).Distinct().Order(StringComparer.Ordinal));

    private static IEnumerable<Expression> Conjuncts(Expression condition) =>
        condition is BinaryExpression { NodeType: ExpressionType.AndAlso } both ? Conjuncts(both.Left).Concat(Conjuncts(both.Right)) : [condition];

    public override Expression? Visit(Expression? node) => node is ColumnExpression column ? _columns.GetValueOrDefault(column.Column, column) : base.Visit(node);

    // A text is shown cut; what is cut off still counts.
    protected override Expression VisitConstant(ConstantExpression node) => node.Value switch
    {
        string text when text.Length > LongestText - 10 => Expression.Parameter(node.Type, $"\"{text[..20]}…\"#{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)).AsSpan(0, 8))}"),
        Array items when items.Length > 5 && items.GetType().GetElementType() is { } element && (element.IsPrimitive || element == typeof(string)) =>
            Expression.Parameter(node.Type, $"[{items.Length} values]#{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(string.Join('\n', items.Cast<object?>()))).AsSpan(0, 8))}"),
        _ => node,
    };

    // The names of a lambda's parameters say nothing.
    protected override Expression VisitLambda<T>(Expression<T> node)
    {
        foreach (var parameter in node.Parameters) _parameters[parameter] = Expression.Parameter(parameter.Type, $"p{_parameters.Count + 1}");
        var body = Resolve(node.Body);
        var parameters = node.Parameters.Select(p => _parameters[p]).ToList();
        foreach (var parameter in node.Parameters) _parameters.Remove(parameter);
        return Expression.Lambda(node.Type, body, parameters);
    }

    protected override Expression VisitParameter(ParameterExpression node) => _parameters.GetValueOrDefault(node, node);
}
