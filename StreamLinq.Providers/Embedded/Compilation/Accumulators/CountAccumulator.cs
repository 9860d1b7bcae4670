// Count: one long.
using System.Linq.Expressions;

namespace StreamLinq.Embedded;

internal sealed class CountAccumulator : Accumulator
{
    internal override IReadOnlyList<Type> Fields { get; } = [typeof(long)];

    internal override Expression Update(AccumulatorScope scope, Expression? argument, Expression? weight) =>
        FieldUpdate.Add(scope.Field(0), weight ?? Expression.Constant(1L));

    internal override bool MergesInAnyOrder => true;

    internal override Expression Merge(Func<int, Expression> into, Func<int, Expression> from) => FieldUpdate.Add(into(0), from(0));

    internal override Expression Result(Func<int, Expression> field) => field(0);
}
