// A physical plan made runnable: operators created, stages compiled and connected. Generic types are closed here, once per query, and nowhere else.
using System.Linq.Expressions;
using System.Reflection;

namespace StreamLinq.Embedded;

/// <summary>The runnable parts of one query.</summary>
internal sealed partial class QueryGraph
{
    private const BindingFlags Here = BindingFlags.Instance | BindingFlags.NonPublic;

    private readonly Dictionary<LogicalNode, OperatorPart> _parts = new(ReferenceEqualityComparer.Instance);
    private readonly List<ISourceInput> _sources = [];
    private readonly List<IStateful> _operators = [];
    private readonly Dictionary<IStateful, string> _bounds = new(ReferenceEqualityComparer.Instance);
    private readonly List<IQueryOutput> _outputs = [];
    private readonly HashSet<object> _shownWhole = new(ReferenceEqualityComparer.Instance);
    private readonly IReadOnlyList<PhysicalPlan> _plans;
    private readonly ulong _seed;
    private readonly TimeSpan _maxAhead;

    internal QueryGraph(IReadOnlyList<PhysicalPlan> plans, ulong seed, StageContext context, TimeSpan maxAhead, int workers = 1)
    {
        _lanes = workers > 1 ? new Lanes(workers, context) : null;
        _seed = seed;
        _maxAhead = maxAhead;
        Context = context;
        _plans = plans;
        foreach (var plan in plans)
        {
            foreach (var source in plan.Sources) AddSource(source);
            foreach (var stage in plan.Stages) AddTime(plan, stage);
            foreach (var (node, name) in plan.Operators) AddOperator(node, name);
            var output = plan.Plan.IsTable ? null : (IQueryOutput)Generic(nameof(StreamOutputOf), plan.Plan.RowType)(plan)!;
            foreach (var stage in plan.Stages)
            {
                if (stage.To is LogicalAggregate) ToGroup(stage);
                else if (stage.To is LogicalDistinct distinct) ToDistinct(stage, distinct);
                else if (stage.To is LogicalProcess process) ToProcess(stage, process);
                else if (stage.To is LogicalJoin join) ToJoin(stage, join);
                else if (stage.To is LogicalLatest latest) ToLatest(stage, latest);
                else if (stage.To is LogicalCall call) ToCall(stage, call);
                else if (stage.To is LogicalUnbounded all) ToUnbounded(stage, all);
                else if (stage.To is LogicalChanges changes) Feed(stage, changes.Row.Type, changes.Row, changes.Origin, _parts[changes].Runtime);
                else if (output is not null) Generic(nameof(ToStream), plan.Plan.RowType)(stage, plan, output);
            }

            _outputs.Add(output ?? TableOutput(plan));
        }

        context.BeginPartition = BeginPartition;
    }

    internal StageContext Context { get; }

    internal IReadOnlyList<PhysicalPlan> Plans => _plans;

    internal IReadOnlyList<ISourceInput> Sources => _sources;

    internal IReadOnlyList<IStateful> Operators => _operators;

    internal IReadOnlyList<IQueryOutput> Outputs => _outputs;

    /// <summary>The tables that can leave memory in parts.</summary>
    internal IEnumerable<ISpilledTable> SpilledTables => _operators.SelectMany(o => o.Tables).OfType<ISpilledTable>().Where(t => t.CanSpill);

    /// <summary>What bounds an operator's state, in words.</summary>
    internal string BoundOf(IStateful state) => _bounds[state];

    /// <summary>The tables whose entries may be out of memory: not those that an output shows whole in each epoch.</summary>
    internal IEnumerable<IColdTable> ColdTables => _operators.Where(o => !_shownWhole.Contains(o)).SelectMany(o => o.Tables).OfType<IColdTable>();

    // What a stage needs to know of where its rows come from: their type, how the columns lie in it, and who to tell.
    private sealed record OperatorPart(Type RowType, TupleLayout? Layout, object Runtime, GroupShape? Shape, object? Table, IReadOnlyList<object> Sides)
    {
        /// <summary>What it consists of where several workers share it.</summary>
        internal LanedParts? Laned { get; init; }
    }

    private void AddSource(LogicalSource source)
    {
        if (_parts.ContainsKey(source)) return;
        var input = (ISourceInput)Activator.CreateInstance(typeof(SourceInput<>).MakeGenericType(source.RowType), source)!;
        _sources.Add(input);
        _parts[source] = new OperatorPart(source.RowType, null, input, null, null, []);
    }

    private void AddOperator(LogicalNode node, string name)
    {
        if (_parts.ContainsKey(node)) return;
        _parts[node] = IsShared(node) ? Shared(node, name) : Made(node, name);
        var runtime = (IStateful)_parts[node].Runtime;
        _operators.Add(runtime);
        _bounds[runtime] = _plans.Any(p => p.KeepsClosed(node)) ? PhysicalPlan.ClosedAreKept : string.Join("; ", Enumerable.Range(0, node is LogicalJoin ? 2 : 1).Select(side => StateBound.Of(node, side)).Distinct());
        _timed.Add(new TimedInput($"{name}/input", Meeting(node), runtime.BeginEpoch, node is LogicalAggregate { Window: not null } or LogicalDistinct { Time: not null } or LogicalProcess { Time: not null } or LogicalJoin { IsUnbounded: false } or LogicalLatest { Time: not null, IsThere: not null }));
    }

    private OperatorPart Made(LogicalNode node, string name) => node switch
    {
        LogicalAggregate group => AddGroup(ShapeOf(group), name),
        LogicalDistinct distinct => AddDistinct(distinct, name),
        LogicalProcess process => Process(process, name),
        LogicalJoin join => Join(join, name),
        LogicalLatest latest => Latest(latest, name),
        LogicalCall call => Call(call, name),
        LogicalUnbounded all => Unbounded(all, name),
        LogicalChanges changes => Changes(changes, name),
        _ => throw new InvalidOperationException($"There is no operator for {node.GetType().Name}."),
    };

    private OperatorPart AddDistinct(LogicalDistinct distinct, string name)
    {
        var key = new TupleLayout([.. distinct.Keys.Select(k => k.Type)]);
        var row = new TupleLayout([.. distinct.Columns.Select(c => c.Type)]);
        var runtime = distinct.Time is null
            ? Activator.CreateInstance(typeof(DistinctOperator<,,>).MakeGenericType(key.Type, row.Type, KeyHash.For(key.Type)), name, _seed, _order)!
            : Activator.CreateInstance(typeof(TimedDistinctOperator<,,>).MakeGenericType(key.Type, row.Type, KeyHash.For(key.Type)), name, _seed, distinct.Within, _order)!;
        return new OperatorPart(row.Type, row, runtime, null, null, []);
    }

    private OperatorPart AddGroup(GroupShape shape, string name)
    {
        Type[] types = [shape.Key.Type, shape.State.Type, shape.Result.Type, KeyHash.For(shape.Key.Type)];
        if (shape.Node.Window is not { Of: var window }) return (OperatorPart)Generic(nameof(Group), types)(shape, name)!;
        var keepsClosed = _plans.Any(p => p.KeepsClosed(shape.Node));
        return (OperatorPart)Generic(window.IsSession ? nameof(Sessions) : window.EmitsUpdates ? nameof(RunningWindows) : nameof(Windows), types)(shape, name, window, keepsClosed)!;
    }

    private OperatorPart Group<TKey, TState, TRow, THash>(GroupShape shape, string name) where THash : struct, IKeyHash<TKey>
    {
        var sides = Sides(shape, typeof(TKey), name, _seed);
        var table = new GroupTable<TKey, TState, TRow, THash>(_seed, (GroupResult<TKey, TState, TRow>)shape.CompileResult(i => Expression.Constant(sides[i].Content)), Canonical.For<TKey>()) { Order = _order };
        var runtime = new GroupOperator<TKey, TState, TRow, THash>(name, table, (Func<TState, bool>?)shape.CompileIsAlive(), shape.MergesExactly ? (GroupMerge<TState>)shape.CompileMerge() : null, sides, MadeFor)
        {
            Order = _order,
            // Where rows that fail are left out, a list is left out as a whole, so it must come and go as a whole.
            Difference = Context.OnRowError == RowErrorPolicy.Fail && ListedRows.Of(shape.Node, _plans) is { } list ? (RowDifference<TRow>)shape.CompileDifference(list) : null,
        };
        return new OperatorPart(typeof(TRow), shape.Result, runtime, shape, table, [.. sides.Select(s => s.Content)]);
    }

    private OperatorPart Windows<TKey, TState, TRow, THash>(GroupShape shape, string name, PlanWindow window, bool keepsClosed) where THash : struct, IKeyHash<TKey>
    {
        var panes = new WindowPanes<TKey, TState, byte, THash>(name, window, _seed, static _ => static (_, _) => 0, pools: true, spills: shape.MergesExactly) { Order = _order, Lane = _lane };
        var runtime = new WindowOperator<TKey, TState, TRow, THash>(panes, _seed, (WindowResult<TKey, TState, TRow>)shape.CompileWindowResult(), (GroupMerge<TState>)shape.CompileMerge(), MadeFor);
        return new OperatorPart(typeof(TRow), shape.Result, runtime, shape, panes, []);
    }

    private OperatorPart RunningWindows<TKey, TState, TRow, THash>(GroupShape shape, string name, PlanWindow window, bool keepsClosed) where THash : struct, IKeyHash<TKey>
    {
        var result = (WindowResult<TKey, TState, TRow>)shape.CompileWindowResult();
        var panes = new WindowPanes<TKey, TState, TRow, THash>(name, window, _seed, span =>
        {
            var at = new Window(new DateTimeOffset(span.Start, TimeSpan.Zero), new DateTimeOffset(span.End, TimeSpan.Zero));
            return (key, state) => result(key, at, state);
        }, pools: false, spills: false)
        { Order = _order };
        return new OperatorPart(typeof(TRow), shape.Result, new RunningWindowOperator<TKey, TState, TRow, THash>(panes, keepsClosed, MadeFor), shape, panes, []);
    }

    private OperatorPart Sessions<TKey, TState, TRow, THash>(GroupShape shape, string name, PlanWindow window, bool keepsClosed) where THash : struct, IKeyHash<TKey>
    {
        var runtime = new SessionOperator<TKey, TState, TRow, THash>(
            name, window, keepsClosed, _seed, (WindowResult<TKey, TState, TRow>)shape.CompileWindowResult(), (GroupMerge<TState>)shape.CompileMerge(), MadeFor, _order);
        return new OperatorPart(typeof(TRow), shape.Result, runtime, shape, runtime.Sessions, []);
    }

    private void ToGroup(PhysicalStage stage)
    {
        var part = _parts[stage.To!];
        var shape = part.Shape!;
        var node = shape.Node;
        var group = GroupInputs.Of(node);
        if (part.Laned is { } laned)
        {
            ToLanes(stage, group, laned);
            return;
        }

        if (!stage.Steps.Any(s => s is FlattenStep))
        {
            var compiler = Compiler(stage, shape.Target);
            var kernel = compiler.CompileAggregate(shape, group, i => Expression.Constant(part.Sides[i]));
            Connect(stage.From, kernel, part.Table!, compiler.Origins, null);
            return;
        }

        // A row that becomes many: its lambdas all run first, into a buffer, so that a failing one leaves no trace in the table.
        var held = new HeldInputs(group, null);
        var layout = held.Layout;
        var first = Compiler(stage, typeof(RowBuffer<>).MakeGenericType(layout.Type));
        var emit = first.CompileEmit(layout.Make(held.Values), node.Origin);
        var second = new StageCompiler(layout.Type, layout, held.Columns, [], stage.From.IsChanging, shape.Target, TimeOf);
        var update = second.CompileAggregate(shape, held.Inputs, i => Expression.Constant(part.Sides[i]));
        var target = MakeStage(layout.Type, shape.Target, update, part.Table!, Context, second.Origins, null, null);
        Generic(nameof(ConnectBuffer), _parts[stage.From].RowType, layout.Type)(stage.From, emit, first.Origins, first.HasFlatten, target);
    }

    private void ToDistinct(PhysicalStage stage, LogicalDistinct distinct)
    {
        var part = _parts[distinct];
        var key = new TupleLayout([.. distinct.Keys.Select(k => k.Type)]);
        var row = part.Layout!.Make([.. distinct.Columns.Select(c => c.Reference)]);
        var taken = distinct.Time is null ? new TupleLayout([key.Type, part.RowType]) : new TupleLayout([key.Type, typeof(DateTimeOffset), part.RowType]);
        var compiler = Compiler(stage, typeof(RowBuffer<>).MakeGenericType(taken.Type));
        var emit = compiler.CompileEmit(taken.Make(distinct.Time is null ? [key.Make(distinct.Keys), row] : [key.Make(distinct.Keys), distinct.Time.Reference, row]), distinct.Origin);
        Generic(nameof(ConnectBuffer), _parts[stage.From].RowType, taken.Type)(stage.From, emit, compiler.Origins, compiler.HasFlatten, InputOf(part, stage, taken.Type, key.Type));
    }

    private StreamQueryOutput<T> StreamOutputOf<T>(PhysicalPlan plan) => new(((StreamOutput<T>)plan.Output!).Sink);

    private void ToStream<T>(PhysicalStage stage, PhysicalPlan plan, StreamQueryOutput<T> output) => ToChanges(plan, stage, ChangeKind.Insert, output.Changes);

    private IQueryOutput TableOutput(PhysicalPlan plan)
    {
        var key = new TupleLayout([.. (plan.Plan.Key ?? []).Select(k => k.Type)]);
        var order = new TupleLayout([.. plan.Order.Select(o => o.Column.Type)]);
        return (IQueryOutput)Generic(nameof(TableOutputOf), key.Type, order.Type, plan.Plan.RowType)(plan, key, order)!;
    }

    private TableQueryOutput<TKey, TOrder, T> TableOutputOf<TKey, TOrder, T>(PhysicalPlan plan, TupleLayout key, TupleLayout order)
    {
        var last = plan.Stages.Where(s => s.To is null).ToList();
        var comes = last is [var only] ? Comes(plan, only) : KeyComes.AnyTime;
        var output = new TableQueryOutput<TKey, TOrder, T>(((StreamOutput<T>)plan.Output!).Sink, plan.Output!.Mode!, plan.Plan.Key is not null, comes, plan.Order.Count == 0 ? null : TableOrder.Compile<TOrder>(order, plan.Order));
        var row = typeof(TableRow<TKey, TOrder, T>);
        var made = Expression.New(row.GetConstructors().Single(c => c.GetParameters().Length == 3),
            key.Make([.. (plan.Plan.Key ?? []).Select(k => k.Reference)]), order.Make([.. plan.Order.Select(o => o.Column.Reference)]), plan.Plan.Row);
        var gone = comes == KeyComes.OnceChanged ? made.Update([made.Arguments[0], made.Arguments[1], Expression.Default(plan.Plan.RowType)]) : null;
        foreach (var stage in last)
        {
            var isAlone = comes == KeyComes.OnceChanged && _plans.Sum(p => p.Stages.Count(s => s.From == stage.From)) == 1;
            if (isAlone && plan.Output.Mode == OutputMode.Update && _parts[stage.From].Runtime is IFrugalTable upserted)
            {
                ToChanges(plan, stage, ChangeKind.Upsert, output.Changes);
                upserted.SendsOnlyNew = true;
                continue;
            }

            var compiler = Compiler(stage, typeof(RowBuffer<TableRow<TKey, TOrder, T>>));
            var emit = compiler.CompileEmit(made, "the result", gone);
            var parts = new object[] { stage.From, emit, compiler.Origins, compiler.HasFlatten };
            if (plan.Output.Mode == OutputMode.Complete)
            {
                _shownWhole.Add(_parts[stage.From].Runtime);
                output.SendAll += (Action)Generic(nameof(SendAll), _parts[stage.From].RowType, row)([.. parts, output.Whole])!;
                if (isAlone && _parts[stage.From].Runtime is IFrugalTable whole)
                {
                    whole.Changed = output.TableChanged;
                    continue;
                }
            }

            Generic(nameof(ConnectBuffer), _parts[stage.From].RowType, row)([.. parts, output]);
        }

        return output;
    }

    // Rows that the sink gets as they are. None of them goes.
    private void ToChanges<T>(PhysicalPlan plan, PhysicalStage stage, ChangeKind kind, RowBuffer<Change<T>> changes)
    {
        var from = _parts[stage.From];
        var compiler = new StageCompiler(from.RowType, from.Layout, stage.From.Columns, stage.Steps, weighted: false, typeof(RowBuffer<T>), TimeOf);
        var emit = compiler.CompileEmit(plan.Plan.Row, "the result");
        Generic(nameof(ConnectBuffer), from.RowType, typeof(T))(stage.From, emit, compiler.Origins, compiler.HasFlatten, new ChangesOfOneKind<T>(kind, changes));
    }

    // A group-by sends each group it has touched once; only where several stages meet, or a row becomes many, can a key come twice. If nothing filters the groups, none of them can go,
    // and all that was computed of them is seen in the row as it is, then a changed group is a changed row, and its old row need not be made to find out.
    private KeyComes Comes(PhysicalPlan plan, PhysicalStage last)
    {
        if (plan.Plan.Key is not null && last.From is LogicalLatest) return last.Steps.Any(s => s is FlattenStep) ? KeyComes.AnyTime : KeyComes.Once;
        if (plan.Plan.Key is null || last.From is not LogicalAggregate group || last.Steps.Any(s => s is FlattenStep)) return KeyComes.AnyTime;
        var row = plan.Plan.Row is ColumnExpression { Column: var whole } && last.Steps is [ProjectStep made] ? made.Assignments.FirstOrDefault(a => a.Column == whole)?.Value : last.Steps.Count == 0 ? plan.Plan.Row : null;
        var seen = row is NewExpression { Arguments: var shownAs } ? shownAs.OfType<ColumnExpression>().Select(c => c.Column).ToHashSet() : [];
        if (group.Window is { Of: var window }) return window.IsSession ? KeyComes.AnyTime : KeyComes.Once;
        var shown = group.Columns.All(seen.Contains);
        var onlyChanged = (bool)Generic(nameof(SendsOnlyChanged), _parts[group].RowType)(group)!;
        return plan.Output!.Mode != OutputMode.Changelog && shown && onlyChanged && !group.Inputs[0].IsChanging ? KeyComes.OnceChanged : KeyComes.Once;
    }

    private bool SendsOnlyChanged<TRow>(LogicalNode node) => ((ITableOperator<TRow>)_parts[node].Runtime).SendsOnlyChanged;

    private StageCompiler Compiler(PhysicalStage stage, Type target)
    {
        var from = _parts[stage.From];
        return new StageCompiler(from.RowType, from.Layout, stage.From.Columns, stage.Steps, stage.From.IsChanging, target, TimeOf);
    }

    private void Connect(LogicalNode from, Delegate kernel, object target, IReadOnlyList<string> origins, Action? flush)
    {
        var row = _parts[from].RowType;
        Generic(nameof(Subscribe), row)(from, MakeStage(row, target.GetType(), kernel, target, Context, origins, null, flush));
    }

    private object MakeStage(Type row, Type target, Delegate kernel, object to, StageContext context, IReadOnlyList<string> origins, Action? rollback, Action? flush) =>
        Activator.CreateInstance(typeof(Stage<,>).MakeGenericType(row, target), kernel, to, context, origins, rollback, flush)!;

    private void ConnectBuffer<TIn, TOut>(LogicalNode from, Delegate kernel, IReadOnlyList<string> origins, bool hasFlatten, object target) =>
        Subscribe(from, BufferStage<TIn, TOut>(kernel, origins, hasFlatten, (IRowTarget<TOut>)target));

    private Action SendAll<TIn, TOut>(LogicalNode from, Delegate kernel, IReadOnlyList<string> origins, bool hasFlatten, object target)
    {
        var stage = BufferStage<TIn, TOut>(kernel, origins, hasFlatten, (IRowTarget<TOut>)target);
        return () => ((ITableOperator<TIn>)_parts[from].Runtime).SendAll(stage);
    }

    private Stage<TIn, RowBuffer<TOut>> BufferStage<TIn, TOut>(Delegate kernel, IReadOnlyList<string> origins, bool hasFlatten, IRowTarget<TOut> target)
    {
        var buffer = new RowBuffer<TOut>();
        IRowTarget<TOut>[] targets = [target];
        return new Stage<TIn, RowBuffer<TOut>>((StageKernel<TIn, RowBuffer<TOut>>)kernel, buffer, Context, origins, hasFlatten ? () => buffer.Count = buffer.Mark : null, () => buffer.Flush(targets));
    }

    private void Subscribe<TRow>(LogicalNode from, IRowTarget<TRow> target)
    {
        var targets = _parts[from].Runtime switch
        {
            SourceInput<TRow> source => source.Targets,
            ITableOperator<TRow> table => table.Targets,
            IStreamOperator<TRow> stream => stream.Targets,
            var other => throw new InvalidOperationException($"{other.GetType().Name} has no targets."),
        };
        targets.Add(target);
    }

    private Func<object[], object?> Of(string name, params Type[] types)
    {
        var method = typeof(QueryGraph).GetMethod(name, Here)!.MakeGenericMethod(types);
        return arguments => method.Invoke(this, BindingFlags.DoNotWrapExceptions, null, arguments, null);
    }

    private GenericCall Generic(string name, params Type[] types)
    {
        var call = Of(name, types);
        return arguments => call(arguments);
    }

    private delegate object? GenericCall(params object[] arguments);
}
