// First and Last by arrival, where rows only come.
using System.Linq.Expressions;

namespace StreamLinq.Embedded;

internal sealed class ArrivalAccumulator(Type value, bool last) : Accumulator
{
    internal override IReadOnlyList<Type> Fields => [value, typeof(bool)];

    internal override Expression Update(AccumulatorScope scope, Expression? argument, Expression? weight) => Take(scope.Field, argument!);

    internal override Expression Merge(Func<int, Expression> into, Func<int, Expression> from) => Expression.IfThen(from(1), Take(into, from(0)));

    internal override Expression Result(Func<int, Expression> field) => field(0);

    private Expression Take(Func<int, Expression> field, Expression value)
    {
        var take = Expression.Block(typeof(void), Expression.Assign(field(0), value), Expression.Assign(field(1), Expression.Constant(true)));
        return last ? take : Expression.IfThen(Expression.Not(field(1)), take);
    }
}
