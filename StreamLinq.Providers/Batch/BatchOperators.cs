// What each operator of StreamQueryable means over finite rows, in LINQ to Objects. Each method stands for the operator of its name and
// parameters (see SupportedOperators). Equality is the default one: strings ordinal, 1.0m equals 1.00m, NaN equals NaN, null is a key.
namespace StreamLinq.Batch;

internal static class BatchOperators
{
    public static IEnumerable<T> Where<T>(IEnumerable<T> source, Func<T, bool> predicate) =>
        source is IBatchRows<T> ordered ? BatchOrder.Keep(ordered, predicate) : source.Where(predicate);

    public static IEnumerable<R> Select<T, R>(IEnumerable<T> source, Func<T, R> selector) => source.Select(selector);

    public static IEnumerable<R> SelectMany<T, R>(IEnumerable<T> source, Func<T, IEnumerable<R>> selector) => source.SelectMany(selector);

    public static IEnumerable<R> SelectMany<T, C, R>(IEnumerable<T> source, Func<T, IEnumerable<C>> collection, Func<T, C, R> result) => source.SelectMany(collection, result);

    public static IEnumerable<R> SelectMany<T, C, R>(IEnumerable<T> source, Func<T, IGroupRows<C>> rows, Func<T, C, R> result) =>
        source.SelectMany(row => BatchGroupRows.Of(rows(row)), result);

    public static IEnumerable<T> Merge<T>(IEnumerable<T> first, IEnumerable<T> second) => first.Concat(second);

    public static IEnumerable<T> Named<T>(IEnumerable<T> source, string name) => source;

    public static IEnumerable<T> Unbounded<T>(IEnumerable<T> source) => source;

    public static IEnumerable<T> WithEventTime<T>(IEnumerable<T> source, Func<T, DateTimeOffset> time, TimeSpan maxDelay) => source;

    public static IEnumerable<T> WithEventTime<T>(IEnumerable<T> source, Func<T, DateTimeOffset> time, WatermarkStrategy watermarks) => source;

    public static IEnumerable<T> WithProcessingTime<T>(IEnumerable<T> source) => source;

    public static IEnumerable<T> Distinct<T>(IEnumerable<T> source)
    {
        var seen = new HashSet<T>();
        return source is IBatchRows<T> ordered ? BatchOrder.Keep(ordered, seen.Add) : source.Distinct();
    }

    public static IEnumerable<T> DistinctBy<T, K>(IEnumerable<T> source, Func<T, K> key) => source.DistinctBy(key);

    /// <summary>The last row of each key to arrive.</summary>
    public static IEnumerable<T> LatestBy<T, K>(IEnumerable<T> source, Func<T, K> key) => source.GroupBy(key).Select(group => group.Last());

    public static IEnumerable<IStreamGrouping<K, T>> GroupBy<T, K>(IEnumerable<T> source, Func<T, K> key) => GroupBy(source, key, row => row);

    /// <summary>Groups in the order in which their keys first appear, each with the first of its equal keys and its rows in order of arrival.</summary>
    public static IEnumerable<IStreamGrouping<K, E>> GroupBy<T, K, E>(IEnumerable<T> source, Func<T, K> key, Func<T, E> element) =>
        source.GroupBy(key, element).Select(group => new BatchGrouping<K, E>(group.Key, [.. group]));

    public static IEnumerable<T> OrderBy<T, K>(IEnumerable<T> table, Func<T, K> key) => BatchOrder.By(table, key, descending: false);

    public static IEnumerable<T> OrderByDescending<T, K>(IEnumerable<T> table, Func<T, K> key) => BatchOrder.By(table, key, descending: true);

    public static IEnumerable<T> ThenBy<T, K>(IEnumerable<T> table, Func<T, K> key) => BatchOrder.ThenBy(Ordered(table), key, descending: false);

    public static IEnumerable<T> ThenByDescending<T, K>(IEnumerable<T> table, Func<T, K> key) => BatchOrder.ThenBy(Ordered(table), key, descending: true);

    public static IEnumerable<T> Take<T>(IEnumerable<T> table, int count) => table is IBatchRows<T> ordered ? BatchOrder.Take(ordered, count) : table.Take(count);

    // A Select makes other rows, which have a place but no longer the values they were ordered by.
    private static IBatchRows<T> Ordered<T>(IEnumerable<T> table) => table as IBatchRows<T>
        ?? throw new StreamLinqException("SLQ1009", "ThenBy must come before a Select: its rows no longer hold what they were ordered by. Put ThenBy directly behind OrderBy.");
}
