// Sum: checked, so that an overflow fails the query and never wraps. An int sum is a long; nulls are left out.
using System.Linq.Expressions;
using System.Numerics;

namespace StreamLinq.Embedded;

internal sealed class SumAccumulator(Type argument, Type result) : Accumulator
{
    private readonly Type _sum = Nullable.GetUnderlyingType(result) ?? result;

    internal override IReadOnlyList<Type> Fields => [_sum];

    internal override bool CanThrow => _sum != typeof(double) && _sum != typeof(float);

    internal override Expression Update(AccumulatorScope scope, Expression? value, Expression? weight)
    {
        var (unwrapped, hasValue) = Unwrapped(value!);
        if (unwrapped.Type != _sum) unwrapped = Expression.Convert(unwrapped, _sum);
        return When(hasValue, Add(scope.Field(0), unwrapped, weight));
    }

    // AddAssign on the field evaluates the slot once, which is what makes a compiled loop as fast as a written one.
    private BinaryExpression Add(Expression field, Expression value, Expression? weight)
    {
        if (_sum == typeof(long) || _sum == typeof(ulong) || _sum == typeof(uint))
            return weight is null ? Expression.AddAssignChecked(field, value) : Expression.Assign(field, Signed(field, value, weight, Expression.AddChecked, Expression.SubtractChecked));
        if (_sum == typeof(double) || _sum == typeof(float) || _sum == typeof(decimal))
            return weight is null ? Expression.AddAssign(field, value) : Expression.Assign(field, Signed(field, value, weight, Expression.Add, Expression.Subtract));
        return Expression.Assign(field, weight is null
            ? Expression.Call(typeof(CheckedNumber), nameof(CheckedNumber.Add), [_sum], field, value)
            : Signed(field, value, weight, (f, v) => Expression.Call(typeof(CheckedNumber), nameof(CheckedNumber.Add), [_sum], f, v), (f, v) => Expression.Call(typeof(CheckedNumber), nameof(CheckedNumber.Subtract), [_sum], f, v)));
    }

    private static ConditionalExpression Signed(Expression field, Expression value, Expression weight, Func<Expression, Expression, Expression> add, Func<Expression, Expression, Expression> subtract) =>
        Expression.Condition(Expression.GreaterThan(weight, Expression.Constant(0L)), add(field, value), subtract(field, value));

    internal override Expression Result(Func<int, Expression> field) => _sum == result ? field(0) : Expression.Convert(field(0), result);

    public override string ToString() => $"sum of {argument}";
}

/// <summary>Checked arithmetic on the number types that expression trees have no operators for.</summary>
internal static class CheckedNumber
{
    internal static T Add<T>(T left, T right) where T : INumber<T> => checked(left + right);

    internal static T Subtract<T>(T left, T right) where T : INumber<T> => checked(left - right);
}
