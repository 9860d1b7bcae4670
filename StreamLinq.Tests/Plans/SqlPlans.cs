// Another provider, as far as a test needs one: prints logical plans as SQL, by the public visitor alone. It shows that the plan is enough to translate from.
using System.Linq.Expressions;

namespace StreamLinq.Tests.Plans;

internal sealed class SqlPlans : LogicalVisitor<string>
{
    private int _aliases;

    internal static string Of(IStreamQueryable query)
    {
        var plan = LogicalPlan.Bind(query);
        var printer = new SqlPlans();
        var from = printer.Visit(plan.Root);
        var columns = plan.Row is NewExpression { Members: { } members } row
            ? string.Join(", ", members.Zip(row.Arguments, (m, a) => $"{Text(a)} AS {m.Name}"))
            : Text(plan.Row);
        var order = plan.Root is LogicalOrder ordered ? " ORDER BY " + string.Join(", ", ordered.Orderings.Select(o => Name(o.Column) + (o.Descending ? " DESC" : ""))) : "";
        return $"SELECT {columns} FROM {from}{order}";
    }

    public override string VisitSource(LogicalSource node) => node.Name;

    public override string VisitFilter(LogicalFilter node) => Nested($"SELECT * FROM {Visit(node.Inputs[0])} WHERE {Text(node.Condition)}");

    public override string VisitProject(LogicalProject node) =>
        Nested($"SELECT {string.Join(", ", node.Assignments.Select(a => Assigned(a.Column, a.Value)))} FROM {Visit(node.Inputs[0])}");

    public override string VisitFlatten(LogicalFlatten node) => $"{Visit(node.Inputs[0])} CROSS JOIN UNNEST({Text(node.Collection)}) AS {(node.Index is null ? $"u({Name(node.Element)})" : $"{Name(node.Element)} WITH OFFSET AS {Name(node.Index)}")}";

    public override string VisitMerge(LogicalMerge node) => Nested(string.Join(" UNION ALL ", node.Inputs.Select((input, i) =>
        $"SELECT {string.Join(", ", node.Sources[i].Select((c, n) => $"{Name(c)} AS {Name(node.Columns[n])}"))} FROM {Visit(input)}")));

    public override string VisitAggregate(LogicalAggregate node)
    {
        var aggregates = node.Aggregates.Select(a => $"{Function(a)}{(a.Filter is null ? "" : $" FILTER (WHERE {Text(a.Filter)})")} AS {Name(a.Column)}");
        var window = node.Window is { } w ? new[] { $"{w.Of} AS {Name(w.Column)}" } : [];
        var columns = node.Keys.Select(k => Assigned(k.Column, k.Value)).Concat(window).Concat(aggregates);
        return Nested($"SELECT {string.Join(", ", columns)} FROM {Visit(node.Inputs[0])} GROUP BY {string.Join(", ", node.Keys.Select(k => Text(k.Value)))}");
    }

    public override string VisitEventTime(LogicalEventTime node) =>
        Nested($"SELECT *, {(node.Time is null ? "PROCTIME()" : Text(node.Time))} AS {Name(node.Column)} FROM {Visit(node.Inputs[0])}");

    public override string VisitLateRows(LogicalLateRows node) => Nested($"SELECT * FROM {Visit(node.Inputs[0])} WHERE LATE({node.Window})");

    public override string VisitDistinct(LogicalDistinct node) => Nested($"SELECT DISTINCT ON ({string.Join(", ", node.Keys.Select(Text))}) * FROM {Visit(node.Inputs[0])}");

    public override string VisitProcess(LogicalProcess node) => throw new NotSupportedException("Code of the user's has no SQL.");

    public override string VisitJoin(LogicalJoin node)
    {
        var (left, right) = ($"l{++_aliases}", $"r{_aliases}");
        var columns = node.LeftColumns.Select(c => $"{left}.{Name(c)}").Concat(node.RightColumns.Select(c => $"{right}.{Name(((ColumnExpression)c.Value).Column)} AS {Name(c.Column)}"));
        var keys = node.Keys.Select(k => $"{left}.{Text(k.Left)} = {right}.{Text(k.Right)}");
        var bound = node.Interval is { } i
            ? [$"{right}.{Name(i.Right)} BETWEEN {left}.{Name(i.Left)} - INTERVAL '{i.Before}' AND {left}.{Name(i.Left)} + INTERVAL '{i.After}'"]
            : node.Windows is { } w ? new[] { $"WINDOW({left}, {w.Left}) = WINDOW({right}, {w.Right})" } : [];
        var condition = node.Condition is null ? [] : new[] { Text(node.Condition) };
        return Nested($"SELECT {string.Join(", ", columns)} FROM {Visit(node.Inputs[0])} {left} {node.Kind.ToString().ToUpperInvariant()} JOIN {Visit(node.Inputs[1])} {right} ON {string.Join(" AND ", [.. keys, .. bound, .. condition])}");
    }

    public override string VisitLatest(LogicalLatest node) => throw new NotSupportedException("The latest row of each key is not translated.");

    public override string VisitUnbounded(LogicalUnbounded node) => Visit(node.Inputs[0]);

    public override string VisitCall(LogicalCall node) => throw new NotSupportedException("Calls elsewhere have no SQL.");

    public override string VisitChanges(LogicalChanges node) => throw new NotSupportedException("Changes have no SQL.");

    public override string VisitOrder(LogicalOrder node) => Visit(node.Inputs[0]);

    private string Nested(string select) => $"({select}) t{++_aliases}";

    private static string Function(AggregateCall call) => call.Function switch
    {
        AggregateFunction.Rows or AggregateFunction.First or AggregateFunction.Last => $"{(call.Function == AggregateFunction.Rows ? "ARRAY_AGG" : call.Function.ToString().ToUpperInvariant())}({Text(call.Argument!)}{OrderOf(call)})",
        AggregateFunction.Count => "COUNT(*)",
        AggregateFunction.CountDistinct => $"COUNT(DISTINCT {Text(call.Argument!)})",
        AggregateFunction.Average => $"AVG({Text(call.Argument!)})",
        var other => $"{other.ToString().ToUpperInvariant()}({Text(call.Argument!)})",
    };

    // As GoogleSQL has it; ties have no word there.
    private static string OrderOf(AggregateCall call) =>
        (call.Ordering.Count == 0 ? "" : " ORDER BY " + string.Join(", ", call.Ordering.Select(o => Text(o.Value) + (o.Descending ? " DESC" : "")))) + (call.Limit is null ? "" : $" LIMIT {call.Limit}{(call.WithTies ? " WITH TIES" : "")}");

    private static string Assigned(PlanColumn column, Expression value) => Text(value) == Name(column) ? Name(column) : $"{Text(value)} AS {Name(column)}";

    private static string Name(PlanColumn column) => column.Name.Replace("#", "_", StringComparison.Ordinal);

    private static string Text(Expression expression) => expression switch
    {
        ColumnExpression column => Name(column.Column),
        MemberExpression { Expression: ColumnExpression { Column.Name: "row" } } member => member.Member.Name,
        MemberExpression { Expression: ColumnExpression row } member when row.Type.IsClass && row.Type != typeof(string) => $"{Name(row.Column)}.{member.Member.Name}",
        MemberExpression { Member.Name: "Length", Expression: { } text } when text.Type == typeof(string) => $"CHAR_LENGTH({Text(text)})",
        ConstantExpression { Value: string s } => $"'{s.Replace("'", "''", StringComparison.Ordinal)}'",
        ConstantExpression { Value: null } => "NULL",
        ConstantExpression constant => constant.Value!.ToString()!,
        BinaryExpression { NodeType: ExpressionType.Equal, Right: ConstantExpression { Value: null } } test => $"{Text(test.Left)} IS NULL",
        BinaryExpression { NodeType: ExpressionType.NotEqual, Right: ConstantExpression { Value: null } } test => $"{Text(test.Left)} IS NOT NULL",
        BinaryExpression binary => $"({Text(binary.Left)} {Operator(binary.NodeType)} {Text(binary.Right)})",
        UnaryExpression { NodeType: ExpressionType.Not } not => $"NOT {Text(not.Operand)}",
        UnaryExpression { NodeType: ExpressionType.Negate } minus => $"-{Text(minus.Operand)}",
        UnaryExpression { NodeType: ExpressionType.Convert } convert => Text(convert.Operand),
        MethodCallExpression { Method.Name: "Split" } split => $"SPLIT({Text(split.Object!)}, '{((ConstantExpression)split.Arguments[0]).Value}')",
        _ => throw new NotSupportedException($"{expression} has no SQL."),
    };

    private static string Operator(ExpressionType type) => type switch
    {
        ExpressionType.AndAlso => "AND",
        ExpressionType.OrElse => "OR",
        ExpressionType.Equal => "=",
        ExpressionType.NotEqual => "<>",
        ExpressionType.GreaterThan => ">",
        ExpressionType.GreaterThanOrEqual => ">=",
        ExpressionType.LessThan => "<",
        ExpressionType.LessThanOrEqual => "<=",
        ExpressionType.Add => "+",
        ExpressionType.Subtract => "-",
        ExpressionType.Multiply => "*",
        ExpressionType.Divide => "/",
        ExpressionType.Modulo => "%",
        _ => throw new NotSupportedException($"{type} has no SQL."),
    };
}
