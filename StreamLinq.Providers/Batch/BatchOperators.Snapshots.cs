// What joins with a table as it is in the epoch mean over finite rows, which are all of one epoch: the table is the one that is left at the end.
namespace StreamLinq.Batch;

/// <summary>A table that is looked at when left rows come.</summary>
internal sealed record SnapshotRows<T>(IEnumerable<T> Rows);

internal static partial class BatchOperators
{
    public static SnapshotRows<T> Snapshot<T>(IEnumerable<T> table) => new(table);

    public static IEnumerable<R> Join<L, I, K, R>(IEnumerable<L> outer, SnapshotRows<I> inner, Func<L, K> outerKey, Func<I, K> innerKey, Func<L, I, R> result) =>
        JoinedTables(JoinKind.Inner, outer, inner.Rows, outerKey, innerKey, result!, null);

    public static IEnumerable<R> LeftJoin<L, I, K, R>(IEnumerable<L> outer, SnapshotRows<I> inner, Func<L, K> outerKey, Func<I, K> innerKey, Func<L, I?, R> result, Func<L, I, bool>? on = null) =>
        JoinedTables(JoinKind.Left, outer, inner.Rows, outerKey, innerKey, result!, on);
}
