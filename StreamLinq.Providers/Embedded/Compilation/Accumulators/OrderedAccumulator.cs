// Min and Max where rows can be taken back: all values with their counts, in order. Nulls are left out.
using System.Linq.Expressions;

namespace StreamLinq.Embedded;

internal sealed class OrderedAccumulator(Type argument, Type result, bool greatest) : Accumulator
{
    private readonly Type _values = typeof(OrderedValues<>).MakeGenericType(Nullable.GetUnderlyingType(argument) ?? argument);

    internal override IReadOnlyList<Type> Fields => [_values];

    internal override Expression Update(AccumulatorScope scope, Expression? value, Expression? weight)
    {
        var (unwrapped, hasValue) = Unwrapped(value!);
        var add = Expression.Call(_values, nameof(OrderedValues<>.Add), null, scope.Field(0), unwrapped, weight ?? Expression.Constant(1L));
        return When(hasValue, Expression.Assign(scope.Field(0), add));
    }

    internal override Expression Merge(Func<int, Expression> into, Func<int, Expression> from) =>
        Expression.Assign(into(0), Expression.Call(_values, nameof(OrderedValues<>.Merge), null, into(0), from(0)));

    internal override Expression Result(Func<int, Expression> field)
    {
        var empty = Expression.OrElse(Expression.ReferenceEqual(field(0), Expression.Constant(null)), Expression.Call(field(0), nameof(OrderedValues<>.IsEmpty), null));
        var value = Expression.Call(field(0), greatest ? nameof(OrderedValues<>.Greatest) : nameof(OrderedValues<>.Least), null);
        return Expression.Condition(empty, Expression.Default(result), value.Type == result ? value : Expression.Convert(value, result));
    }
}
