// What joins with a table as it is in the epoch, here or elsewhere, mean over finite rows, which are all of one epoch: the table is the one that is left at the end.
namespace StreamLinq.Batch;

/// <summary>A table that is looked at when left rows come.</summary>
internal record SnapshotRows<T>(IEnumerable<T> Rows);

internal static partial class BatchOperators
{
    public static SnapshotRows<T> Snapshot<T>(IEnumerable<T> table) => new(table);

    public static IEnumerable<R> Join<L, I, K, R>(IEnumerable<L> outer, SnapshotRows<I> inner, Func<L, K> outerKey, Func<I, K> innerKey, Func<L, I, R> result) =>
        JoinedTables(JoinKind.Inner, outer, Of(inner, outer, outerKey, innerKey), outerKey, innerKey, result!, null);

    public static IEnumerable<R> LeftJoin<L, I, K, R>(IEnumerable<L> outer, SnapshotRows<I> inner, Func<L, K> outerKey, Func<I, K> innerKey, Func<L, I?, R> result, Func<L, I, bool>? on = null) =>
        JoinedTables(JoinKind.Left, outer, Of(inner, outer, outerKey, innerKey), outerKey, innerKey, result!, on);

    /// <summary>A row per row, in their order.</summary>
    public static IEnumerable<R> SelectAsync<T, R>(IEnumerable<T> source, Func<T, CancellationToken, ValueTask<R>> selector, AsyncOptions? options = null) =>
        Select(source, row => BatchCalls.Answer(selector, row, options ?? new AsyncOptions()));

    // Of a table that is asked by key those rows that it has for the keys of the left side, and that have those keys themselves.
    private static IEnumerable<I> Of<L, I, K>(SnapshotRows<I> inner, IEnumerable<L> outer, Func<L, K> outerKey, Func<I, K> innerKey) => inner is not IAskedRows<I> asked ? inner.Rows
        : from key in outer.Select(outerKey).Where(key => key is not null).Distinct().ToList()
          let row = asked.Find(key!)
          where row is not null && EqualityComparer<K>.Default.Equals(innerKey(row), key)
          select row;
}
