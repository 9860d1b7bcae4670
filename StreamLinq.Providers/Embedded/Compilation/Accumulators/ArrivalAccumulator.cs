// First and Last by arrival, where rows only come.
using System.Linq.Expressions;

namespace StreamLinq.Embedded;

internal sealed class ArrivalAccumulator(Type value, bool last) : Accumulator
{
    internal override IReadOnlyList<Type> Fields => last ? [value] : [value, typeof(bool)];

    internal override Expression Update(AccumulatorScope scope, Expression? argument, Expression? weight) => last
        ? Expression.Assign(scope.Field(0), argument!)
        : Expression.IfThen(Expression.Not(scope.Field(1)),
            Expression.Block(typeof(void), Expression.Assign(scope.Field(0), argument!), Expression.Assign(scope.Field(1), Expression.Constant(true))));

    internal override Expression Result(Func<int, Expression> field) => field(0);
}
