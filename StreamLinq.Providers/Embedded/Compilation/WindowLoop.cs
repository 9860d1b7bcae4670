// The part of a loop that finds the table of a row's window. Rows that lie in the slice at hand cost a subtraction and a comparison; only others ask.
using System.Linq.Expressions;

namespace StreamLinq.Embedded;

internal sealed class WindowLoop
{
    private readonly PlanWindow _window;
    private readonly ParameterExpression _target;
    private readonly LoopValues _values;
    private readonly bool _hasMany;
    private readonly ParameterExpression _ticks = Expression.Variable(typeof(long), "at");
    private readonly ParameterExpression _gap = Expression.Variable(typeof(long), "gap");
    private readonly ParameterExpression _carried = Expression.Variable(typeof(Window), "carried");
    private readonly ParameterExpression _each = Expression.Variable(typeof(int), "each");
    private readonly ParameterExpression? _table;

    internal WindowLoop(PlanWindow window, GroupShape shape, ParameterExpression target, LoopValues values)
    {
        _window = window;
        _target = target;
        _values = values;
        _hasMany = !window.IsSession && window.Windowing is not null && WindowAssigner.For(window.Windowing, share: !window.EmitsUpdates).HasMany;
        _table = window.IsSession ? null : Expression.Variable(shape.Table, "table");
    }

    internal IEnumerable<ParameterExpression> Locals => new[] { _ticks, _gap, _carried, _each, _table, IsLarge }.OfType<ParameterExpression>();

    internal IEnumerable<Expression> Prologue => HasOneTable
        ? [Expression.Assign(_table!, Expression.Field(_target, nameof(WindowPanes<,,,>.Table))), Expression.Assign(IsLarge, Expression.AndAlso(Expression.ReferenceNotEqual(_table!, Expression.Constant(null)), TableIsLarge))]
        : Heads is null ? [] : [Expression.Assign(IsLarge, Expression.Property(Heads, nameof(GroupTable<,,,>.IsLarge)))];

    // The keys of sessions.
    private Expression? Heads => _window.IsSession ? Expression.Field(_target, nameof(SessionTable<,,,>.Heads)) : null;

    private Expression TableIsLarge => Expression.Property(_table!, nameof(GroupTable<,,,>.IsLarge));

    /// <summary>Whether the table at hand is worth looking ahead in.</summary>
    internal ParameterExpression IsLarge { get; } = Expression.Variable(typeof(bool), "isLarge");

    /// <summary>The table that the row at hand goes into.</summary>
    internal Expression? Table => _table;

    /// <summary>Whether a row goes into one table only.</summary>
    internal bool HasOneTable => _table is not null && !_hasMany;

    /// <summary>The table in which the key of a row is looked for, where there is one only.</summary>
    internal Expression? Searched => HasOneTable ? _table : Heads;

    /// <summary>Finds the row's window; a row that is late goes no further.</summary>
    internal Expression Enter(LabelTarget next)
    {
        var statements = new List<Expression>();
        if (_window.Carried is not null)
        {
            statements.Add(Expression.Assign(_carried, _values.Inline(_window.Carried.Reference)));
            statements.Add(Expression.IfThen(Expression.Not(Expression.Call(_target, nameof(WindowPanes<,,,>.IsAtHand), null, _carried)), Take(_carried)));
            return Expression.Block(typeof(void), statements);
        }

        statements.Add(Expression.Assign(_ticks, EventTicks.Of(_values.Inline(_window.Time.Reference))));
        if (_window.IsSession)
        {
            statements.Add(Expression.Assign(_gap, Gap(_window, _values)));
            statements.Add(Expression.IfThen(Expression.Call(_target, nameof(SessionTable<,,,>.Refuses), null, _ticks, _gap), Expression.Goto(next)));
            return Expression.Block(typeof(void), statements);
        }

        var inSlice = Expression.LessThan(
            Expression.Convert(Expression.Subtract(_ticks, Expression.Field(_target, nameof(WindowPanes<,,,>.Start))), typeof(ulong)), Expression.Field(_target, nameof(WindowPanes<,,,>.Size)));
        statements.Add(Expression.IfThen(Expression.Not(inSlice), Take(_ticks)));
        return Expression.Block(typeof(void), statements);

        BlockExpression Take(Expression what) => Expression.Block(typeof(void),
            Expression.IfThen(Expression.Not(Expression.Call(_target, nameof(WindowPanes<,,,>.Select), null, what)), Expression.Goto(next)),
            _hasMany ? Expression.Empty() : Expression.Block(typeof(void), Expression.Assign(_table!, Expression.Field(_target, nameof(WindowPanes<,,,>.Table))), Expression.Assign(IsLarge, TableIsLarge)));
    }

    /// <summary>The place of the row's group, where groups do not lie in a table; null: in the table.</summary>
    internal Expression? Place(Expression key) => _table is null ? Expression.Call(_target, nameof(SessionTable<,,,>.Place), null, key, _ticks, _gap) : null;

    /// <summary>The accumulators at that place.</summary>
    internal Expression? StateAt(Expression place) =>
        Heads is null ? null : Expression.Field(Expression.Field(Expression.ArrayAccess(Expression.Field(Heads, nameof(GroupTable<,,,>.Entries)), place), nameof(GroupEntry<,>.Accumulator)), nameof(SessionHead<>.State));

    /// <summary>Does it for each table of the row; null: there is one.</summary>
    internal Expression? ForEachTable(Expression change)
    {
        if (!_hasMany) return null;
        var done = Expression.Label("tables");
        return Expression.Block(typeof(void), Expression.Assign(_each, Expression.Constant(0)),
            Expression.Loop(Expression.Block(typeof(void),
                Expression.IfThen(Expression.GreaterThanOrEqual(_each, Expression.Field(_target, nameof(WindowPanes<,,,>.TableCount))), Expression.Break(done)),
                Expression.Assign(_table!, Expression.ArrayIndex(Expression.Field(_target, nameof(WindowPanes<,,,>.Tables)), _each)),
                change,
                Expression.PreIncrementAssign(_each)), done));
    }

    /// <summary>Whether the row is late for all of its windows.</summary>
    internal static Expression IsLate(PlanWindow window, LateRowFilter filter, LoopValues values)
    {
        var late = values.Inline(Expression.Constant(filter));
        if (window.Carried is not null) return Expression.Call(late, nameof(LateRowFilter.IsLate), null, values.Inline(window.Carried.Reference));
        var ticks = EventTicks.Of(values.Inline(window.Time.Reference));
        return window.IsSession ? Expression.Call(late, nameof(LateRowFilter.IsLate), null, ticks, Gap(window, values)) : Expression.Call(late, nameof(LateRowFilter.IsLate), null, ticks);
    }

    // A gap is whole milliseconds, as all durations of windows are; the rest is cut off.
    private static Expression Gap(PlanWindow window, LoopValues values)
    {
        if (window.Windowing is SessionWindowing { Gap.Ticks: var fixedGap }) return Expression.Constant(fixedGap);
        var millisecond = Expression.Constant(TimeSpan.TicksPerMillisecond);
        return Expression.Multiply(Expression.Divide(Expression.Property(values.Inline(window.Gap!.Reference), nameof(TimeSpan.Ticks)), millisecond), millisecond);
    }
}
