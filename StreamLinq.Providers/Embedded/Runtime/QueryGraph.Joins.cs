// Joins as part of the graph: the operator with its two inputs, and for each a stage that hands it keys, times and what is kept of the rows.
namespace StreamLinq.Embedded;

internal sealed partial class QueryGraph
{
    private readonly Dictionary<LogicalJoin, JoinShape> _joins = new(ReferenceEqualityComparer.Instance);

    private OperatorPart Join(LogicalJoin node, string name)
    {
        if (!_joins.TryGetValue(node, out var shape)) _joins[node] = shape = new JoinShape(node);
        if (node.AsOf is not null) return AsOf(node, shape, name);
        Type[] types = [shape.Key.Type, shape.Left.Type, shape.Right.Type, shape.Result.Type, KeyHash.For(shape.Key.Type)];
        var runtime = node.IsOfTables || node.IsSnapshot
            ? Activator.CreateInstance((node.IsSnapshot ? typeof(SnapshotJoinOperator<,,,,>) : typeof(TableJoinOperator<,,,,>)).MakeGenericType(types), name, shape, _seed, Context)!
            : Activator.CreateInstance((node.Windows is null ? typeof(IntervalJoinOperator<,,,,>) : typeof(WindowJoinOperator<,,,,>)).MakeGenericType(types), name, shape, _seed, MadeFor, _order)!;
        return new OperatorPart(shape.Result.Type, shape.Result, runtime, null, null, []);
    }

    private void ToJoin(PhysicalStage stage, LogicalJoin join)
    {
        var shape = _joins[join];
        var isLeft = stage.Side == 0;
        if (join.AsOf is { } asOf && !isLeft)
        {
            ToVersions(stage, join, asOf, shape);
            return;
        }

        var input = shape.InputType(isLeft);
        var compiler = Compiler(stage, typeof(RowBuffer<>).MakeGenericType(input));
        var emit = compiler.CompileEmit(shape.Input(isLeft, compiler.RowIndex), join.Origin);
        Generic(nameof(ConnectBuffer), _parts[stage.From].RowType, input)(stage.From, emit, compiler.Origins, compiler.HasFlatten, InputOf(_parts[join], stage, input, shape.Key.Type));
    }

    // Kept rows are of use only to the join that kept them: any difference in what it asks of them, or in what it keeps, shows in its shape.
    private static IEnumerable<StoredOperator> TablesOf(LogicalJoin join, StoredOperator main, PlanMeaning meaning)
    {
        meaning.Learn(join);
        var bound = join.Interval is { } i ? $"{meaning.Of(i.Right.Reference)} from {i.Before:c} before to {i.After:c} after {meaning.Of(i.Left.Reference)}, {i.Time}"
            : join.Windows is { } w ? $"{meaning.WindowOf(w.Left)} by {meaning.Of(w.Left.Time.Reference)} and {meaning.Of(w.Right.Time.Reference)} with grace {w.Left.Grace:c}" : join.AsOf is { } asOf ? MeaningOf(asOf, meaning) : join.IsSnapshot ? "the epoch" : join.IsOfTables ? "tables" : "all rows";
        var columns = join.LeftColumns.Select(c => meaning.Of(c.Reference)).Concat(join.RightColumns.Select(c => meaning.Of(c.Column.Reference)));
        var shape = $"{meaning.KeyOf(join)}{(join.NullsMatch ? ", nulls equal" : "")} in {bound}{(join.Condition is null ? "" : $" if {meaning.Of(join.Condition)}")}: {string.Join(", ", columns)}";
        if (join.IsSnapshot) return [main with { Kind = StateKind.Plain, Role = "right", Shape = shape }];
        return [main with { Kind = StateKind.Plain, Role = "left", Shape = shape }, main with { Kind = StateKind.Plain, Role = "right", Shape = shape }];
    }

    // Where inputs meet, the least of their watermarks holds.
    private static LogicalNode Meeting(LogicalNode node) => node.Inputs.Count == 1 ? node.Inputs[0] : new LogicalMerge(node.Inputs, [], [], node.Origin);

    // The inputs whose time a node's rows have. A table that is only looked at has none, and holds nothing up.
    private static IEnumerable<LogicalNode> TimeInputs(LogicalNode node) => node is LogicalJoin { IsSnapshot: true } ? [node.Inputs[0]] : node.Inputs;

    // What comes out of a join without a match is as much older than the watermark as its row had to wait for one. A pair has the time of the row that came last, or the later one; with another time
    // it is as old as its row may be.
    private static long HeldBackBy(LogicalJoin join)
    {
        if (join.Windows is { Left.Grace: var grace }) return grace.Ticks;
        if (join.Interval is not { } interval) return 0;
        var left = join.KeepsLeft || join.Kind == JoinKind.Semi || interval.Time == JoinTime.Left ? interval.After.Ticks : 0;
        var right = join.KeepsRight || interval.Time == JoinTime.Right ? interval.Before.Ticks : 0;
        return WholeMilliseconds(Math.Max(0, Math.Max(left, right)));
    }

    private static long WholeMilliseconds(long ticks) => ticks > EpochTime.EndOfTime - TimeSpan.TicksPerMillisecond ? ticks : (ticks + TimeSpan.TicksPerMillisecond - 1) / TimeSpan.TicksPerMillisecond * TimeSpan.TicksPerMillisecond;
}
