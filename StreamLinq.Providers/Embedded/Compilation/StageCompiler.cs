// Makes one loop of a stage: filters, projections and the update of a group's accumulators stand inlined in it, as a programmer would have written them.
// Objects that do not leave the stage are never made. Where something can throw, the loop says at which row and step it is; all lambdas of a row run before its first change of state.
using System.Linq.Expressions;

namespace StreamLinq.Embedded;

/// <summary>Compiles the loop of one stage.</summary>
internal sealed class StageCompiler
{
    private readonly ParameterExpression _rows;
    private readonly ParameterExpression _from = Expression.Parameter(typeof(int), "from");
    private readonly ParameterExpression _to = Expression.Parameter(typeof(int), "to");
    private readonly ParameterExpression _weights = Expression.Parameter(typeof(sbyte[]), "weights");
    private readonly ParameterExpression _context = Expression.Parameter(typeof(StageContext), "context");
    private readonly ParameterExpression _index = Expression.Variable(typeof(int), "i");
    private readonly ParameterExpression _target;
    private readonly List<ParameterExpression> _locals = [];
    private readonly List<Expression> _prologue = [];
    private readonly List<string> _origins = [];
    private readonly LoopValues _values = new();
    private readonly IReadOnlyList<StageStep> _steps;
    private readonly bool _weighted;
    private readonly Func<LogicalNode, object> _timeOf;
    private readonly Expression _row;
    private bool _traced;

    /// <param name="rowType">The rows that come in.</param>
    /// <param name="layout">How the input's columns lie in a row; null for a source, whose one column is the row.</param>
    /// <param name="columns">The input's columns.</param>
    /// <param name="steps">What happens to each row.</param>
    /// <param name="weighted">Whether rows can be taken back.</param>
    /// <param name="target">What the loop writes to.</param>
    /// <param name="timeOf">Finds what keeps the time of a step: a watermark tracker, a filter of late rows.</param>
    internal StageCompiler(Type rowType, TupleLayout? layout, IReadOnlyList<PlanColumn> columns, IReadOnlyList<StageStep> steps, bool weighted, Type target, Func<LogicalNode, object> timeOf)
    {
        _timeOf = timeOf;
        _rows = Expression.Parameter(rowType.MakeArrayType(), "rows");
        _target = Expression.Parameter(target, "target");
        _steps = steps;
        _weighted = weighted;
        // A struct is read where it lies; copying it out first costs a tenth of the loop.
        _row = rowType.IsValueType ? Expression.ArrayAccess(_rows, _index) : Local(rowType, "row");
        for (var i = 0; i < columns.Count; i++) _values[columns[i]] = layout is null ? _row : layout.Get(_row, i);
    }

    /// <summary>Whether the loop tells which row it is at to the order of the operator it writes to.</summary>
    internal bool TellsOrder { get; init; }

    /// <summary>The place of the row at hand in its batch.</summary>
    internal Expression RowIndex => _index;

    /// <summary>The operators that can throw, by step.</summary>
    internal IReadOnlyList<string> Origins => _origins;

    internal bool HasFlatten => _steps.Any(s => s is FlattenStep);

    /// <summary>A loop that writes a row made of the columns to a <see cref="RowBuffer{T}"/>.</summary>
    /// <param name="output">The row.</param>
    /// <param name="origin">The operator that makes it.</param>
    /// <param name="gone">What is written instead for a row that goes; null: the same.</param>
    internal Delegate CompileEmit(Expression output, string origin, Expression? gone = null)
    {
        return Compile(_ =>
        {
            var trace = Trace([output], origin);
            var row = EventTicks.Read(_values.Inline(output));
            if (_weighted && gone is not null) row = Expression.Condition(Expression.LessThan(Expression.Convert(Expression.ArrayIndex(_weights, _index), typeof(int)), Expression.Constant(0)), _values.Inline(gone), row);
            var add = _weighted ? Expression.Call(_target, "Add", null, row, Expression.ArrayIndex(_weights, _index)) : Expression.Call(_target, "Add", null, row);
            return Expression.Block(typeof(void), trace, add);
        });
    }

    /// <summary>A loop that updates the accumulators of groups.</summary>
    /// <param name="shape">The groups.</param>
    /// <param name="group">What the group-by computes, over the columns that come out of the steps.</param>
    /// <param name="sides">The tables beside the groups, by number.</param>
    internal Delegate CompileAggregate(GroupShape shape, GroupInputs group, Func<int, Expression> sides)
    {
        return Compile(next =>
        {
            var inputs = group.Aggregates;
            var window = group.Window is null ? null : new WindowLoop(group.Window, shape, _target, _values);
            var statements = new List<Expression>();
            if (window is not null)
            {
                _locals.AddRange(window.Locals);
                _prologue.AddRange(window.Prologue);
                statements.Add(window.Enter(next));
            }

            statements.Add(Trace([.. group.Keys, .. inputs.SelectMany(i => new[] { i.Argument, i.Filter }).OfType<Expression>()], shape.Node.Origin));
            var key = Local(shape.Key.Type, "key");
            var keyOfRow = shape.Key.Make([.. group.Keys.Select(_values.Inline)]);
            statements.Add(Expression.Assign(key, keyOfRow));
            // Of several inputs some may only bring rows.
            Expression? weight = _weighted ? Local(typeof(long), "weight") : shape.IsChanging ? Expression.Constant(1L) : null;
            if (_weighted) statements.Add(Expression.Assign(weight!, Expression.Convert(Expression.ArrayIndex(_weights, _index), typeof(long))));
            var conditions = inputs.Select((input, i) => input.Filter is null ? null : Held(input.Filter, $"filter{i}", statements)).ToArray();
            var arguments = inputs.Select((input, i) => input.Argument is null ? null : Guarded(input.Argument, conditions[i], $"argument{i}", statements)).ToArray();
            if (_traced) statements.Add(Expression.Assign(Expression.Field(_context, nameof(StageContext.Step)), Expression.Constant(StageContext.NoStep)));
            var table = window?.Table ?? _target;
            var slot = Local(typeof(int), "slot");
            var state = window?.StateAt(slot) ?? Expression.Field(Expression.ArrayAccess(Expression.Field(table, "Entries"), slot), "Accumulator");
            var change = new List<Expression> { Expression.Assign(slot, window?.Place(key) ?? Expression.Call(table, "Slot", null, key)) };
            if (shape.IsChanging) change.Add(FieldUpdate.Add(shape.State.Get(state, 0), weight!));
            for (var i = 0; i < inputs.Count; i++)
            {
                var offset = shape.Offsets[i];
                var scope = new AccumulatorScope(f => shape.State.Get(state, offset + f), key, (side, type) => Side(sides(side), type));
                var update = (Expression)new LoopConstants(_values).Visit(shape.Accumulators[i].Update(scope, arguments[i], weight))!;
                change.Add(conditions[i] is { } condition ? Expression.IfThen(condition, update) : update);
            }

            statements.Add(window?.ForEachTable(Expression.Block(typeof(void), change)) ?? Expression.Block(typeof(void), change));
            if ((window is null ? _target : window.Searched) is { } searched)
            {
                var isLarge = window?.IsLarge ?? Local(typeof(bool), "isLarge");
                if (window is null) _prologue.Add(Expression.Assign(isLarge, Expression.Property(_target, nameof(GroupTable<,,,>.IsLarge))));
                if (LookAhead.Of(keyOfRow, _row, _rows, _index, _to, searched, isLarge) is { } ahead) statements.Add(ahead);
            }

            return Expression.Block(typeof(void), statements);
        });
    }

    private Expression Side(Expression side, Type type)
    {
        var local = Local(type, "side");
        _prologue.Add(Expression.Assign(local, Expression.Convert(side, type)));
        return local;
    }

    private ParameterExpression Held(Expression value, string name, List<Expression> statements)
    {
        var local = Local(value.Type, name);
        statements.Add(Expression.Assign(local, _values.Inline(value)));
        return local;
    }

    // An argument is only computed for rows that pass its filter: g.Where(x => x.B != 0).Sum(x => x.A / x.B) does not divide by zero.
    private Expression Guarded(Expression argument, Expression? condition, string name, List<Expression> statements)
    {
        var value = _values.Inline(argument);
        // A stored member of the row is read where it is used: read before, it would have to be kept across the search for the group.
        if (condition is null && (value is ParameterExpression || (_row.Type.IsValueType && LookAhead.IsStored(value, _row)))) return value;
        var local = Local(argument.Type, name);
        statements.Add(condition is null ? Expression.Assign(local, value) : Expression.IfThen(condition, Expression.Assign(local, value)));
        return local;
    }

    private Delegate Compile(Func<LabelTarget, Expression> terminal)
    {
        var done = Expression.Label("done");
        var next = Expression.Label("next");
        var body = Steps(0, next, terminal);
        var loop = new List<Expression> { Expression.IfThen(Expression.GreaterThanOrEqual(_index, _to), Expression.Break(done)) };
        if (_traced) loop.Add(Expression.Assign(Expression.Field(_context, nameof(StageContext.Row)), _index));
        if (TellsOrder)
        {
            var order = Local(typeof(LaneOrder), "order");
            _prologue.Add(Expression.Assign(order, Expression.Field(_context, nameof(StageContext.Order))));
            loop.Add(Expression.Assign(Expression.Field(order, nameof(LaneOrder.Row)), _index));
        }

        if (HasFlatten) loop.Add(Expression.Assign(Expression.Field(_target, nameof(RowBuffer<>.Mark)), Expression.Field(_target, nameof(RowBuffer<>.Count))));
        if (_row is ParameterExpression row) loop.Add(Expression.Assign(row, Expression.ArrayIndex(_rows, _index)));
        loop.Add(body);
        loop.Add(Expression.Label(next));
        loop.Add(Expression.PreIncrementAssign(_index));
        var all = new List<Expression>(_prologue) { Expression.Assign(_index, _from) };
        foreach (var (local, value) in _values.Hoisted)
        {
            _locals.Add(local);
            all.Insert(0, Expression.Assign(local, value));
        }

        all.Add(Expression.Loop(Expression.Block(typeof(void), loop), done));
        if (_traced) all.Add(Expression.Assign(Expression.Field(_context, nameof(StageContext.Step)), Expression.Constant(StageContext.NoStep)));
        var type = typeof(StageKernel<,>).MakeGenericType(_rows.Type.GetElementType()!, _target.Type);
        return CompiledCode.Shared.Of(Expression.Lambda(type, Expression.Block(typeof(void), [_index, .. _locals], all), _rows, _from, _to, _weights, _target, _context));
    }

    private Expression Steps(int step, LabelTarget next, Func<LabelTarget, Expression> terminal)
    {
        if (step == _steps.Count) return terminal(next);
        switch (_steps[step])
        {
            case FilterStep filter:
                return Expression.Block(typeof(void),
                    Trace([filter.Condition], filter.Origin), Expression.IfThen(Expression.Not(_values.Inline(filter.Condition)), Expression.Goto(next)), Steps(step + 1, next, terminal));
            case ProjectStep project:
                var assigned = new List<Expression>();
                foreach (var (column, value) in project.Assignments)
                {
                    if (value is ColumnExpression { Column: var same })
                    {
                        _values[column] = _values[same];
                        continue;
                    }

                    assigned.Add(Trace([value], project.Origin));
                    var local = Local(column.Type, column.Name);
                    assigned.Add(Expression.Assign(local, _values.Inline(value)));
                    _values[column] = local;
                }

                assigned.Add(Steps(step + 1, next, terminal));
                return Expression.Block(typeof(void), assigned);
            case AliasStep alias:
                for (var i = 0; i < alias.To.Count; i++) _values[alias.To[i]] = _values[alias.From[i]];
                return Steps(step + 1, next, terminal);
            case FlattenStep flatten:
                return Flatten(flatten, step, terminal);
            case EventTimeStep { Node: var timed, IsObserved: var isObserved }:
                var time = new TimeLoop(_timeOf(timed), timed, isObserved, _values, _context, _index);
                _locals.Add(time.Ticks);
                _values[timed.Column] = time.Value;
                if (timed.Time is not { } selector) return Expression.Block(typeof(void), time.Read(null), Steps(step + 1, next, terminal));
                // A time that is made of a number of the row can only fail where the calendar ends: that is said when it happens, and not of every row.
                if (IsOfNumber(selector)) return Expression.Block(typeof(void), time.Read(Here(timed.Origin)), Steps(step + 1, next, terminal));
                return Expression.Block(typeof(void), Trace([selector], timed.Origin), time.Read(null), Steps(step + 1, next, terminal));
            case LateRowsStep { Node: var late }:
                return Expression.Block(typeof(void), Expression.IfThen(Expression.Not(WindowLoop.IsLate(late.Window, (LateRowFilter)_timeOf(late), _values)), Expression.Goto(next)), Steps(step + 1, next, terminal));
            default:
                throw new InvalidOperationException($"A stage cannot hold {_steps[step]}.");
        }
    }

    private Expression Flatten(FlattenStep flatten, int step, Func<LabelTarget, Expression> terminal)
    {
        var trace = Trace([flatten.Collection], flatten.Origin, always: true);
        var collection = _values.Inline(flatten.List);
        var element = Local(flatten.Element.Type, flatten.Element.Name);
        _values[flatten.Element] = element;
        var index = flatten.Index is null ? null : Local(typeof(int), flatten.Index.Name);
        if (index is not null) _values[flatten.Index!] = index;
        var done = Expression.Label("flattened");
        var next = Expression.Label("element");
        if (collection.Type.IsArray && collection.Type.GetElementType() == element.Type)
        {
            var array = Local(collection.Type, "array");
            var at = index ?? Local(typeof(int), "at");
            var frames = flatten.Frame is null ? Expression.Empty() : new FrameLoop(flatten.Frame, array, at, element, _values, Local).Body(values => Trace(values, flatten.Origin));
            var rest = Steps(step + 1, next, terminal);
            return Expression.Block(typeof(void), trace,
                Expression.Assign(array, collection), Expression.Assign(at, Expression.Constant(0)),
                Expression.Loop(Expression.Block(typeof(void),
                    Expression.IfThen(Expression.GreaterThanOrEqual(at, Expression.ArrayLength(array)), Expression.Break(done)),
                    frames, Expression.Assign(element, Expression.ArrayIndex(array, at)), rest, Expression.Label(next), Expression.PreIncrementAssign(at)), done));
        }

        var sequence = typeof(IEnumerable<>).MakeGenericType(element.Type);
        var enumerator = Local(typeof(IEnumerator<>).MakeGenericType(element.Type), "enumerator");
        var inner = Steps(step + 1, next, terminal);
        return Expression.Block(typeof(void), trace,
            index is null ? Expression.Empty() : Expression.Assign(index, Expression.Constant(-1)),
            Expression.Assign(enumerator, Expression.Call(Expression.Convert(collection, sequence), sequence.GetMethod("GetEnumerator")!)),
            Expression.TryFinally(
                Expression.Loop(Expression.Block(typeof(void),
                    trace,
                    Expression.IfThen(Expression.Not(Expression.Call(enumerator, typeof(System.Collections.IEnumerator).GetMethod("MoveNext")!)), Expression.Break(done)),
                    index is null ? Expression.Empty() : Expression.PreIncrementAssign(index),
                    Expression.Assign(element, Expression.Property(enumerator, "Current")), inner, Expression.Label(next)), done),
                Expression.Call(enumerator, typeof(IDisposable).GetMethod("Dispose")!)));
    }

    private Expression Trace(IReadOnlyList<Expression> values, string origin, bool always = false)
    {
        if (!always && !values.Any(ThrowAnalysis.Can)) return Expression.Empty();
        _traced = true;
        _origins.Add(origin);
        return Expression.Assign(Expression.Field(_context, nameof(StageContext.Step)), Expression.Constant(_origins.Count - 1));
    }

    private static bool IsOfNumber(Expression time) => EventTicks.AreAtHand(time)
        && (time is NewExpression made ? !ThrowAnalysis.Can(made.Arguments[0]) : time is MethodCallExpression call && !ThrowAnalysis.Can(call.Arguments[0]));

    private BlockExpression Here(string origin)
    {
        _origins.Add(origin);
        return Expression.Block(
            Expression.Assign(Expression.Field(_context, nameof(StageContext.Row)), _index),
            Expression.Assign(Expression.Field(_context, nameof(StageContext.Step)), Expression.Constant(_origins.Count - 1)));
    }

    private ParameterExpression Local(Type type, string name)
    {
        var local = Expression.Variable(type, name);
        _locals.Add(local);
        return local;
    }

    // Accumulators bring constants of their own (a custom aggregate): hoisted like the rest.
    private sealed class LoopConstants(LoopValues values) : ExpressionVisitor
    {
        protected override Expression VisitConstant(ConstantExpression node) => values.Visit(node)!;
    }
}
