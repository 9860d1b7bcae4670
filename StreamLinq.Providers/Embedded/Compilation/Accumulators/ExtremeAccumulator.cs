// Min and Max where rows only come: the value so far. Nulls are left out.
using System.Linq.Expressions;

namespace StreamLinq.Embedded;

internal sealed class ExtremeAccumulator(Type argument, Type result, bool greatest) : Accumulator
{
    private readonly Type _value = Nullable.GetUnderlyingType(argument) ?? argument;

    internal override IReadOnlyList<Type> Fields => [_value, typeof(bool)];

    internal override Expression Update(AccumulatorScope scope, Expression? value, Expression? weight)
    {
        var (unwrapped, hasValue) = Unwrapped(value!);
        var better = greatest ? Less(scope.Field(0), unwrapped) : Less(unwrapped, scope.Field(0));
        var take = Expression.IfThen(
            Expression.OrElse(Expression.Not(scope.Field(1)), better),
            Expression.Block(typeof(void), Expression.Assign(scope.Field(0), unwrapped), Expression.Assign(scope.Field(1), Expression.Constant(true))));
        return When(hasValue, take);
    }

    private Expression Less(Expression left, Expression right) => _value.IsPrimitive && _value != typeof(double) && _value != typeof(float) && _value != typeof(bool) && _value != typeof(nint) && _value != typeof(nuint)
        ? Expression.LessThan(left, right)
        : Expression.Call(typeof(ValueOrder<>).MakeGenericType(_value), nameof(ValueOrder<>.Less), null, left, right);

    internal override Expression Result(Func<int, Expression> field) => _value == result
        ? field(0)
        : Expression.Condition(field(1), Expression.Convert(field(0), result), Expression.Default(result));
}
