// The compiled form of a join: how keys, kept rows and results are laid out, and the functions that test a pair and make its result.
using System.Linq.Expressions;

namespace StreamLinq.Embedded;

/// <summary>A row on its way into a join. A struct of fields: the functions of a join take the row by reference.</summary>
internal struct JoinInput<TKey, TRow>(TKey key, TRow row, long time, long end, int place, bool canMatch)
{
    public TKey Key = key;

    /// <summary>What is kept of it.</summary>
    public TRow Row = row;

    /// <summary>Its event time in UTC ticks, or where the window it carries begins.</summary>
    public long Time = time;

    /// <summary>Where the window it carries ends.</summary>
    public long End = end;

    /// <summary>Its number among the rows at hand, for errors.</summary>
    public int Place = place;

    /// <summary>Whether its key is there and it fulfils what the condition asks of its side.</summary>
    public bool CanMatch = canMatch;
}

/// <summary>Makes the result of a pair; a row that is missing is the default.</summary>
internal delegate TResult JoinResult<TOwn, TOther, TResult>(ref TOwn own, ref TOther other, long time);

/// <summary>Whether a pair of rows with equal keys matches.</summary>
internal delegate bool JoinCondition<TOwn, TOther>(ref TOwn own, ref TOther other);

internal sealed class JoinShape
{
    private readonly Delegate?[] _results = new Delegate?[2];
    private readonly Delegate?[] _conditions = new Delegate?[2];

    internal JoinShape(LogicalJoin node)
    {
        Node = node;
        Conditions = JoinConditions.Of(node);
        Left = new TupleLayout([.. node.LeftColumns.Select(c => c.Type)]);
        Right = new TupleLayout([.. node.RightColumns.Select(c => c.Column.Type)]);
        Key = new TupleLayout([.. node.Keys.Select(k => IsUnwrapped ? Nullable.GetUnderlyingType(k.Left.Type)! : k.Left.Type)]);
        Result = new TupleLayout([.. node.Columns.Select(c => c.Type)]);
    }

    internal LogicalJoin Node { get; }

    internal JoinConditions Conditions { get; }

    internal TupleLayout Left { get; }

    internal TupleLayout Right { get; }

    internal TupleLayout Key { get; }

    internal TupleLayout Result { get; }

    // A single key that may be null is never null when it is looked for.
    private bool IsUnwrapped => !Node.NullsMatch && Node.Keys is [{ Left: { } only }] && Nullable.GetUnderlyingType(only.Type) is not null;

    /// <summary>The row that goes into the join, over the columns of one input.</summary>
    /// <param name="left">Which side.</param>
    /// <param name="place">The number of the row at hand.</param>
    internal Expression Input(bool left, Expression place)
    {
        Expression[] keys = [.. Node.Keys.Select(k => left ? k.Left : k.Right)];
        var condition = left ? Conditions.Left : Conditions.Right;
        var canMatch = condition ?? Expression.Constant(true);
        if (!Node.NullsMatch && keys is [var key] && (!key.Type.IsValueType || Nullable.GetUnderlyingType(key.Type) is not null))
        {
            Expression isThere = key.Type.IsValueType ? Expression.Property(key, nameof(Nullable<>.HasValue)) : Expression.ReferenceNotEqual(key, Expression.Constant(null));
            canMatch = condition is null ? isThere : Expression.AndAlso(isThere, condition);
            if (IsUnwrapped) keys = [Expression.Call(key, nameof(Nullable<>.GetValueOrDefault), null)];
        }

        var row = left ? Left.Make([.. Node.LeftColumns.Select(c => c.Reference)]) : Right.Make([.. Node.RightColumns.Select(c => c.Value)]);
        var (time, end) = Times(left);
        Type[] types = [Key.Type, row.Type, typeof(long), typeof(long), typeof(int), typeof(bool)];
        return Expression.New(InputType(left).GetConstructor(types)!, Key.Make(keys), row, time, end, place, canMatch);
    }

    internal Type InputType(bool left) => typeof(JoinInput<,>).MakeGenericType(Key.Type, left ? Left.Type : Right.Type);

    private (Expression Time, Expression End) Times(bool left)
    {
        Expression none = Expression.Constant(0L);
        if (Node.Interval is { } interval) return (Ticks((left ? interval.Left : interval.Right).Reference), none);
        if (Node.AsOf is { } asOf) return (Ticks((left ? asOf.Left : asOf.Right).Reference), none);
        if (Node.Windows is not { } windows) return (none, none);
        var window = left ? windows.Left : windows.Right;
        return window.Carried is { } carried
            ? (Ticks(Expression.Property(carried.Reference, nameof(Window.Start))), Ticks(Expression.Property(carried.Reference, nameof(Window.End))))
            : (Ticks(window.Time.Reference), none);

        static Expression Ticks(Expression time) => Expression.Property(time, nameof(DateTimeOffset.UtcTicks));
    }

    /// <summary>Compiles <see cref="JoinResult{TOwn, TOther, TResult}"/> for rows of one side and partners of the other.</summary>
    internal Delegate CompileResult(bool left) => _results[left ? 0 : 1] ??= MakeResult(left);

    private Delegate MakeResult(bool left)
    {
        var (own, other, values) = Parameters(left);
        var time = Expression.Parameter(typeof(long), "time");
        if (Node.Time is { } column) values[column] = EventTicks.ToTime(time);
        var result = Result.Make([.. Node.Columns.Select(c => values[c])]);
        return CompiledCode.Shared.Of(Expression.Lambda(typeof(JoinResult<,,>).MakeGenericType(own.Type, other.Type, Result.Type), result, own, other, time));
    }

    /// <summary>Compiles <see cref="JoinCondition{TOwn, TOther}"/>; null where equal keys are enough.</summary>
    internal Delegate? CompileCondition(bool left) => Conditions.Pair is null ? null : _conditions[left ? 0 : 1] ??= MakeCondition(left, Conditions.Pair);

    private Delegate MakeCondition(bool left, Expression condition)
    {
        var (own, other, values) = Parameters(left);
        return CompiledCode.Shared.Of(Expression.Lambda(typeof(JoinCondition<,>).MakeGenericType(own.Type, other.Type), new Reading(values).Visit(condition), own, other));
    }

    private (ParameterExpression Own, ParameterExpression Other, Dictionary<PlanColumn, Expression> Values) Parameters(bool left)
    {
        var l = Expression.Parameter(Left.Type.MakeByRefType(), "left");
        var r = Expression.Parameter(Right.Type.MakeByRefType(), "right");
        var values = new Dictionary<PlanColumn, Expression>();
        for (var i = 0; i < Node.LeftColumns.Count; i++) values[Node.LeftColumns[i]] = Left.Get(l, i);
        for (var i = 0; i < Node.RightColumns.Count; i++) values[Node.RightColumns[i].Column] = Right.Get(r, i);
        return left ? (l, r, values) : (r, l, values);
    }

    private sealed class Reading(Dictionary<PlanColumn, Expression> values) : ExpressionVisitor
    {
        protected override Expression VisitExtension(Expression node) => node is ColumnExpression { Column: var column } ? values[column] : node;
    }
}
