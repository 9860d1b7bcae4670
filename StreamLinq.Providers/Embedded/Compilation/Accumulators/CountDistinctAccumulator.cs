// CountDistinct: the number stands in the group's slot, the values in a table beside it. Nulls do not count.
using System.Linq.Expressions;

namespace StreamLinq.Embedded;

internal sealed class CountDistinctAccumulator(Type argument, int side) : Accumulator
{
    internal Type Value { get; } = Nullable.GetUnderlyingType(argument) ?? argument;

    internal override IReadOnlyList<Type> Fields { get; } = [typeof(long)];

    internal override Expression Update(AccumulatorScope scope, Expression? value, Expression? weight)
    {
        var (unwrapped, hasValue) = Unwrapped(value!);
        var counts = scope.Side(side, typeof(ValueCounts<,>).MakeGenericType(scope.Key.Type, Value));
        return When(hasValue, FieldUpdate.Add(scope.Field(0), Expression.Call(counts, nameof(ValueCounts<,>.Add), null, scope.Key, unwrapped, weight ?? Expression.Constant(1L))));
    }

    internal override Expression Merge(Func<int, Expression> into, Func<int, Expression> from) =>
        throw new InvalidOperationException("The values stand in a table beside the groups: groups that are merged keep them in their state.");

    internal override Expression Result(Func<int, Expression> field) => field(0);
}
