// Average: the sum and the number of values. Whole numbers are summed exactly, in 128 bits; nulls are left out.
using System.Linq.Expressions;

namespace StreamLinq.Embedded;

internal sealed class AverageAccumulator(Type argument, Type result) : Accumulator
{
    private readonly Type _sum = SumOf(Nullable.GetUnderlyingType(argument) ?? argument);

    internal override IReadOnlyList<Type> Fields => [_sum, typeof(long)];

    internal override bool CanThrow => _sum == typeof(decimal);

    internal override bool MergesExactly => _sum != typeof(double);

    internal override bool MergesInAnyOrder => _sum == typeof(Int128);

    private static Type SumOf(Type number) => number == typeof(decimal) ? typeof(decimal)
        : number == typeof(double) || number == typeof(float) || number == typeof(Half) ? typeof(double) : typeof(Int128);

    internal override Expression Update(AccumulatorScope scope, Expression? value, Expression? weight)
    {
        var (unwrapped, hasValue) = Unwrapped(value!);
        if (unwrapped.Type != _sum) unwrapped = Expression.Convert(unwrapped, _sum);
        return When(hasValue, Expression.Block(typeof(void),
            FieldUpdate.Add(scope.Field(0), unwrapped, weight), FieldUpdate.Add(scope.Field(1), weight ?? Expression.Constant(1L))));
    }

    internal override Expression Merge(Func<int, Expression> into, Func<int, Expression> from) =>
        Expression.Block(typeof(void), FieldUpdate.Add(into(0), from(0)), FieldUpdate.Add(into(1), from(1)));

    internal override Expression Result(Func<int, Expression> field)
    {
        var value = Nullable.GetUnderlyingType(result) ?? result;
        var mean = Expression.Divide(Expression.Convert(field(0), value), Expression.Convert(field(1), value));
        return value == result ? Expression.Condition(Expression.Equal(field(1), Expression.Constant(0L)), Expression.Default(result), mean)
            : Expression.Condition(Expression.Equal(field(1), Expression.Constant(0L)), Expression.Default(result), Expression.Convert(mean, result));
    }
}
