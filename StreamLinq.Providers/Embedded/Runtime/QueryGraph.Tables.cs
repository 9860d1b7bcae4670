// Tables of latest rows, of all rows of a stream and changes of tables as parts of the graph; and what groups keep beside them.
using System.Linq.Expressions;

namespace StreamLinq.Embedded;

internal sealed partial class QueryGraph
{
    private static IGroupSide[] Sides(GroupShape shape, Type key, string name, ulong seed)
    {
        var sides = new List<IGroupSide>();
        foreach (var accumulator in shape.Accumulators)
        {
            if (accumulator is CountDistinctAccumulator counts) sides.Add((IGroupSide)Activator.CreateInstance(typeof(PairCounts<,>).MakeGenericType(key, counts.Value), $"{name}/values-{sides.Count + 1}", seed)!);
            else if (accumulator is RankedAccumulator ranked) sides.Add((IGroupSide)Activator.CreateInstance(typeof(RankedTable<,>).MakeGenericType(ranked.Sets.GetGenericArguments()), $"{name}/rows-{sides.Count + 1}", ranked.MakeSets())!);
        }

        return [.. sides];
    }

    private OperatorPart Latest(LogicalLatest node, string name)
    {
        var key = new TupleLayout([.. node.Keys.Select(k => k.Column.Type)]);
        var row = new TupleLayout([.. node.Kept.Select(c => c.Type)]);
        var result = new TupleLayout([.. node.Columns.Select(c => c.Type)]);
        return (OperatorPart)Generic(nameof(LatestOf), key.Type, row.Type, result.Type, KeyHash.For(key.Type))(node, name, key, row, result)!;
    }

    private OperatorPart LatestOf<TKey, TRow, TResult, THash>(LogicalLatest node, string name, TupleLayout key, TupleLayout row, TupleLayout result) where THash : struct, IKeyHash<TKey>
    {
        var of = Expression.Parameter(typeof(TKey), "key");
        var latest = Expression.Parameter(typeof((TRow Row, long Time, byte Mark)), "latest");
        var kept = Expression.Field(latest, "Item1");
        var made = result.Make([.. node.Keys.Select((_, i) => key.Get(of, i)), .. node.Kept.Select((_, i) => row.Get(kept, i))]);
        var resultOf = CompiledCode.Shared.Of(Expression.Lambda<GroupResult<TKey, (TRow Row, long Time, byte Mark), TResult>>(made, of, latest));
        if (node is { IsThere: not null, Time: not null })
        {
            var timed = new TimedTableOperator<TKey, TRow, TResult, THash>(name, _seed, resultOf, Context);
            return new OperatorPart(typeof(TResult), result, timed, null, timed, []);
        }

        var table = new GroupTable<TKey, (TRow Row, long Time, byte Mark), TResult, THash>(_seed, resultOf, Canonical.For<TKey>());
        Func<(TRow Row, long Time, byte Mark), bool>? isAlive = node.IsThere is null ? null : static l => l.Mark == (byte)LatestMark.Row;
        var runtime = new GroupOperator<TKey, (TRow Row, long Time, byte Mark), TResult, THash>(name, table, isAlive, LatestRow.Merge, [], Context);
        return new OperatorPart(typeof(TResult), result, runtime, null, new LatestRows<TKey, TRow, TResult, THash>(table), []);
    }

    private void ToLatest(PhysicalStage stage, LogicalLatest node)
    {
        var key = new TupleLayout([.. node.Keys.Select(k => k.Column.Type)]);
        var row = new TupleLayout([.. node.Kept.Select(c => c.Type)]);
        var input = typeof(LatestInput<,>).MakeGenericType(key.Type, row.Type);
        Expression time = node.Time is null ? Expression.Constant(0L) : Expression.Property(node.Time.Reference, nameof(DateTimeOffset.UtcTicks));
        Expression mark = Expression.Constant((byte)LatestMark.Row);
        if (node.IsThere is { } isThere) mark = Expression.Condition(isThere, mark, Expression.Constant((byte)LatestMark.Gone));
        var made = Expression.New(input.GetConstructor([key.Type, row.Type, typeof(long), typeof(byte)])!, key.Make([.. node.Keys.Select(k => k.Value)]), row.Make([.. node.Kept.Select(c => c.Reference)]), time, mark);
        Feed(stage, input, made, node.Origin, _parts[node].Table!);
    }

    private static OperatorPart Unbounded(LogicalUnbounded node, string name)
    {
        var row = new TupleLayout([.. node.Columns.Select(c => c.Type)]);
        var runtime = Activator.CreateInstance(typeof(UnboundedOperator<>).MakeGenericType(row.Type), name)!;
        return new OperatorPart(row.Type, row, runtime, null, runtime, []);
    }

    private void ToUnbounded(PhysicalStage stage, LogicalUnbounded node)
    {
        var part = _parts[node];
        Feed(stage, part.RowType, part.Layout!.Make([.. node.Columns.Select(c => c.Reference)]), node.Origin, part.Runtime);
    }

    private OperatorPart Changes(LogicalChanges node, string name)
    {
        var row = new TupleLayout([node.Result.Type]);
        var runtime = Activator.CreateInstance(typeof(ChangesOperator<>).MakeGenericType(node.Row.Type), name, Context)!;
        return new OperatorPart(row.Type, row, runtime, null, runtime, []);
    }

    private void Feed(PhysicalStage stage, Type input, Expression made, string origin, object target)
    {
        var compiler = Compiler(stage, typeof(RowBuffer<>).MakeGenericType(input));
        var emit = compiler.CompileEmit(made, origin);
        Generic(nameof(ConnectBuffer), _parts[stage.From].RowType, input)(stage.From, emit, compiler.Origins, compiler.HasFlatten, target);
    }

    private static IEnumerable<StoredOperator> TablesOf(LogicalLatest latest, StoredOperator main, PlanMeaning meaning)
    {
        var columns = string.Join(", ", latest.Kept.Select(c => meaning.Of(c.Reference)));
        var isThere = latest.IsThere is null ? "" : $" if {meaning.Of(latest.IsThere)}";
        return [main with { Kind = StateKind.Plain, Role = "latest", Shape = $"{meaning.KeyOf(latest)}{isThere}: {columns}" }];
    }

    private static IEnumerable<StoredOperator> TablesOf(LogicalUnbounded all, StoredOperator main, PlanMeaning meaning) =>
        [main with { Kind = StateKind.Plain, Role = "rows", Shape = $"all rows: {string.Join(", ", all.Columns.Select(c => meaning.Of(c.Reference)))}" }];
}
