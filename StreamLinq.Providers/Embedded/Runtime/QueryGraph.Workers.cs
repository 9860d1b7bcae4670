// Operators that several workers share: a copy per lane, and in front of them an exchange. What the query computes of a row is computed before the exchange, by the thread that runs the epoch, so a row
// that fails leaves no trace in any table; what a loop behind it does is change a table. Operators without a key are not shared: their rows stay where they are.
using System.Linq.Expressions;

namespace StreamLinq.Embedded;

internal sealed partial class QueryGraph
{
    private readonly Lanes? _lanes;
    private readonly Dictionary<LogicalAggregate, GroupShape> _shapes = new(ReferenceEqualityComparer.Instance);
    private int _lane;
    private LaneOrder? _order;

    /// <summary>Returns when no worker is at anything any more. What they were given and have not begun is forgotten.</summary>
    internal void Stop() => _lanes?.Stop();

    // The copies of an operator.
    private sealed record LanedParts(IReadOnlyList<OperatorPart> Copies, LaneInput Input);

    // Where the operator that is being made says where it stands.
    private StageContext MadeFor => _order is null ? Context : _lanes![_lane].Context;

    private bool IsShared(LogicalNode node) => _lanes is not null && SharedKeys.Has(node);

    private OperatorPart Shared(LogicalNode node, string name)
    {
        var copies = new OperatorPart[_lanes!.Count];
        for (_lane = 0; _lane < copies.Length; _lane++)
        {
            _order = new LaneOrder();
            copies[_lane] = Made(node, name);
        }

        (_lane, _order) = (0, null);
        var input = new LaneInput();
        var runtime = Activator.CreateInstance(typeof(LanedOperator<>).MakeGenericType(copies[0].RowType), _lanes, copies.Select(c => (ILaneOperator)c.Runtime).ToArray(), input, _seed)!;
        return copies[0] with { Runtime = runtime, Laned = new LanedParts(copies, input) };
    }

    // Copies have one shape, but for aggregates whose functions serve one thread.
    private GroupShape ShapeOf(LogicalAggregate group) => _shapes.TryGetValue(group, out var known) && !known.IsForOneThread ? known : _shapes[group] = new GroupShape(group);

    // What the stage before an operator writes to.
    private object InputOf(OperatorPart part, PhysicalStage stage, Type row, Type key)
    {
        if (part.Laned is not { } laned) return Target(part);
        Type[] types = row.GetGenericArguments();
        var keyOf = row.GetGenericTypeDefinition() == typeof(JoinInput<,>) ? typeof(KeyOfJoinInput<,>) : types.Length switch { 2 => typeof(FirstOfTwo<,>), 3 => typeof(FirstOfThree<,,>), _ => typeof(FirstOfFour<,,,>) };
        var sendsAtOnce = stage.To is not LogicalJoin { Windows: not null };
        return Generic(nameof(ExchangeOf), row, key, keyOf.MakeGenericType(types), KeyHash.For(key), part.RowType)(laned, stage, part.Runtime, laned.Copies.Select(Target).ToArray(), sendsAtOnce)!;

        object Target(OperatorPart copy) => stage.To is LogicalJoin ? copy.Runtime.GetType().GetProperty(stage.Side == 0 ? nameof(JoinKind.Left) : nameof(JoinKind.Right))!.GetValue(copy.Runtime)! : copy.Runtime;
    }

    private Exchange<TRow, TKey, TOf, THash> ExchangeOf<TRow, TKey, TOf, THash, TResult>(LanedParts laned, PhysicalStage stage, LanedOperator<TResult> shared, object[] targets, bool sendsAtOnce)
        where TOf : struct, IKeyOf<TRow, TKey> where THash : struct, IKeyHash<TKey>
    {
        var orders = laned.Copies.Select(c => ((ILaneOperator)c.Runtime).Order!).ToArray();
        return new(_lanes!, laned.Input, _seed, stage.From.IsChanging, [.. targets.Cast<IRowTarget<TRow>>()], orders, sendsAtOnce ? Done : null);

        void Done()
        {
            _lanes!.Finish();
            shared.SendOn();
        }
    }

    // The row of the exchange is the key and the rest: conditions, arguments and what tells windows.
    private void ToLanes(PhysicalStage stage, GroupInputs group, LanedParts laned)
    {
        var shape = laned.Copies[0].Shape!;
        var node = shape.Node;
        var key = new PlanColumn("key", shape.Key.Type);
        var held = new HeldInputs(group, [.. group.Keys.Select((_, i) => shape.Key.Get(key.Reference, i))]);
        var rest = held.Layout;
        var row = new TupleLayout([key.Type, rest.Type]);
        var targets = new object[laned.Copies.Count];
        Delegate? update = null;
        StageCompiler? second = null;
        for (var lane = 0; lane < targets.Length; lane++)
        {
            var copy = laned.Copies[lane];
            if (update is null || copy.Shape != shape)
            {
                var all = new PlanColumn("rest", rest.Type);
                var opened = new ProjectStep([.. held.Columns.Select((c, i) => new PlanAssignment(c, rest.Get(all.Reference, i)))], node.Origin);
                second = new StageCompiler(row.Type, row, [key, all], [opened], stage.From.IsChanging, shape.Target, TimeOf) { TellsOrder = true };
                update = second.CompileAggregate(copy.Shape!, held.Inputs, i => Expression.Constant(copy.Sides[i]));
            }

            targets[lane] = MakeStage(row.Type, shape.Target, update, copy.Table!, _lanes![lane].Context, second!.Origins, null, null);
        }

        var exchange = Generic(nameof(ExchangeOf), row.Type, key.Type, typeof(FirstOfTwo<,>).MakeGenericType(key.Type, rest.Type), KeyHash.For(key.Type), laned.Copies[0].RowType)(laned, stage, _parts[node].Runtime, targets, false)!;
        // Where a row becomes many they go into a buffer first, from which those of a row that fails are taken out again.
        var isBuffered = stage.Steps.Any(s => s is FlattenStep);
        var compiler = Compiler(stage, isBuffered ? typeof(RowBuffer<>).MakeGenericType(row.Type) : exchange.GetType());
        var made = row.Make([shape.Key.Make([.. group.Keys]), rest.Make(held.Values)]);
        var emit = compiler.CompileEmit(made, node.Origin);
        if (isBuffered)
        {
            Generic(nameof(ConnectBuffer), _parts[stage.From].RowType, row.Type)(stage.From, emit, compiler.Origins, compiler.HasFlatten, exchange);
            return;
        }

        var read = _parts[stage.From].RowType;
        var rows = MakeStage(read, exchange.GetType(), emit, exchange, Context, compiler.Origins, null, ((IExchange)exchange).EndBatch);
        if (IsScanned(stage, group, shape))
        {
            var taking = typeof(LaneTake<,,,>).MakeGenericType(row.Type, key.Type, typeof(FirstOfTwo<,>).MakeGenericType(key.Type, rest.Type), KeyHash.For(key.Type));
            var scanning = new StageCompiler(read, _parts[stage.From].Layout, stage.From.Columns, stage.Steps, weighted: false, taking, TimeOf) { TellsOrder = true };
            var take = scanning.CompileEmit(made, node.Origin);
            rows = Generic(nameof(ScanBefore), read, row.Type, key.Type, typeof(FirstOfTwo<,>).MakeGenericType(key.Type, rest.Type), KeyHash.For(key.Type))(laned, targets, take, scanning.Origins, rows)!;
        }

        if (!AddsUpBefore(stage, group, shape))
        {
            Generic(nameof(Subscribe), read)(stage.From, rows);
            return;
        }

        var adding = new StageCompiler(read, _parts[stage.From].Layout, stage.From.Columns, stage.Steps, weighted: false, shape.Target, TimeOf) { TellsOrder = true };
        var add = adding.CompileAggregate(shape, group, static _ => throw new InvalidOperationException("There are no tables beside these groups."));
        Generic(nameof(AddUpBefore), read, shape.Key.Type, shape.State.Type, shape.Result.Type, KeyHash.For(shape.Key.Type))(stage, laned, rows, add, adding.Origins);
    }

    // Where each part of a group is as good as any other.
    private bool AddsUpBefore(PhysicalStage stage, GroupInputs group, GroupShape shape) => RunsOnLanes(stage, group, shape) && shape.MergesInAnyOrder && _parts[shape.Node].Sides.Count == 0;

    // What is thrown for a row would be thrown once per lane.
    private bool IsScanned(PhysicalStage stage, GroupInputs group, GroupShape shape) => _lanes!.Count <= LaneScan<int>.MostLanes && RunsOnLanes(stage, group, shape) && !Computed(stage, group).Any(ThrowAnalysis.Can);

    // What a query computes of a row is the user's code, which runs on the thread of the epoch; here it would run on several, so there may be none of it that could tell: no call on a captured object or
    // of a function of the user's.
    private bool RunsOnLanes(PhysicalStage stage, GroupInputs group, GroupShape shape) =>
        stage.From is LogicalSource && shape.Node.Window is null && shape.Node.Inputs.Count == 1
        && stage.Steps.All(s => s is FilterStep or ProjectStep or AliasStep) && Computed(stage, group).All(CalledFunctions.AreOfTheSystem);

    private static IEnumerable<Expression> Computed(PhysicalStage stage, GroupInputs group) =>
        stage.Steps.SelectMany(s => s switch { FilterStep filter => [filter.Condition], ProjectStep project => project.Assignments.Select(a => a.Value), _ => [] })
            .Concat(group.Keys).Concat(group.Aggregates.SelectMany(a => new[] { a.Argument, a.Filter }).OfType<Expression>());

    private LaneScan<TRead> ScanBefore<TRead, TRow, TKey, TOf, THash>(LanedParts laned, object[] targets, Delegate take, IReadOnlyList<string> origins, IRowTarget<TRead> exchange)
        where TOf : struct, IKeyOf<TRow, TKey> where THash : struct, IKeyHash<TKey>
    {
        var kernel = (StageKernel<TRead, LaneTake<TRow, TKey, TOf, THash>>)take;
        var pools = new LaneRowsPool<TRead>[targets.Length];
        for (var lane = 0; lane < pools.Length; lane++)
        {
            var (reading, order, context) = (new LaneOrder(), ((ILaneOperator)laned.Copies[lane].Runtime).Order!, _lanes![lane].Context);
            var taken = new LaneTake<TRow, TKey, TOf, THash>((IRowTarget<TRow>)targets[lane], reading, order, context, _seed, pools.Length, lane);
            pools[lane] = new LaneRowsPool<TRead>(new Stage<TRead, LaneTake<TRow, TKey, TOf, THash>>(kernel, taken, context, origins, null, taken.Flush), reading, order, context);
        }

        return new LaneScan<TRead>(_lanes!, laned.Input, exchange, pools);
    }

    private void AddUpBefore<TRow, TKey, TState, TResult, THash>(PhysicalStage stage, LanedParts laned, IRowTarget<TRow> rows, Delegate add, IReadOnlyList<string> origins) where THash : struct, IKeyHash<TKey>
    {
        var owners = laned.Copies.Select(c => ((GroupTable<TKey, TState, TResult, THash>)c.Table!, ((ILaneOperator)c.Runtime).Order!)).ToList();
        var kernel = (StageKernel<TRow, GroupTable<TKey, TState, TResult, THash>>)add;
        Subscribe(stage.From, new PreAggregation<TRow, TKey, TState, TResult, THash>(
            _lanes!, laned.Input, _seed, rows, owners, (lane, table) => new Stage<TRow, GroupTable<TKey, TState, TResult, THash>>(kernel, table, _lanes![lane].Context, origins, null, null),
            (GroupMerge<TState>)laned.Copies[0].Shape!.CompileMerge()));
    }
}
