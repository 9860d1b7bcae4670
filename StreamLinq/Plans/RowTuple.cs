// Several columns as one value: what a top-N keeps of each row, so that behind it the columns are columns again.
using System.Linq.Expressions;

namespace StreamLinq;

internal static class RowTuple
{
    private const int Widest = 7;

    private static readonly Type[] Open =
        [typeof(ValueTuple<>), typeof(ValueTuple<,>), typeof(ValueTuple<,,>), typeof(ValueTuple<,,,>), typeof(ValueTuple<,,,,>), typeof(ValueTuple<,,,,,>), typeof(ValueTuple<,,,,,,>), typeof(ValueTuple<,,,,,,,>)];

    /// <summary>The values as one: none as a byte, one as itself, more as a tuple, nested beyond seven.</summary>
    internal static Expression Make(IReadOnlyList<Expression> values) => values.Count switch
    {
        0 => Expression.Constant((byte)0),
        1 => values[0],
        _ => Tuple([.. values]),
    };

    /// <summary>One of so many values.</summary>
    internal static Expression Get(Expression whole, int index, int count)
    {
        if (count == 1) return whole;
        for (; index >= Widest; index -= Widest) whole = Expression.Field(whole, "Rest");
        return Expression.Field(whole, $"Item{index + 1}");
    }

    private static NewExpression Tuple(Expression[] values)
    {
        Expression[] arguments = values.Length <= Widest ? values : [.. values[..Widest], Tuple(values[Widest..])];
        Type[] types = [.. arguments.Select(a => a.Type)];
        return Expression.New(Open[types.Length - 1].MakeGenericType(types).GetConstructor(types)!, arguments);
    }
}
