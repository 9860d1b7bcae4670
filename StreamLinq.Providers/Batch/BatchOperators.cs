// What each operator of StreamQueryable means over finite rows, in LINQ to Objects. Each method stands for the operator of its name and
// parameters (see SupportedOperators). Equality is the default one: strings ordinal, 1.0m equals 1.00m, NaN equals NaN, null is a key.
namespace StreamLinq.Batch;

internal static partial class BatchOperators
{
    public static IEnumerable<T> Where<T>(IEnumerable<T> source, Func<T, bool> predicate) => source switch
    {
        IBatchRows<T> ordered => BatchOrder.Keep(ordered, predicate),
        ICarryingRows<T> carrying => carrying.Expand(row => Enumerable.Repeat(row, predicate(row) ? 1 : 0)),
        IVersionedRows<T> versioned => versioned.Expand(row => Enumerable.Repeat(row, predicate(row) ? 1 : 0)),
        _ => source.Where(predicate),
    };

    public static IEnumerable<R> Select<T, R>(IEnumerable<T> source, Func<T, R> selector) => source switch
    {
        ICarryingRows<T> carrying => carrying.Expand(row => Enumerable.Repeat(selector(row), 1)),
        IVersionedRows<T> versioned => versioned.Expand(row => Enumerable.Repeat(selector(row), 1)),
        _ => source.Select(selector),
    };

    public static IEnumerable<R> SelectMany<T, R>(IEnumerable<T> source, Func<T, IEnumerable<R>> selector) =>
        source is ICarryingRows<T> carrying ? carrying.Expand(selector) : source.SelectMany(selector);

    public static IEnumerable<R> SelectMany<T, C, R>(IEnumerable<T> source, Func<T, IEnumerable<C>> collection, Func<T, C, R> result) =>
        SelectMany(source, row => collection(row).Select(part => result(row, part)));

    public static IEnumerable<R> SelectMany<T, C, R>(IEnumerable<T> source, Func<T, IGroupRows<C>> rows, Func<T, C, R> result) =>
        SelectMany(source, row => BatchGroupRows.Of(rows(row)), result);

    /// <summary>The rows of the first, then those of the second; they keep what they carry where both carry it.</summary>
    public static IEnumerable<T> Merge<T>(IEnumerable<T> first, IEnumerable<T> second) =>
        Stamped<T, DateTimeOffset>(first, second) ?? Stamped<T, InWindows>(first, second) ?? Stamped<T, InUpdatingWindows>(first, second) ?? first.Concat(second);

    public static IEnumerable<T> Named<T>(IEnumerable<T> source, string name) => source;

    /// <summary>The rows without what they carry: a table has no time.</summary>
    public static UnboundedRows<T> Unbounded<T>(IEnumerable<T> source) => new(source);

    public static IEnumerable<T> Distinct<T>(IEnumerable<T> source) => DistinctBy(source, row => row);

    public static IEnumerable<T> DistinctBy<T, K>(IEnumerable<T> source, Func<T, K> key)
    {
        var seen = new HashSet<K>();
        return source is IBatchRows<T> or ICarryingRows<T> ? Where(source, row => seen.Add(key(row))) : source.DistinctBy(key);
    }

    /// <summary>The last row of each key to arrive.</summary>
    public static IEnumerable<T> LatestBy<T, K>(IEnumerable<T> source, Func<T, K> key) => source.GroupBy(key).Select(group => group.Last());

    public static IEnumerable<IStreamGrouping<K, T>> GroupBy<T, K>(IEnumerable<T> source, Func<T, K> key) => GroupBy(source, key, row => row);

    /// <summary>Groups in the order in which their keys first appear, each with the first of its equal keys and its rows in order of arrival.</summary>
    public static IEnumerable<IStreamGrouping<K, E>> GroupBy<T, K, E>(IEnumerable<T> source, Func<T, K> key, Func<T, E> element) => source is IStampedRows<T, DateTimeOffset> timed
        ? timed.Zip(timed.Stamps).GroupBy(r => key(r.First)).Select(group => new BatchGrouping<K, E>(group.Key, [.. group.Select(r => element(r.First))], [.. group.Select(r => r.Second)]))
        : source.GroupBy(key, element).Select(group => new BatchGrouping<K, E>(group.Key, [.. group], null));

    public static IEnumerable<T> OrderBy<T, K>(IEnumerable<T> table, Func<T, K> key) => BatchOrder.By(table, key, descending: false);

    public static IEnumerable<T> OrderByDescending<T, K>(IEnumerable<T> table, Func<T, K> key) => BatchOrder.By(table, key, descending: true);

    public static IEnumerable<T> ThenBy<T, K>(IEnumerable<T> table, Func<T, K> key) => BatchOrder.ThenBy(Ordered(table), key, descending: false);

    public static IEnumerable<T> ThenByDescending<T, K>(IEnumerable<T> table, Func<T, K> key) => BatchOrder.ThenBy(Ordered(table), key, descending: true);

    public static IEnumerable<T> Take<T>(IEnumerable<T> table, int count) => table is IBatchRows<T> ordered ? BatchOrder.Take(ordered, count) : table.Take(count);

    // A Select makes other rows, which have a place but no longer the values they were ordered by.
    private static IBatchRows<T> Ordered<T>(IEnumerable<T> table) => table as IBatchRows<T>
        ?? throw new StreamLinqException("SLQ1009", "ThenBy must come before a Select: its rows no longer hold what they were ordered by. Put ThenBy directly behind OrderBy.");

    private static StampedRows<T, S>? Stamped<T, S>(IEnumerable<T> first, IEnumerable<T> second) => first is IStampedRows<T, S> one && second is IStampedRows<T, S> other
        ? new StampedRows<T, S>([.. one, .. other], [.. one.Stamps, .. other.Stamps])
        : null;
}
