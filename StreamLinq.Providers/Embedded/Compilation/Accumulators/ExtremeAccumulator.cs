// Min and Max where rows only come: the value so far. Nulls are left out.
using System.Linq.Expressions;

namespace StreamLinq.Embedded;

internal sealed class ExtremeAccumulator(Type argument, Type result, bool greatest) : Accumulator
{
    private readonly Type _value = Nullable.GetUnderlyingType(argument) ?? argument;

    internal override IReadOnlyList<Type> Fields => [_value, typeof(bool)];

    // Equal whole numbers are the same number; of other equal values the first counts, and it may look different from the second.
    internal override bool MergesInAnyOrder => IsWhole;

    internal override Expression Update(AccumulatorScope scope, Expression? value, Expression? weight)
    {
        var (unwrapped, hasValue) = Unwrapped(value!);
        return When(hasValue, Take(scope.Field, unwrapped));
    }

    internal override Expression Merge(Func<int, Expression> into, Func<int, Expression> from) => Expression.IfThen(from(1), Take(into, from(0)));

    private ConditionalExpression Take(Func<int, Expression> field, Expression value) => Expression.IfThen(
        Expression.OrElse(Expression.Not(field(1)), greatest ? Less(field(0), value) : Less(value, field(0))),
        Expression.Block(typeof(void), Expression.Assign(field(0), value), Expression.Assign(field(1), Expression.Constant(true))));

    private bool IsWhole => _value.IsPrimitive && _value != typeof(double) && _value != typeof(float) && _value != typeof(bool) && _value != typeof(nint) && _value != typeof(nuint);

    private Expression Less(Expression left, Expression right) => IsWhole
        ? Expression.LessThan(left, right)
        : Expression.Call(typeof(ValueOrder<>).MakeGenericType(_value), nameof(ValueOrder<>.Less), null, left, right);

    internal override Expression Result(Func<int, Expression> field) => _value == result
        ? field(0)
        : Expression.Condition(field(1), Expression.Convert(field(0), result), Expression.Default(result));
}
