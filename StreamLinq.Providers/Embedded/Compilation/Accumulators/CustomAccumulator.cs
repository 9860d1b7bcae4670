// An aggregate of the user's own. Made at the group's first row; over a table it must be able to take a row back (SLQ1011, checked before).
using System.Linq.Expressions;

namespace StreamLinq.Embedded;

internal sealed class CustomAccumulator : Accumulator
{
    private readonly ConstantExpression _aggregate;
    private readonly Type _accumulator;
    private readonly Type _result;

    internal CustomAccumulator(object aggregate, Type input, Type result)
    {
        var contract = Contract(aggregate.GetType(), typeof(IStreamAggregate<,,>), input);
        _accumulator = contract.GetGenericArguments()[1];
        _result = result;
        _aggregate = Expression.Constant(aggregate, contract);
    }

    internal override bool IsForOneThread => true;

    internal override IReadOnlyList<Type> Fields => [_accumulator, typeof(bool)];

    internal override bool CanThrow => true;

    internal override bool MergesExactly => false;

    internal override Expression Update(AccumulatorScope scope, Expression? argument, Expression? weight)
    {
        var make = Expression.IfThen(Expression.Not(scope.Field(1)), Expression.Block(typeof(void),
            Expression.Assign(scope.Field(0), Expression.Call(_aggregate, "Create", null)), Expression.Assign(scope.Field(1), Expression.Constant(true))));
        Expression changed = Expression.Call(_aggregate, "Add", null, scope.Field(0), argument!);
        if (weight is not null)
        {
            var retractable = Contract(_aggregate.Value!.GetType(), typeof(IRetractableAggregate<,,>), argument!.Type);
            var removed = Expression.Call(Expression.Convert(_aggregate, retractable), "Remove", null, scope.Field(0), argument);
            changed = Expression.Condition(Expression.GreaterThan(weight, Expression.Constant(0L)), changed, removed);
        }

        return Expression.Block(typeof(void), make, Expression.Assign(scope.Field(0), changed));
    }

    // The aggregate may change either side in place, or give back the right one: it gets a copy of that.
    internal override Expression Merge(Func<int, Expression> into, Func<int, Expression> from)
    {
        var copy = Expression.Variable(_accumulator, "copy");
        var copier = Expression.Constant(Activator.CreateInstance(typeof(StateCopy<>).MakeGenericType(_accumulator)));
        return Expression.IfThen(from(1), Expression.Block(typeof(void), [copy],
            Expression.Assign(copy, Expression.Call(copier, nameof(StateCopy<>.Of), null, from(0))),
            Expression.Assign(into(0), Expression.Condition(into(1), Expression.Call(_aggregate, "Merge", null, into(0), copy), copy)),
            Expression.Assign(into(1), Expression.Constant(true))));
    }

    internal override Expression Result(Func<int, Expression> field)
    {
        // A group all of whose rows are filtered out was never made.
        var state = Expression.Condition(field(1), field(0), Expression.Call(_aggregate, "Create", null));
        Expression result = Expression.Call(_aggregate, "Result", null, state);
        return result.Type == _result ? result : Expression.Convert(result, _result);
    }

    // The input is contravariant: an aggregate over object serves rows of any class.
    private static Type Contract(Type aggregate, Type open, Type input) => aggregate.GetInterfaces().First(i =>
        i.IsGenericType && i.GetGenericTypeDefinition() == open && i.GetGenericArguments()[0].IsAssignableFrom(input));
}
