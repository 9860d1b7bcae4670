// Aggregates that need rows or values in an order, where rows can be taken back: any of them may move up, so all are kept, in sets beside the groups. In the group's slot stands the number of its set.
using System.Linq.Expressions;

namespace StreamLinq.Embedded;

internal sealed class RankedAccumulator : Accumulator
{
    private readonly AggregateCall _call;
    private readonly bool _ofValues;
    private readonly Type _row;
    private readonly TupleLayout _order;
    private readonly int _side;

    internal RankedAccumulator(AggregateCall call, int side)
    {
        _call = call;
        _side = side;
        _ofValues = !call.KeepsRows;
        _row = _ofValues ? typeof(byte) : call.Argument?.Type ?? typeof(byte);
        _order = new TupleLayout(_ofValues ? [Nullable.GetUnderlyingType(call.Argument!.Type) ?? call.Argument.Type] : [.. call.Ordering.Select(o => o.Value.Type)]);
        Sets = typeof(RankedSets<,>).MakeGenericType(_order.Type, _row);
    }

    /// <summary>The type of the sets it keeps its rows in.</summary>
    internal Type Sets { get; }

    internal override IReadOnlyList<Type> Fields => [typeof(long)];

    internal override bool CanThrow => true;

    internal override bool MergesExactly => false;

    /// <summary>New sets for it.</summary>
    internal object MakeSets()
    {
        var columns = _order.Types.Select((t, i) => new PlanOrdering(new PlanColumn($"order{i}", t), !_ofValues && _call.Ordering[i].Descending)).ToArray();
        var compare = typeof(TableOrder).GetMethod(nameof(TableOrder.Compile), System.Reflection.BindingFlags.Static | System.Reflection.BindingFlags.NonPublic)!
            .MakeGenericMethod(_order.Type).Invoke(null, [_order, columns]);
        return Activator.CreateInstance(Sets, compare, _call.Limit, _call.WithTies)!;
    }

    internal override Expression Update(AccumulatorScope scope, Expression? argument, Expression? weight)
    {
        var sets = scope.Side(_side, Sets);
        var by = weight ?? Expression.Constant(1L);
        if (!_ofValues) return Expression.Assign(scope.Field(0), Expression.Call(sets, nameof(RankedSets<,>.Change), null, scope.Field(0), argument!, by));
        var (value, hasValue) = Unwrapped(argument!);
        var entry = Expression.New(typeof(ValueTuple<,>).MakeGenericType(_order.Type, _row).GetConstructor([_order.Type, _row])!, value, Expression.Constant((byte)0));
        return When(hasValue, Expression.Assign(scope.Field(0), Expression.Call(sets, nameof(RankedSets<,>.Change), null, scope.Field(0), entry, by)));
    }

    internal override Expression Merge(Func<int, Expression> into, Func<int, Expression> from) => throw new InvalidOperationException("Groups of rows that can be taken back are never parts of one.");

    internal override Expression Result(Func<int, Expression> field) => throw new InvalidOperationException("What is ranked is read from its sets.");

    internal override Expression Result(Func<int, Expression> field, Func<int, Expression> side)
    {
        var sets = Expression.Convert(side(_side), Sets);
        if (_ofValues)
        {
            var value = Expression.Call(sets, _call.Function == AggregateFunction.Max ? nameof(RankedSets<,>.Greatest) : nameof(RankedSets<,>.Least), null, field(0));
            return Expression.Condition(Expression.Equal(field(0), Expression.Constant(0L)), Expression.Default(_call.Column.Type), value.Type == _call.Column.Type ? value : Expression.Convert(value, _call.Column.Type));
        }

        var taken = Expression.Call(sets, nameof(RankedSets<,>.Taken), null, field(0));
        return _call.Function switch
        {
            AggregateFunction.Rows => taken,
            AggregateFunction.First => Expression.Call(sets, nameof(RankedSets<,>.First), null, field(0)),
            AggregateFunction.Last when _call.Limit is null => Expression.Call(sets, nameof(RankedSets<,>.Last), null, field(0)),
            AggregateFunction.Last => RowsAccumulator.Over(new ArrivalAccumulator(_row, last: true), _row, _call.Column.Type, taken),
            _ => RowsAccumulator.Over(For(new AggregateCall(_call.Column, _call.Function, _call.Argument, null, _call.Custom), changing: false, windowed: true, side: -1), _row, _call.Column.Type, taken),
        };
    }
}
