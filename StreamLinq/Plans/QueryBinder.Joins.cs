// Binds joins of two streams. A side whose rows may be missing is one object, so that the query can ask whether it is null; the others stay columns.
using System.Linq.Expressions;

namespace StreamLinq;

internal sealed partial class QueryBinder
{
    private BoundQuery Join(MethodCallExpression call)
    {
        var form = call.Method.GetParameters()[1].ParameterType.GetGenericTypeDefinition();
        if (form == typeof(IEnumerable<>)) return JoinStatic(call);
        if (form == typeof(IAsOfSide<>)) return JoinAsOf(call);
        if (call.Arguments[1] is MethodCallExpression side && side.Method.DeclaringType == typeof(Lookup)) return JoinLookup(call, side);
        var left = BindQuery(call.Arguments[0]);
        var (right, interval) = RightSide(call);
        RequireRow(call, left.Row);
        RequireRow(call, right.Row);
        var isSnapshot = form == typeof(ILookupSide<>);
        if (isSnapshot && left.Node.IsChanging) throw Errors.NotYet(call, $"{call.Method.Name} of a table with Snapshot");
        var kind = Enum.Parse<JoinKind>(call.Method.Name == nameof(StreamQueryable.Join) ? nameof(JoinKind.Inner) : call.Method.Name[..^nameof(StreamQueryable.Join).Length]);
        var keys = new List<JoinKey>();
        var nullsMatch = KeyParts(call, Rewrite(call, Lambda(call, 2), left.Row), Rewrite(call, Lambda(call, 3), right.Row), keys);
        var windows = interval is null && left.Window is not null && !isSnapshot ? SameWindows(call, left.Window, right.Window!) : null;
        var isPaired = kind is not (JoinKind.Semi or JoinKind.Anti);
        var result = isPaired ? Lambda(call, 4) : null;
        var on = call.Arguments.Count > (isPaired ? 5 : 4) ? OptionalLambda(call, isPaired ? 5 : 4) : null;

        var fresh = new Dictionary<PlanColumn, PlanColumn>();
        var rightRow = new Renaming(this, fresh).Visit(right.Row);
        var condition = on is null ? null : new RowRewriter(this, call).With(on.Parameters[0], left.Row).With(on.Parameters[1], rightRow).Visit(on.Body);
        if (kind is JoinKind.Right or JoinKind.Full) left = AsObject(call, left, result!.Parameters[0]);
        if (kind is JoinKind.Left or JoinKind.Full)
        {
            right = AsObject(call, right, result!.Parameters[1]);
            rightRow = new Renaming(this, fresh).Visit(right.Row);
        }

        var isOfTables = !isSnapshot && (left.Node.IsChanging || right.Node.IsChanging);
        var key = isOfTables ? JoinedKey(kind, keys, left.Key, right.Key, c => ((ColumnExpression)new Renaming(this, fresh).Visit(c.Reference)).Column) : null;
        KnowAgain(fresh);
        PlanColumn[] used = [.. ColumnFinder.In(new[] { left.Row, isPaired ? rightRow : null, condition }.OfType<Expression>()).Concat(key ?? []).Distinct()];
        var bound = interval is null ? null : new JoinInterval(left.Time!, right.Time!, interval.Value.Before, interval.Value.After, JoinTime.Later);
        var keepsTime = bound is not null && !isPaired;
        var time = keepsTime || (bound is null && windows is null) ? null : Column("time", typeof(DateTimeOffset));
        PlanAssignment[] rightColumns = [.. fresh.Where(f => used.Contains(f.Value)).Select(f => new PlanAssignment(f.Value, f.Key.Reference))];
        var ofRight = fresh.Values.ToHashSet();
        PlanColumn[] leftColumns = [.. used.Where(c => !ofRight.Contains(c)).Concat(isSnapshot ? left.Kept : keepsTime ? [left.Time!] : []).Distinct()];
        var node = new LogicalJoin(left.Node, right.Node, kind, new JoinTerms(keys, nullsMatch, bound, windows, condition, IsSnapshot: isSnapshot), leftColumns, rightColumns, time, null, Origin(call));
        var joined = isSnapshot ? left with { Node = node, Key = null } : new BoundQuery(node, left.Row, key, [], false) { Time = keepsTime ? left.Time : time };
        return result is null ? joined : Project(call, joined, new RowRewriter(this, call).With(result.Parameters[0], left.Row).With(result.Parameters[1], rightRow).Visit(result.Body), result);
    }

    // WithEventTime directly behind an inner join within time: pairs have the time of one side, if that is what is asked for. The delay has no say: the join holds its watermark back by its bound.
    private BoundQuery? OfOneSide(MethodCallExpression call, BoundQuery pairs)
    {
        var project = pairs.Node as LogicalProject;
        if ((project?.Inputs[0] ?? pairs.Node) is not LogicalJoin { Kind: JoinKind.Inner, Interval: { Time: JoinTime.Later } interval } join) return null;
        var time = Rewrite(call, Lambda(call, 1), pairs.Row);
        if (project is not null) time = new Assigned(project.Assignments.ToDictionary(a => a.Column, a => a.Value)).Visit(time);
        var columns = ColumnFinder.In(time);
        var toRight = join.RightColumns.ToDictionary(c => c.Column, c => c.Value);
        JoinTime? side = columns.All(toRight.ContainsKey) && HoldsTime(join.Inputs[1], new Assigned(toRight).Visit(time)) ? JoinTime.Right
            : !columns.Any(toRight.ContainsKey) && HoldsTime(join.Inputs[0], time) ? JoinTime.Left
            : null;
        if (side is null) return null;
        LogicalNode chosen = join.WithTerms(join.Terms with { Interval = interval with { Time = side.Value } });
        return pairs with { Node = project is null ? chosen : project.WithInputs([chosen]) };
    }

    private (BoundQuery Side, (TimeSpan Before, TimeSpan After)? Interval) RightSide(MethodCallExpression call)
    {
        var type = call.Method.GetParameters()[1].ParameterType;
        var form = type.GetGenericTypeDefinition();
        if (form == typeof(IIntervalSide<>) && call.Arguments[1] is MethodCallExpression { Method.Name: nameof(StreamQueryable.Within) } within)
            return (BindQuery(within.Arguments[0]), ((TimeSpan)Captures.Value(within.Arguments[1])!, (TimeSpan)Captures.Value(within.Arguments[2])!));
        if (form == typeof(IUnboundedSide<>) && call.Arguments[1] is MethodCallExpression { Method.Name: nameof(StreamQueryable.Unbounded) } all) return (BindQuery(all.Arguments[0]), null);
        if (form == typeof(IStreamQueryable<,>) && type.GetGenericArguments()[1] == typeof(Windowed)) return (BindQuery(call.Arguments[1]), null);
        if (form == typeof(IStreamQueryable<,>) && type.GetGenericArguments()[1] == typeof(Table)) return (BindQuery(call.Arguments[1]), null);
        if (form == typeof(ILookupSide<>) && call.Arguments[1] is MethodCallExpression { Method.Name: nameof(StreamQueryable.Snapshot) } snapshot) return (BindQuery(snapshot.Arguments[0]), null);
        if (form == typeof(ILookupSide<>)) throw Errors.NotYet(call, $"{call.Method.Name} with {nameof(Lookup)}");
        throw Errors.NotYet(call, $"{call.Method.Name} with {TypeText.Name(form)[1..].Split('<')[0]}");
    }

    // Both keys are taken apart as far as both are made alike. A key that is made of parts is there even if all of them are null.
    private bool KeyParts(MethodCallExpression call, Expression left, Expression right, List<JoinKey> keys)
    {
        RequireRow(call, left);
        RequireRow(call, right);
        if (RowShape.TryTakeApart(left, out var ofLeft) && RowShape.TryTakeApart(right, out var ofRight) && ofLeft.Count == ofRight.Count)
        {
            foreach (var (l, r) in ofLeft.Zip(ofRight)) KeyParts(call, l.Value, r.Value, keys);
            return true;
        }

        if (!KeyEquality.Holds(left.Type, out var why)) throw Errors.NoValueEquality(call, left.Type, why);
        keys.Add(new JoinKey(left, right));
        return false;
    }

    private JoinWindows SameWindows(MethodCallExpression call, PlanWindow left, PlanWindow right)
    {
        var (ofLeft, ofRight) = (Origin(left), Origin(right));
        if (left.IsSession || right.IsSession || ofLeft is { IsSession: true } || ofRight is { IsSession: true }) throw Errors.JoinOfSessions(call);
        if (left.Windowing != right.Windowing || left.Grace != right.Grace || left.Carried is null != right.Carried is null || (ofLeft is not null && ofRight is not null && ofLeft.Windowing != ofRight.Windowing))
            throw Errors.WindowsDiffer(call);
        return new JoinWindows(left, right);

        PlanWindow? Origin(PlanWindow window) => window.Carried is { } carried ? _windows.GetValueOrDefault(carried) : null;
    }

    private BoundQuery AsObject(MethodCallExpression call, BoundQuery source, ParameterExpression parameter)
    {
        if (source.Row is ColumnExpression) return source;
        var column = Column(RowName(parameter), source.Row.Type);
        var kept = ColumnFinder.In(source.Row).Concat(source.Kept).Distinct();
        return source with { Node = new LogicalProject(source.Node, [.. kept.Select(c => new PlanAssignment(c, c.Reference)), new PlanAssignment(column, source.Row)], Origin(call)), Row = column.Reference };
    }

    private static LambdaExpression? OptionalLambda(MethodCallExpression call, int index) =>
        call.Arguments[index] is ConstantExpression { Value: null } ? null : Lambda(call, index);

    // Columns as what they were computed from.
    private sealed class Assigned(Dictionary<PlanColumn, Expression> values) : ExpressionVisitor
    {
        protected override Expression VisitExtension(Expression node) => node is ColumnExpression { Column: var column } && values.TryGetValue(column, out var value) ? value : node;
    }

    // The right side's columns under identities of their own.
    private sealed class Renaming(QueryBinder binder, Dictionary<PlanColumn, PlanColumn> fresh) : ExpressionVisitor
    {
        protected override Expression VisitExtension(Expression node)
        {
            if (node is not ColumnExpression { Column: var column }) return node;
            if (!fresh.TryGetValue(column, out var renamed))
            {
                fresh[column] = renamed = binder.Column(column.Name.Split('#')[0], column.Type);
                if (binder._windows.TryGetValue(column, out var window)) binder._windows[renamed] = window;
            }

            return renamed.Reference;
        }
    }
}
