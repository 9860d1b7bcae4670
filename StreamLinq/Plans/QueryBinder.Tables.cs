// Binds what makes tables of streams, streams of tables, and the first rows of a table.
using System.Linq.Expressions;

namespace StreamLinq;

internal sealed partial class QueryBinder
{
    // What the parts of a key are computed from, where they are no columns of the row: a row that shows the same value shows the key.
    private readonly Dictionary<PlanColumn, Expression> _keyValues = [];

    private BoundQuery LatestBy(MethodCallExpression call, BoundQuery source)
    {
        RequireRow(call, source.Row);
        return Latest(call, source.Node, source.Row, Lambda(call, 1), TimeOf(call, source), null);
    }

    // A change is taken apart: its row is what the table keeps, its kind says whether the row is there.
    private BoundQuery ToTable(MethodCallExpression call, BoundQuery source)
    {
        RequireRow(call, source.Row);
        var change = Expression.Property(source.Row, nameof(Change<>.Row));
        var kind = Expression.Property(source.Row, nameof(Change<>.Kind));
        var row = Column("row", change.Type);
        var isThere = Column("isThere", typeof(bool));
        var time = TimeOf(call, source);
        var taken = new LogicalProject(
            source.Node,
            [.. time is null ? [] : new[] { new PlanAssignment(time, time.Reference) }, new PlanAssignment(row, change), new PlanAssignment(isThere, Expression.NotEqual(kind, Expression.Constant(ChangeKind.Delete)))],
            Origin(call));
        return Latest(call, taken, row.Reference, Lambda(call, 1), time, isThere.Reference);
    }

    private BoundQuery Latest(MethodCallExpression call, LogicalNode node, Expression row, LambdaExpression lambda, PlanColumn? time, Expression? isThere)
    {
        var shape = Rewrite(call, lambda, row);
        RequireRow(call, shape);
        var parts = new List<PlanAssignment>();
        Key(call, shape, KeyName(lambda.Body), parts);
        PlanAssignment[] keys = [.. parts.Select(p => p.Value is ColumnExpression { Column: var known } ? new PlanAssignment(known, p.Value) : p).DistinctBy(p => p.Column)];
        foreach (var key in keys.Where(k => k.Value is not ColumnExpression)) _keyValues[key.Column] = key.Value;
        var latest = new LogicalLatest(node, keys, [.. ColumnFinder.In(row)], time, isThere, null, Origin(call));
        return new BoundQuery(latest, row, [.. keys.Where(k => k.Value is not ConstantExpression).Select(k => k.Column)], [], false);
    }

    private static PlanColumn? TimeOf(MethodCallExpression call, BoundQuery source) =>
        call.Method.GetParameters()[0].ParameterType.GetGenericArguments()[1] == typeof(EventTime) ? source.Time : null;

    private static BoundQuery Unbounded(MethodCallExpression call, BoundQuery source)
    {
        RequireRow(call, source.Row);
        return new BoundQuery(new LogicalUnbounded(source.Node, [.. ColumnFinder.In(source.Row)], Origin(call)), source.Row, null, [], false);
    }

    private BoundQuery ToChanges(MethodCallExpression call, BoundQuery source)
    {
        RequireRow(call, source.Row);
        var result = Column("change", typeof(Change<>).MakeGenericType(source.Row.Type));
        return new BoundQuery(new LogicalChanges(source.Node, source.Row, result, Origin(call)), result.Reference, null, [], false);
    }

    // The first rows of a table are those of a group of all rows: an aggregate that holds them, and a flatten over it. Behind it rows have their columns and their key again, and stand in the order of their places.
    private BoundQuery Take(MethodCallExpression call, BoundQuery source)
    {
        RequireRow(call, source.Row);
        if (source.Order.Count == 0) throw Errors.NotYet(call, "Take of tables that were ordered before they were merged");
        var count = (int)Captures.Value(call.Arguments[1])!;
        PlanColumn[] columns = [.. ColumnFinder.In(source.Row).Concat(source.Key ?? []).Distinct()];
        var scope = new GroupScope(source.Node, [new PlanAssignment(Column("all", typeof(int)), Expression.Constant(0))], Expression.Constant(0), RowTuple.Make([.. columns.Select(c => c.Reference)]), Origin(call));
        var first = GroupPart.All with { Ordering = [.. source.Order.Select(o => new RowOrdering(o.Column.Reference, o.Descending))], Limit = count };
        var rows = scope.Ask(() => Column("rows", scope.Element.Type.MakeArrayType()), AggregateFunction.Rows, scope.Element, first, null);
        var element = Column("item", scope.Element.Type);
        var rank = Column("rank", typeof(int));
        var flat = new LogicalFlatten(new PendingAggregate(scope), Expression.Convert(rows, typeof(IEnumerable<>).MakeGenericType(element.Type)), element, rank, Origin(call)) { KeepsKeys = true };
        var fresh = new Dictionary<PlanColumn, PlanColumn>();
        var renaming = new Renaming(this, fresh);
        PlanAssignment[] assignments = [.. columns.Select((c, i) => new PlanAssignment(((ColumnExpression)renaming.Visit(c.Reference)).Column, RowTuple.Get(element.Reference, i, columns.Length)))];
        KnowAgain(fresh);
        var node = new LogicalProject(flat, [.. assignments, new PlanAssignment(rank, rank.Reference)], Origin(call));
        return new BoundQuery(node, renaming.Visit(source.Row), source.Key?.Select(k => fresh[k]).ToList(), [new PlanOrdering(rank, false)], false) { IsCut = true };
    }

    // The key of a join of tables. A side of which a row of the other side has one partner at most adds nothing to it; neither do partners that are not shown.
    private List<PlanColumn>? JoinedKey(JoinKind kind, IReadOnlyList<JoinKey> keys, IReadOnlyList<PlanColumn>? left, IReadOnlyList<PlanColumn>? right, Func<PlanColumn, PlanColumn> renamed)
    {
        if (kind is JoinKind.Semi or JoinKind.Anti) return left?.ToList();
        // Rows without a match of either side would be told apart by defaults.
        if (left is null || right is null || kind == JoinKind.Full) return null;
        if (kind is JoinKind.Inner or JoinKind.Left && right.All(c => keys.Any(k => IsKeyPart(k.Right, c)))) return [.. left];
        if (kind is JoinKind.Inner or JoinKind.Right && left.All(c => keys.Any(k => IsKeyPart(k.Left, c)))) return [.. right.Select(renamed)];
        return [.. left, .. right.Select(renamed)];
    }

    // What is known of columns is known of them under their new identities too, as far as all that it speaks of has one.
    private void KnowAgain(Dictionary<PlanColumn, PlanColumn> fresh)
    {
        var renaming = new Renaming(this, fresh);
        foreach (var (column, renamed) in fresh.ToList())
        {
            if (_keyValues.TryGetValue(column, out var value) && IsRenamed(value)) _keyValues[renamed] = renaming.Visit(value);
            if (_members.TryGetValue(column, out var members)) _members[renamed] = [.. members.Where(m => IsRenamed(m.Value)).Select(m => (m.Member, renaming.Visit(m.Value)))];
            if (_windowEnds.TryGetValue(column, out var end) && fresh.TryGetValue(end.Window, out var window)) _windowEnds[renamed] = (window, end.Member);
        }

        bool IsRenamed(Expression value) => ColumnFinder.In(value).All(fresh.ContainsKey);
    }

    private bool IsKeyPart(Expression value, PlanColumn column) =>
        (value is ColumnExpression reference && reference.Column == column) || (_keyValues.TryGetValue(column, out var of) && ExpressionEquality.Same(of, value));
}

/// <summary>The place of the frames of a group's rows while what is asked of them is still growing.</summary>
internal sealed class PendingFrames(GroupScope scope, int preceding, TimeSpan? within, Expression? time) : LogicalNode([scope.Input], scope.Input.Columns, scope.Origin)
{
    public override bool IsChanging => Inputs[0].IsChanging;

    public override TResult Accept<TResult>(LogicalVisitor<TResult> visitor) => throw new InvalidOperationException("Frames are visited before they were bound.");

    public override LogicalNode WithInputs(IReadOnlyList<LogicalNode> inputs) => ((LogicalFlatten)inputs[0]).WithFrame(new RowFrame(preceding, within, time, scope.Aggregates));
}
