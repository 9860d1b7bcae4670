// CountDistinct in windows: the values stand in the group's own state, so that parts of a window can be merged. Rows in windows only come. Nulls do not count.
using System.Linq.Expressions;

namespace StreamLinq.Embedded;

internal sealed class DistinctValuesAccumulator(Type argument) : Accumulator
{
    private readonly Type _values = typeof(DistinctValues<>).MakeGenericType(Nullable.GetUnderlyingType(argument) ?? argument);

    internal override IReadOnlyList<Type> Fields => [_values];

    internal override Expression Update(AccumulatorScope scope, Expression? argument, Expression? weight)
    {
        var (unwrapped, hasValue) = Unwrapped(argument!);
        return When(hasValue, Expression.Assign(scope.Field(0), Expression.Call(_values, nameof(DistinctValues<>.Add), null, scope.Field(0), unwrapped)));
    }

    internal override Expression Merge(Func<int, Expression> into, Func<int, Expression> from) =>
        Expression.Assign(into(0), Expression.Call(_values, nameof(DistinctValues<>.Merge), null, into(0), from(0)));

    internal override Expression Result(Func<int, Expression> field) => Expression.Call(_values, nameof(DistinctValues<>.CountOf), null, field(0));
}
