// Aggregates that need rows in an order, where rows only come: ToList and the rows of a top-N, First and Last, and any aggregate over the first rows only, which is computed over them when it is asked for.
using System.Linq.Expressions;

namespace StreamLinq.Embedded;

internal sealed class RowsAccumulator : Accumulator
{
    private readonly AggregateCall _call;
    private readonly Type _row;
    private readonly Type _rows;
    private readonly ConstantExpression _rule;
    private readonly Accumulator? _over;

    internal RowsAccumulator(AggregateCall call)
    {
        _call = call;
        _row = call.Argument?.Type ?? typeof(byte);
        var order = new TupleLayout([.. call.Ordering.Select(o => o.Value.Type)]);
        _rows = typeof(RankedRows<,>).MakeGenericType(order.Type, _row);
        // The one row of a First or Last is enough: the first from that end.
        var last = call is { Function: AggregateFunction.Last, Limit: null };
        var single = last || call is { Function: AggregateFunction.First, Limit: null };
        var columns = call.Ordering.Select((o, i) => new PlanOrdering(new PlanColumn($"order{i}", o.Value.Type), o.Descending != last)).ToArray();
        var compare = typeof(TableOrder).GetMethod(nameof(TableOrder.Compile), System.Reflection.BindingFlags.Static | System.Reflection.BindingFlags.NonPublic)!
            .MakeGenericMethod(order.Type).Invoke(null, [order, columns]);
        var rule = typeof(RankRule<,>).MakeGenericType(order.Type, _row);
        _rule = Expression.Constant(Activator.CreateInstance(rule, compare, single ? 1 : call.Limit, call.WithTies, last));
        _over = call.Function is AggregateFunction.First or AggregateFunction.Last or AggregateFunction.Rows
            ? null
            : For(new AggregateCall(call.Column, call.Function, call.Argument, null, call.Custom), changing: false, windowed: true, side: -1);
    }

    internal override bool IsForOneThread => true;

    internal override IReadOnlyList<Type> Fields => [_rows];

    /// <summary>What a row brings: what it is ordered by, and its value.</summary>
    internal static Expression Entry(AggregateCall call)
    {
        var order = new TupleLayout([.. call.Ordering.Select(o => o.Value.Type)]).Make([.. call.Ordering.Select(o => o.Value)]);
        var row = call.Argument ?? Expression.Constant((byte)0);
        return Expression.New(typeof(ValueTuple<,>).MakeGenericType(order.Type, row.Type).GetConstructor([order.Type, row.Type])!, order, row);
    }

    internal override Expression Update(AccumulatorScope scope, Expression? argument, Expression? weight) =>
        Expression.Assign(scope.Field(0), Expression.Call(_rows, nameof(RankedRows<,>.Add), null, scope.Field(0), argument!, _rule));

    internal override Expression Merge(Func<int, Expression> into, Func<int, Expression> from) =>
        Expression.Assign(into(0), Expression.Call(_rows, nameof(RankedRows<,>.Merge), null, into(0), from(0), _rule));

    internal override Expression Result(Func<int, Expression> field)
    {
        var taken = Expression.Call(_rows, nameof(RankedRows<,>.Taken), null, field(0), _rule);
        if (_over is not null) return Over(_over, _row, _call.Column.Type, taken);
        if (_call.Function == AggregateFunction.Rows) return taken;
        return _call.Function == AggregateFunction.First || _call.Limit is null
            ? Expression.Call(_rows, nameof(RankedRows<,>.First), null, field(0))
            : Over(new ArrivalAccumulator(_row, last: true), _row, _call.Column.Type, taken);
    }

    /// <summary>Another aggregate over the rows at hand, in locals of its own.</summary>
    internal static BlockExpression Over(Accumulator aggregate, Type rowType, Type result, Expression taken)
    {
        var rows = Expression.Variable(rowType.MakeArrayType(), "rows");
        var at = Expression.Variable(typeof(int), "at");
        var row = Expression.Variable(rowType, "row");
        var fields = aggregate.Fields.Select((f, i) => Expression.Variable(f, $"field{i}")).ToArray();
        var done = Expression.Label("done");
        var scope = new AccumulatorScope(f => fields[f], Expression.Empty(), (_, _) => throw new InvalidOperationException("The rows at hand have no table beside them."));
        return Expression.Block(result, [rows, at, row, .. fields],
            [Expression.Assign(rows, taken), Expression.Assign(at, Expression.Constant(0)), .. fields.Select(f => Expression.Assign(f, Expression.Default(f.Type))),
            Expression.Loop(Expression.Block(typeof(void),
                Expression.IfThen(Expression.GreaterThanOrEqual(at, Expression.ArrayLength(rows)), Expression.Break(done)),
                Expression.Assign(row, Expression.ArrayIndex(rows, at)),
                aggregate.Update(scope, row, null),
                Expression.PreIncrementAssign(at)), done),
            aggregate.Result(f => fields[f])]);
    }
}
