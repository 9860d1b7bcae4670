// How several values travel as one: nothing as a byte, one as itself, more as a ValueTuple, nested beyond seven. Rows between stages, keys and accumulators are made so.
using System.Linq.Expressions;

namespace StreamLinq.Embedded;

internal sealed class TupleLayout
{
    private const int Widest = 7;

    private static readonly Type[] Open =
    [
        typeof(ValueTuple<>), typeof(ValueTuple<,>), typeof(ValueTuple<,,>), typeof(ValueTuple<,,,>), typeof(ValueTuple<,,,,>), typeof(ValueTuple<,,,,,>), typeof(ValueTuple<,,,,,,>),
        typeof(ValueTuple<,,,,,,,>),
    ];

    internal TupleLayout(IReadOnlyList<Type> types)
    {
        Types = types;
        Type = types.Count switch { 0 => typeof(byte), 1 => types[0], _ => Tuple([.. types]) };
    }

    internal IReadOnlyList<Type> Types { get; }

    /// <summary>The type of the whole.</summary>
    internal Type Type { get; }

    /// <summary>Reads, or names for writing, one value of the whole.</summary>
    internal Expression Get(Expression whole, int index)
    {
        if (Types.Count == 1) return whole;
        for (; index >= Widest; index -= Widest) whole = Expression.Field(whole, "Rest");
        return Expression.Field(whole, $"Item{index + 1}");
    }

    /// <summary>Makes the whole.</summary>
    internal Expression Make(IReadOnlyList<Expression> values) => values.Count switch
    {
        0 => Expression.Constant((byte)0),
        1 => values[0],
        _ => New(Type, [.. values]),
    };

    private static Type Tuple(Type[] types) => types.Length <= Widest
        ? Open[types.Length - 1].MakeGenericType(types)
        : Open[Widest].MakeGenericType([.. types[..Widest], Tuple(types[Widest..])]);

    private static NewExpression New(Type type, Expression[] values)
    {
        var arguments = values.Length <= Widest ? values : [.. values[..Widest], New(type.GetGenericArguments()[Widest], values[Widest..])];
        return Expression.New(type.GetConstructor(type.GetGenericArguments())!, arguments);
    }
}
