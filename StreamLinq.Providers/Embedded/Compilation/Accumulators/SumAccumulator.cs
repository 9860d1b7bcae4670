// Sum: checked, so that an overflow fails the query and never wraps. An int sum is a long; nulls are left out.
using System.Linq.Expressions;

namespace StreamLinq.Embedded;

internal sealed class SumAccumulator(Type result) : Accumulator
{
    private readonly Type _sum = Nullable.GetUnderlyingType(result) ?? result;

    internal override IReadOnlyList<Type> Fields => [_sum];

    internal override bool CanThrow => _sum != typeof(double) && _sum != typeof(float);

    internal override bool MergesExactly => _sum != typeof(double) && _sum != typeof(float);

    // A decimal may be rounded, and then it matters which two were added first.
    internal override bool MergesInAnyOrder => MergesExactly && _sum != typeof(decimal);

    internal override Expression Update(AccumulatorScope scope, Expression? value, Expression? weight)
    {
        var (unwrapped, hasValue) = Unwrapped(value!);
        if (unwrapped.Type != _sum) unwrapped = Expression.Convert(unwrapped, _sum);
        return When(hasValue, FieldUpdate.Add(scope.Field(0), unwrapped, weight));
    }

    internal override Expression Merge(Func<int, Expression> into, Func<int, Expression> from) => FieldUpdate.Add(into(0), from(0));

    internal override Expression Result(Func<int, Expression> field) => _sum == result ? field(0) : Expression.Convert(field(0), result);
}
