// What the calls on a group that give a value mean over lists. Sums are checked. Average adds integers exactly, in an Int128, and other
// numbers as doubles in order of arrival, and then divides. Of no rows, Sum and Count are 0; the others are null where their type
// has null, and an InvalidOperationException where it has not. CountDistinct, Min, Max and nullable selectors skip nulls. First and Last
// follow the stated order, else the times of the rows, of equal times the first to arrive, else arrival.
using System.Numerics;

namespace StreamLinq.Batch;

internal static partial class BatchGroupRows
{
    public static long Count<E>(IGroupRows<E> rows) => Of(rows).LongCount();

    public static long Count<E>(IGroupRows<E> rows, Func<E, bool> predicate) => Of(rows).LongCount(predicate);

    public static long CountDistinct<E, V>(IGroupRows<E> rows, Func<E, V> selector) => Of(rows).Select(selector).Where(v => v is not null).Distinct().LongCount();

    public static long Sum<E>(IGroupRows<E> rows, Func<E, int> selector) => Total(Of(rows).Select(row => (long)selector(row)));

    public static N Sum<E, N>(IGroupRows<E> rows, Func<E, N> selector) where N : INumber<N> => Total(Of(rows).Select(selector));

    public static N? Sum<E, N>(IGroupRows<E> rows, Func<E, N?> selector) where N : struct, INumber<N> => Total(Of(rows).Select(selector).OfType<N>());

    public static long Sum(IGroupRows<int> rows) => Total(Of(rows).Select(v => (long)v));

    public static N Sum<N>(IGroupRows<N> rows) where N : INumber<N> => Total(Of(rows));

    public static double Average<E, N>(IGroupRows<E> rows, Func<E, N> selector) where N : INumber<N> => Mean(Of(rows).Select(selector)) ?? throw Nothing();

    public static decimal Average<E>(IGroupRows<E> rows, Func<E, decimal> selector) => Mean(Of(rows).Select(selector)) ?? throw Nothing();

    public static double? Average<E, N>(IGroupRows<E> rows, Func<E, N?> selector) where N : struct, INumber<N> => Mean(Of(rows).Select(selector).OfType<N>());

    public static decimal? Average<E>(IGroupRows<E> rows, Func<E, decimal?> selector) => Mean(Of(rows).Select(selector).OfType<decimal>());

    public static double Average<N>(IGroupRows<N> rows) where N : INumber<N> => Mean(Of(rows)) ?? throw Nothing();

    public static decimal Average(IGroupRows<decimal> rows) => Mean(Of(rows)) ?? throw Nothing();

    public static E Min<E>(IGroupRows<E> rows) => Extreme(Of(rows), v => v, sign: -1);

    public static E Max<E>(IGroupRows<E> rows) => Extreme(Of(rows), v => v, sign: 1);

    public static V Min<E, V>(IGroupRows<E> rows, Func<E, V> selector) => Extreme(Of(rows).Select(selector), v => v, sign: -1);

    public static V Max<E, V>(IGroupRows<E> rows, Func<E, V> selector) => Extreme(Of(rows).Select(selector), v => v, sign: 1);

    public static E MinBy<E, V>(IGroupRows<E> rows, Func<E, V> key) => Extreme(Of(rows), key, sign: -1);

    public static E MaxBy<E, V>(IGroupRows<E> rows, Func<E, V> key) => Extreme(Of(rows), key, sign: 1);

    public static E First<E>(IGroupRows<E> rows) => Of(rows) is { Times: { } times } timed ? ByTime(timed, times, sign: -1) : Of(rows).Take(1).ToList() is [var first] ? first : NullOrNothing<E>();

    public static E Last<E>(IGroupRows<E> rows) => Of(rows) is { Times: { } times } timed ? ByTime(timed, times, sign: 1) : Of(rows).TakeLast(1).ToList() is [var last] ? last : NullOrNothing<E>();

    public static IReadOnlyList<E> ToList<E>(IGroupRows<E> rows) => Of(rows).ToList();

    public static R Aggregate<E, A, R>(IGroupRows<E> rows, IStreamAggregate<E, A, R> aggregate) => aggregate.Result(Of(rows).Aggregate(aggregate.Create(), aggregate.Add));

    private static N Total<N>(IEnumerable<N> values) where N : INumber<N> => values.Aggregate(N.Zero, (sum, v) => checked(sum + v));

    private static decimal? Mean(IEnumerable<decimal> values)
    {
        var list = values.ToList();
        return list.Count == 0 ? null : Total(list) / list.Count;
    }

    private static double? Mean<N>(IEnumerable<N> values) where N : INumber<N>
    {
        var list = values.ToList();
        if (list.Count == 0)
            return null;
        var whole = Array.Exists(typeof(N).GetInterfaces(), i => i.IsGenericType && i.GetGenericTypeDefinition() == typeof(IBinaryInteger<>));
        return (whole ? (double)Total(list.Select(Int128.CreateChecked)) : Total(list.Select(double.CreateChecked))) / list.Count;
    }

    // The first of the rows whose key is least (sign -1) or greatest (sign 1); rows with a null key only if there are no others.
    private static E Extreme<E, V>(IEnumerable<E> rows, Func<E, V> key, int sign)
    {
        var comparer = BatchOrder.Comparer<V>();
        var keyed = rows.Select(row => (Row: row, Key: key(row))).ToList();
        var candidates = keyed.Exists(r => r.Key is not null) ? keyed.FindAll(r => r.Key is not null) : keyed;
        return candidates.Count == 0
            ? NullOrNothing<E>()
            : candidates.Aggregate((best, next) => comparer.Compare(next.Key, best.Key) * sign > 0 ? next : best).Row;
    }

    // The row with the earliest (sign -1) or latest (sign 1) time; of equal times the first to arrive.
    private static E ByTime<E>(IEnumerable<E> rows, IEnumerable<DateTimeOffset> times, int sign)
    {
        var timed = rows.Zip(times).ToList();
        return timed.Count == 0 ? NullOrNothing<E>() : timed.Aggregate((best, next) => next.Second.CompareTo(best.Second) * sign > 0 ? next : best).First;
    }

    private static E NullOrNothing<E>() => default(E) is null ? default! : throw Nothing();

    private static InvalidOperationException Nothing() => new("There are no rows, and the type of this aggregate has no null: give it a nullable selector.");
}
