// The order of a table, compiled from the columns it is ordered by.
using System.Linq.Expressions;

namespace StreamLinq.Embedded;

/// <summary>Compares rows by what the table is ordered by.</summary>
internal static class TableOrder
{
    internal static Comparison<TOrder> Compile<TOrder>(TupleLayout layout, IReadOnlyList<PlanOrdering> orderings)
    {
        var left = Expression.Parameter(typeof(TOrder), "left");
        var right = Expression.Parameter(typeof(TOrder), "right");
        Expression result = Expression.Constant(0);
        for (var i = orderings.Count - 1; i >= 0; i--)
        {
            var (a, b) = (layout.Get(left, i), layout.Get(right, i));
            if (orderings[i].Descending) (a, b) = (b, a);
            var compared = Expression.Variable(typeof(int), "compared");
            var compare = Expression.Call(typeof(ValueOrder<>).MakeGenericType(a.Type), nameof(ValueOrder<>.Compare), null, a, b);
            result = Expression.Block([compared], Expression.Assign(compared, compare), Expression.Condition(Expression.NotEqual(compared, Expression.Constant(0)), compared, result));
        }

        return CompiledCode.Shared.Of(Expression.Lambda<Comparison<TOrder>>(result, left, right));
    }
}
