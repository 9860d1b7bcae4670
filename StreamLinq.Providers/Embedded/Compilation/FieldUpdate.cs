// Changes an accumulator's field where it lies. An assignment operator of an expression tree would change a copy of the struct around it; a method with a ref does not, and is inlined.
using System.Linq.Expressions;
using System.Numerics;
using System.Runtime.CompilerServices;

namespace StreamLinq.Embedded;

internal static class FieldUpdate
{
    /// <summary>field += value, checked.</summary>
    internal static Expression Add(Expression field, Expression value) => Call(nameof(AddTo), field, value);

    /// <summary>field += value where the row comes, field -= value where it goes; checked. Without a weight rows only come.</summary>
    internal static Expression Add(Expression field, Expression value, Expression? weight) => weight is null
        ? Call(nameof(AddTo), field, value)
        : Expression.IfThenElse(Expression.GreaterThan(weight, Expression.Constant(0L)), Call(nameof(AddTo), field, value), Call(nameof(TakeFrom), field, value));

    private static MethodCallExpression Call(string method, Expression field, Expression value) => Expression.Call(typeof(FieldUpdate), method, [field.Type], field, value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static void AddTo<T>(ref T field, T value) where T : INumber<T> => field = checked(field + value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static void TakeFrom<T>(ref T field, T value) where T : INumber<T> => field = checked(field - value);
}
