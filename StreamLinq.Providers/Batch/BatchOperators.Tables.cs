// What tables mean over finite rows: a feed of changes is played through, in the order of time where rows have one; a join of tables holds all rows of one against all rows of the other.
namespace StreamLinq.Batch;

internal static partial class BatchOperators
{
    public static IEnumerable<T> ToTable<T, K>(IEnumerable<Change<T>> changes, Func<T, K> key) => Played(changes, key);

    public static IEnumerable<T> ToTable<T, K>(IStampedRows<Change<T>, DateTimeOffset> changes, Func<T, K> key) => VersionedRows<T>.Of(
        Played(changes.Zip(changes.Stamps).OrderBy(c => c.Second).Select(c => c.First), key),
        changes.Zip(changes.Stamps).Select(c => (key(c.First.Row), c.Second, c.First.Kind != ChangeKind.Delete, c.First.Row)));

    /// <summary>The rows, each as one that came.</summary>
    public static IEnumerable<Change<T>> ToChanges<T>(IEnumerable<T> table) => table.Select(row => new Change<T>(ChangeKind.Insert, row));

    public static IEnumerable<R> Join<L, I, K, R>(IEnumerable<L> outer, IEnumerable<I> inner, Func<L, K> outerKey, Func<I, K> innerKey, Func<L, I, R> result) =>
        JoinedTables(JoinKind.Inner, outer, inner, outerKey, innerKey, result!, null);

    public static IEnumerable<R> LeftJoin<L, I, K, R>(IEnumerable<L> outer, IEnumerable<I> inner, Func<L, K> outerKey, Func<I, K> innerKey, Func<L, I?, R> result, Func<L, I, bool>? on = null) =>
        JoinedTables(JoinKind.Left, outer, inner, outerKey, innerKey, result!, on);

    public static IEnumerable<R> RightJoin<L, I, K, R>(IEnumerable<L> outer, IEnumerable<I> inner, Func<L, K> outerKey, Func<I, K> innerKey, Func<L?, I, R> result, Func<L, I, bool>? on = null) =>
        JoinedTables(JoinKind.Right, outer, inner, outerKey, innerKey, result!, on);

    public static IEnumerable<R> FullJoin<L, I, K, R>(IEnumerable<L> outer, IEnumerable<I> inner, Func<L, K> outerKey, Func<I, K> innerKey, Func<L?, I?, R> result, Func<L, I, bool>? on = null) =>
        JoinedTables(JoinKind.Full, outer, inner, outerKey, innerKey, result!, on);

    public static IEnumerable<L> SemiJoin<L, I, K>(IEnumerable<L> outer, IEnumerable<I> inner, Func<L, K> outerKey, Func<I, K> innerKey, Func<L, I, bool>? on = null) =>
        JoinedTables(JoinKind.Semi, outer, inner, outerKey, innerKey, (row, _) => row!, on);

    public static IEnumerable<L> AntiJoin<L, I, K>(IEnumerable<L> outer, IEnumerable<I> inner, Func<L, K> outerKey, Func<I, K> innerKey, Func<L, I, bool>? on = null) =>
        JoinedTables(JoinKind.Anti, outer, inner, outerKey, innerKey, (row, _) => row!, on);

    private static IEnumerable<R> JoinedTables<L, I, K, R>(
        JoinKind kind, IEnumerable<L> outer, IEnumerable<I> inner, Func<L, K> outerKey, Func<I, K> innerKey, Func<L?, I?, R> result, Func<L, I, bool>? on) =>
        outer is ICarryingRows<L> carrying ? JoinedRows(kind, carrying, inner, outerKey, innerKey, result, on) : Joined(kind, [.. outer], [.. inner], outerKey, innerKey, (_, _) => true, on, (row, match, _, _) => result(row, match));

    // Rows of a stream with rows that do not change: each result has what its left row carries.
    private static ICarryingRows<R> JoinedRows<L, I, K, R>(
        JoinKind kind, ICarryingRows<L> outer, IEnumerable<I> inner, Func<L, K> outerKey, Func<I, K> innerKey, Func<L?, I?, R> result, Func<L, I, bool>? on)
    {
        var byKey = inner.ToLookup(innerKey);
        return outer.Expand(row =>
        {
            var matches = (outerKey(row) is { } key ? byKey[key] : []).Where(match => on is null || on(row, match)).Select(match => result(row, match)).ToList();
            return matches.Count == 0 && kind == JoinKind.Left ? [result(row, default)] : matches;
        });
    }

    private static IEnumerable<T> Played<T, K>(IEnumerable<Change<T>> changes, Func<T, K> key) =>
        changes.GroupBy(c => key(c.Row)).Select(group => group.Last()).Where(last => last.Kind != ChangeKind.Delete).Select(last => last.Row);
}
