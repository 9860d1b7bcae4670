// Turns a query's expression tree into a logical plan: what each operator means, over columns. Illegal queries end here, with a code.
// Transparent identifiers, let and projections disappear into the row's shape, so every expression of the plan speaks of columns only.
using System.Linq.Expressions;

namespace StreamLinq;

/// <summary>Binds the queries of one run; sources and names are shared between them. Not thread-safe.</summary>
internal sealed partial class QueryBinder
{
    private readonly Dictionary<object, LogicalSource> _sources = new(ReferenceEqualityComparer.Instance);
    private readonly HashSet<string> _sourceNames = new(StringComparer.Ordinal);
    private readonly Dictionary<string, int> _names = new(StringComparer.Ordinal);
    private readonly QueryEquality _equality = new();
    private readonly Dictionary<Expression, BoundQuery> _bound;
    private readonly Dictionary<LogicalNode, LogicalNode> _completed = new(ReferenceEqualityComparer.Instance);
    private readonly Dictionary<LogicalNode, GroupScope[]> _carried = new(ReferenceEqualityComparer.Instance);
    private readonly Dictionary<PlanColumn, IReadOnlyList<(string Member, Expression Value)>> _members = [];
    private readonly Dictionary<PlanColumn, PlanWindow> _windows = [];
    private readonly Dictionary<PlanColumn, (PlanColumn Window, string Member)> _windowEnds = [];

    internal QueryBinder() => _bound = new(_equality);

    /// <summary>The plans of queries that run together: what they have in common is one part of them.</summary>
    internal IReadOnlyList<LogicalPlan> Bind(params IReadOnlyList<IStreamQueryable> queries)
    {
        var bound = queries.Select(BindResult).ToList();
        // Only now is all known that is asked of a group.
        return bound.ConvertAll(Plan);
    }

    private BoundQuery BindResult(IStreamQueryable query)
    {
        _equality.Learn(query.Expression);
        var bound = BindQuery(query.Expression);
        return GroupFinder.In(bound.Row) ? throw Errors.GroupEscapes(query.Expression, "the query's result") : bound;
    }

    private LogicalPlan Plan(BoundQuery bound)
    {
        var members = bound.Key is null ? null : KeyMembers(bound.Key, bound.Row);
        var root = Complete(bound.Node);
        if (bound.Order.Count > 0) root = new LogicalOrder(root, bound.Order, "OrderBy") { IsCut = bound.IsCut };
        return new LogicalPlan(root, bound.Row, bound.Key, members);
    }

    // A query that is used twice, or written twice, is one part of the plan, and runs once.
    private BoundQuery BindQuery(Expression expression) => _bound.TryGetValue(expression, out var bound) ? bound : _bound[expression] = BindAnew(expression);

    private BoundQuery BindAnew(Expression expression)
    {
        switch (expression)
        {
            case StreamRootExpression root:
                var source = Source(root);
                return new BoundQuery(source, source.Columns[0].Reference, null, [], false);
            case MethodCallExpression { Method.DeclaringType: { } type } call when type == typeof(StreamQueryable):
                return BindOperator(call);
            case ConstantExpression { Value: IStreamQueryable query } when query.Expression != expression:
                return BindQuery(query.Expression);
            default:
                throw Errors.UnknownOperator(expression);
        }
    }

    private BoundQuery BindOperator(MethodCallExpression call)
    {
        var name = call.Method.Name;
        switch (name)
        {
            case nameof(StreamQueryable.Where): return Where(call, BindQuery(call.Arguments[0]));
            case nameof(StreamQueryable.Select): return Select(call, BindQuery(call.Arguments[0]), Lambda(call, 1));
            case nameof(StreamQueryable.SelectMany): return SelectMany(call, BindQuery(call.Arguments[0]));
            case nameof(StreamQueryable.Merge): return Merge(call, BindQuery(call.Arguments[0]), BindQuery(call.Arguments[1]));
            case nameof(StreamQueryable.GroupBy): return GroupBy(call, BindQuery(call.Arguments[0]));
            case nameof(StreamQueryable.Distinct): return Distinct(call, BindQuery(call.Arguments[0]), null);
            case nameof(StreamQueryable.DistinctBy): return Distinct(call, BindQuery(call.Arguments[0]), Lambda(call, 1));
            case nameof(StreamQueryable.WithEventTime): return WithEventTime(call, BindQuery(call.Arguments[0]));
            case nameof(StreamQueryable.WithProcessingTime): return WithProcessingTime(call, BindQuery(call.Arguments[0]));
            case nameof(StreamQueryable.Window): return Window(call, BindQuery(call.Arguments[0]));
            case nameof(StreamQueryable.SessionWindow): return SessionWindow(call, BindQuery(call.Arguments[0]));
            case nameof(StreamQueryable.GracePeriod): return InWindow(BindQuery(call.Arguments[0]), w => w with { Grace = (TimeSpan)Captures.Value(call.Arguments[1])! });
            case nameof(StreamQueryable.EmitOnUpdate): return InWindow(BindQuery(call.Arguments[0]), w => w with { EmitsUpdates = true });
            case nameof(StreamQueryable.LateRows): return LateRows(call, BindQuery(call.Arguments[0]));
            case nameof(StreamQueryable.Join) or nameof(StreamQueryable.LeftJoin) or nameof(StreamQueryable.RightJoin) or nameof(StreamQueryable.FullJoin) or nameof(StreamQueryable.SemiJoin) or nameof(StreamQueryable.AntiJoin):
                return Join(call);
            case nameof(StreamQueryable.SelectAsync): return SelectAsync(call, BindQuery(call.Arguments[0]));
            case nameof(StreamQueryable.Process): return Process(call, BindQuery(call.Arguments[0]));
            case nameof(StreamQueryable.Named): return Named(BindQuery(call.Arguments[0]), (string)Captures.Value(call.Arguments[1])!);
            case nameof(StreamQueryable.LatestBy): return LatestBy(call, BindQuery(call.Arguments[0]));
            case nameof(StreamQueryable.ToTable): return ToTable(call, BindQuery(call.Arguments[0]));
            case nameof(StreamQueryable.ToChanges): return ToChanges(call, BindQuery(call.Arguments[0]));
            case nameof(StreamQueryable.Unbounded): return Unbounded(call, BindQuery(call.Arguments[0]));
            case nameof(StreamQueryable.Take): return Take(call, BindQuery(call.Arguments[0]));
            case nameof(StreamQueryable.OrderBy) or nameof(StreamQueryable.OrderByDescending): return OrderBy(call, BindQuery(call.Arguments[0]), first: true);
            case nameof(StreamQueryable.ThenBy) or nameof(StreamQueryable.ThenByDescending): return OrderBy(call, BindQuery(call.Arguments[0]), first: false);
            default: throw Errors.NotYet(call, name);
        }
    }

    private LogicalSource Source(StreamRootExpression root)
    {
        if (_sources.TryGetValue(root.Source, out var known) && (root.Name is null || root.Name == known.Name)) return known;
        var name = root.Name ?? $"source-{_sources.Count + 1}";
        if (!_sourceNames.Add(name)) throw Errors.NameTwice(root, name);
        return _sources[root.Source] = new LogicalSource(name, root, Column(Decapitalized(root.RowType.IsPrimitive || root.RowType == typeof(string) ? "value" : "row"), root.RowType));
    }

    private BoundQuery Where(MethodCallExpression call, BoundQuery source) =>
        source with { Node = new LogicalFilter(source.Node, Rewrite(call, Lambda(call, 1), source.Row), Origin(call)), OrderIsOpen = false };

    private BoundQuery Select(MethodCallExpression call, BoundQuery source, LambdaExpression selector) =>
        Project(call, source, Rewrite(call, selector, source.Row), selector);

    private BoundQuery SelectMany(MethodCallExpression call, BoundQuery source)
    {
        if (call.Method.GetParameters()[1].ParameterType.GenericTypeArguments[0].GenericTypeArguments[1].GetGenericTypeDefinition() == typeof(IGroupRows<>))
            return RowsOfGroup(call, source);
        var collection = Lambda(call, 1);
        var elementType = call.Method.GetGenericArguments()[2];
        var result = call.Arguments.Count > 2 ? Lambda(call, 2) : null;
        var element = Column(result?.Parameters[1].Name ?? "item", elementType);
        var flat = new LogicalFlatten(source.Node, Rewrite(call, collection, source.Row), element, null, Origin(call));
        var bound = source with { Node = flat, Key = null, OrderIsOpen = false };
        return result is null
            ? bound with { Row = element.Reference }
            : Project(call, bound, new RowRewriter(this, call).With(result.Parameters[0], source.Row).With(result.Parameters[1], element.Reference).Visit(result.Body), result);
    }

    private BoundQuery Merge(MethodCallExpression call, BoundQuery first, BoundQuery second)
    {
        RequireRow(call, first.Row);
        RequireRow(call, second.Row);
        var parts = new List<(Expression First, Expression Second)>();
        var shape = Align(first.Row, second.Row, parts, out var columns);
        var time = Joined(first.Time, second.Time, parts, columns);
        var window = MergedWindow(call, first.Window, second.Window, time, parts, columns);
        var sides = new[] { Assign(first.Node, parts.Select(p => p.First)), Assign(second.Node, parts.Select(p => p.Second)) };
        var node = new LogicalMerge([sides[0].Node, sides[1].Node], columns, [sides[0].Columns, sides[1].Columns], Origin(call));
        return new BoundQuery(node, shape, null, [], false) { Time = time, Window = window };

        (LogicalNode Node, IReadOnlyList<PlanColumn> Columns) Assign(LogicalNode node, IEnumerable<Expression> values)
        {
            PlanAssignment[] assignments = [.. values.Zip(columns, (v, c) => v is ColumnExpression known ? new PlanAssignment(known.Column, v) : new PlanAssignment(Column(c.Name, c.Type), v))];
            PlanColumn[] outputs = [.. assignments.Select(a => a.Column)];
            if (Array.TrueForAll(assignments, a => a.Value is ColumnExpression)) return (node, outputs);
            return (Carry(new LogicalProject(node, [.. assignments.DistinctBy(a => a.Column)], Origin(call)), []), outputs);
        }
    }

    // Two rows of one type: taken apart alike where both are made alike, else as whole objects.
    private Expression Align(Expression first, Expression second, List<(Expression, Expression)> parts, out List<PlanColumn> columns)
    {
        var made = columns = [];
        return Part(first, second, "row");

        Expression Part(Expression a, Expression b, string name)
        {
            if (RowShape.TryTakeApart(a, out var left) && RowShape.TryTakeApart(b, out var right) && left.Count == right.Count && a.Type == b.Type)
                return RowShape.PutTogether(a, [.. left.Zip(right, (l, r) => Part(l.Value, r.Value, l.Member))]);
            parts.Add((a, b));
            var column = Column(Decapitalized(name), a.Type);
            made.Add(column);
            return column.Reference;
        }
    }

    private BoundQuery GroupBy(MethodCallExpression call, BoundQuery source)
    {
        var keyLambda = Lambda(call, 1);
        var keyValue = Rewrite(call, keyLambda, source.Row);
        RequireRow(call, keyValue);
        var keys = new List<PlanAssignment>();
        var keyShape = Key(call, keyValue, KeyName(keyLambda.Body), keys);
        var element = call.Arguments.Count > 2 ? Rewrite(call, Lambda(call, 2), source.Row) : source.Row;
        RequireRow(call, element);
        var window = source.Window is null ? null : new GroupWindow(source.Window, Column("window", typeof(Window)), Column("time", typeof(DateTimeOffset)));
        if (window is not null) _windows[window.Column] = window.Of;
        var scope = new GroupScope(source.Node, keys, keyShape, element, Origin(call)) { Window = window, Time = source.Time };
        var group = new GroupExpression(scope, GroupPart.All, call.Method.ReturnType.GenericTypeArguments[0]);
        // A constant tells no rows apart: group x by 0 is a table of one row, and has a key without columns.
        IReadOnlyList<PlanColumn> key = [.. keys.Where(k => k.Value is not ConstantExpression).Select(k => k.Column), .. window is null ? [] : new[] { window.Column }];
        var node = new PendingAggregate(scope);
        return new BoundQuery(node, group, node.IsChanging ? key : null, [], false) { Time = node.IsChanging ? null : window!.Time };
    }

    private BoundQuery Distinct(MethodCallExpression call, BoundQuery source, LambdaExpression? key)
    {
        RequireRow(call, source.Row);
        if (key is null && source.Node.IsChanging)
        {
            // A table without duplicates is a group by the whole row of which nothing is asked.
            var keys = new List<PlanAssignment>();
            var row = Key(call, source.Row, "row", keys);
            var scope = new GroupScope(source.Node, keys, row, row, Origin(call)) { Time = source.Time };
            return new BoundQuery(new PendingAggregate(scope), row, [.. keys.Select(k => k.Column)], [], false);
        }

        var shape = key is null ? source.Row : Rewrite(call, key, source.Row);
        RequireRow(call, shape);
        var parts = new List<PlanAssignment>();
        Key(call, shape, "key", parts);
        Expression[] values = [.. parts.Select(p => p.Value)];
        var within = call.Arguments.Count > 2 ? (TimeSpan?)Captures.Value(call.Arguments[2]) : null;
        // A key that holds the row's own time is never asked for again once that time has passed.
        var isTimed = within is not null || (source.Time is not null && Array.Exists(values, v => HoldsTime(source.Node, v)));
        return source with { Node = new LogicalDistinct(source.Node, values, isTimed ? source.Time : null, within ?? TimeSpan.Zero, null, Origin(call)) };
    }

    private BoundQuery OrderBy(MethodCallExpression call, BoundQuery source, bool first)
    {
        if (!first && !source.OrderIsOpen) throw Errors.ThenByApart(call);
        var lambda = Lambda(call, 1);
        var value = Rewrite(call, lambda, source.Row);
        RequireRow(call, value);
        var node = source.Node;
        if (value is not ColumnExpression { Column: var column })
        {
            column = Column("order", value.Type);
            node = Carry(new LogicalProject(node, [.. Pass(node), new PlanAssignment(column, value)], Origin(call)), [.. Carriers(source.Row)]);
        }

        var ordering = new PlanOrdering(column, call.Method.Name.EndsWith("Descending", StringComparison.Ordinal));
        return source with { Node = node, Order = first ? [ordering] : [.. source.Order, ordering], OrderIsOpen = true, IsCut = false };
    }

    private static IEnumerable<PlanAssignment> Pass(LogicalNode node) => node.Columns.Select(c => new PlanAssignment(c, c.Reference));

    private BoundQuery Named(BoundQuery source, string name) => source with { Node = Rename(source.Node, name) };

    private LogicalNode Rename(LogicalNode node, string name)
    {
        switch (node)
        {
            case PendingAggregate pending:
                pending.Scope.Name = name;
                return node;
            case LogicalDistinct distinct:
                return distinct.WithName(name);
            case LogicalProcess process:
                return process.WithName(name);
            case LogicalCall asked:
                return asked.WithName(name);
            case LogicalJoin join:
                return join.WithName(name);
            case LogicalLatest latest:
                return latest.WithName(name);
            case { Inputs.Count: 1 }:
                var input = Rename(node.Inputs[0], name);
                if (ReferenceEquals(input, node.Inputs[0])) return node;
                var renamed = node.WithInputs([input]);
                return _carried.TryGetValue(node, out var scopes) ? Carry(renamed, scopes) : renamed;
            default:
                return node;
        }
    }

    /// <summary>A Select: parts that are already columns stay what they are, the others become columns, computed once.</summary>
    private BoundQuery Project(MethodCallExpression call, BoundQuery source, Expression shape, LambdaExpression lambda)
    {
        var computed = new List<PlanAssignment>();
        var row = Part(shape, lambda.Body is ParameterExpression or NewExpression ? "row" : KeyName(lambda.Body));
        if (computed.Count == 0) return source with { Row = row, OrderIsOpen = false };
        var kept = ColumnFinder.In(row).Concat(source.Kept).Where(c => computed.All(a => a.Column != c)).Distinct();
        var node = new LogicalProject(source.Node, [.. kept.Select(c => new PlanAssignment(c, c.Reference)), .. computed], Origin(call));
        return source with { Node = Carry(node, [.. Carriers(row)]), Row = row, OrderIsOpen = false };

        Expression Part(Expression part, string name)
        {
            if (part is ColumnExpression or ConstantExpression or GroupExpression) return part;
            if (RowShape.TryTakeApart(part, out var parts)) return RowShape.PutTogether(part, [.. parts.Select(p => Part(p.Value, p.Member))]);
            RequireRow(call, part);
            if (source.Key?.FirstOrDefault(k => IsKeyPart(part, k)) is { } key) return key.Reference;
            var column = Column(Decapitalized(name), part.Type);
            if (part is MemberExpression { Expression: ColumnExpression { Column: var whole } } member && whole.Type == typeof(Window)) _windowEnds[column] = (whole, member.Member.Name);
            if (RowShape.MembersByConvention(part) is { Count: > 0 } members) _members[column] = members;
            computed.Add(new PlanAssignment(column, part));
            return column.Reference;
        }
    }

    private LogicalNode Carry(LogicalNode node, GroupScope[] scopes)
    {
        if (scopes.Length > 0) _carried[node] = scopes;
        return node;
    }

    private static IEnumerable<GroupScope> Carriers(Expression row) => GroupFinder.All(row).Select(g => g.Scope).Distinct();

    // Last step: groups know all that was asked of them, so their nodes can be made, and what lies above gets their columns.
    private LogicalNode Complete(LogicalNode node)
    {
        if (node.Inputs.Count == 0) return node;
        if (_completed.TryGetValue(node, out var known)) return known;
        var completed = node.WithInputs([.. node.Inputs.Select(Complete)]);
        if (_carried.TryGetValue(node, out var scopes) && completed is LogicalProject project)
        {
            var asked = scopes.SelectMany(s => s.Keys.Select(k => k.Column).Concat(s.Window?.Columns ?? []).Concat(s.Aggregates.Select(a => a.Column)));
            completed = new LogicalProject(project.Inputs[0], [.. asked.Where(c => !project.Columns.Contains(c)).Select(c => new PlanAssignment(c, c.Reference)), .. project.Assignments], project.Origin);
        }

        return _completed[node] = completed;
    }

    private Expression Rewrite(MethodCallExpression call, LambdaExpression lambda, Expression row) => new RowRewriter(this, call).With(lambda.Parameters[0], row).Visit(lambda.Body);

    private static LambdaExpression Lambda(MethodCallExpression call, int index) =>
        call.Arguments[index] is UnaryExpression { NodeType: ExpressionType.Quote, Operand: LambdaExpression lambda } ? lambda
        : Captures.Value(call.Arguments[index]) as LambdaExpression ?? throw Errors.UnknownOperator(call);

    private static void RequireRow(MethodCallExpression call, Expression value)
    {
        if (GroupFinder.In(value)) throw Errors.GroupEscapes(call, ExpressionText.OfOperator(call));
    }

    private static string Origin(MethodCallExpression call) => ExpressionText.OfOperator(call);

    /// <summary>A column under a name that no other column of this run's plans has.</summary>
    internal PlanColumn Column(string name, Type type)
    {
        var taken = _names.TryGetValue(name, out var count);
        _names[name] = count + 1;
        return new PlanColumn(taken ? $"{name}#{count + 1}" : name, type);
    }

    private static string Decapitalized(string name) => name.Length > 0 ? char.ToLowerInvariant(name[0]) + name[1..] : name;
}
