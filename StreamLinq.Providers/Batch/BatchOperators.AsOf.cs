// What joins as of a time mean over finite rows: of each row of the table the version that is latest at the left row's time, of equal times the later arrival.
namespace StreamLinq.Batch;

internal static partial class BatchOperators
{
    public static AsOfRows<T> AsOf<T>(IEnumerable<T> table) => new(table as IVersionedRows<T>
        ?? throw new StreamLinqException("SLQ1100", "AsOf of a table that is more than Where and Select away from its LatestBy or ToTable is part of the language but not run by this version yet. Put AsOf directly behind the table."));

    public static IEnumerable<R> Join<L, I, K, R>(IStampedRows<L, DateTimeOffset> outer, AsOfRows<I> inner, Func<L, K> outerKey, Func<I, K> innerKey, Func<L, I, R> result) =>
        JoinedAsOf(JoinKind.Inner, outer, inner.Table, outerKey, innerKey, result!, null);

    public static IEnumerable<R> LeftJoin<L, I, K, R>(IStampedRows<L, DateTimeOffset> outer, AsOfRows<I> inner, Func<L, K> outerKey, Func<I, K> innerKey, Func<L, I?, R> result, Func<L, I, bool>? on = null) =>
        JoinedAsOf(JoinKind.Left, outer, inner.Table, outerKey, innerKey, result!, on);

    private static StampedRows<R, DateTimeOffset> JoinedAsOf<L, I, K, R>(
        JoinKind kind, IStampedRows<L, DateTimeOffset> outer, IVersionedRows<I> table, Func<L, K> outerKey, Func<I, K> innerKey, Func<L, I?, R> result, Func<L, I, bool>? on)
    {
        var versions = table.Versions;
        var ofRows = Enumerable.Range(0, versions.Count).GroupBy(v => table.Keys[v]).Select(g => g.OrderBy(v => table.Times[v]).ToList()).ToList();
        return StampedRows<R, DateTimeOffset>.Of(outer.Zip(outer.Stamps).SelectMany(l => Results(l.First, l.Second), (l, made) => (made, l.Second)));

        IEnumerable<R> Results(L row, DateTimeOffset time)
        {
            var held = ofRows.Select(all => all.FindLastIndex(v => table.Times[v] <= time) is var at and >= 0 ? all[at] : -1).Where(v => v >= 0).Order();
            var matches = (outerKey(row) is { } key ? held.SelectMany(v => versions[v]).Where(i => EqualityComparer<K>.Default.Equals(innerKey(i), key)) : []).Where(i => on is null || on(row, i)).ToList();
            return matches.Count == 0 && kind == JoinKind.Left ? [result(row, default)] : matches.Select(i => result(row, i));
        }
    }
}
