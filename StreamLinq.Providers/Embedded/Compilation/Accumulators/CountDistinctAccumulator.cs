// CountDistinct: the number stands in the group's slot, the values in a table beside it. Nulls do not count.
using System.Linq.Expressions;

namespace StreamLinq.Embedded;

internal sealed class CountDistinctAccumulator(Type argument, int side) : Accumulator
{
    internal Type Value { get; } = Nullable.GetUnderlyingType(argument) ?? argument;

    internal override bool IsForOneThread => true;

    internal override IReadOnlyList<Type> Fields { get; } = [typeof(long)];

    internal override Expression Update(AccumulatorScope scope, Expression? value, Expression? weight)
    {
        var (unwrapped, hasValue) = Unwrapped(value!);
        var counts = scope.Side(side, typeof(ValueCounts<,>).MakeGenericType(scope.Key.Type, Value));
        return When(hasValue, FieldUpdate.Add(scope.Field(0), Expression.Call(counts, nameof(ValueCounts<,>.Add), null, scope.Key, unwrapped, weight ?? Expression.Constant(1L))));
    }

    // The values of both parts stand in one table, which has told each part only of values that were new to the group.
    internal override Expression Merge(Func<int, Expression> into, Func<int, Expression> from) => FieldUpdate.Add(into(0), from(0));

    internal override Expression Result(Func<int, Expression> field) => field(0);
}
