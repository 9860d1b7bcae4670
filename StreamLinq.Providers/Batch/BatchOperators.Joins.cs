// What joins of streams mean over finite rows: every row of one side is held against every row of the other that has its key. Nothing is late, so a row without a match in all rows has none.
namespace StreamLinq.Batch;

/// <summary>The right side of a join within a stretch of event time.</summary>
internal sealed record IntervalRows<T>(IStampedRows<T, DateTimeOffset> Rows, TimeSpan Before, TimeSpan After);

internal static partial class BatchOperators
{
    public static IntervalRows<T> Within<T>(IStampedRows<T, DateTimeOffset> inner, TimeSpan before, TimeSpan after) => new(inner, before, after);

    public static IEnumerable<R> Join<L, I, K, R>(IStampedRows<L, DateTimeOffset> outer, IntervalRows<I> inner, Func<L, K> outerKey, Func<I, K> innerKey, Func<L, I, R> result) =>
        JoinedWithin(JoinKind.Inner, outer, inner, outerKey, innerKey, result!, null);

    public static IEnumerable<R> Join<L, I, K, R>(IStampedRows<L, InWindows> outer, IStampedRows<I, InWindows> inner, Func<L, K> outerKey, Func<I, K> innerKey, Func<L, I, R> result) =>
        JoinedInWindows(JoinKind.Inner, outer, inner, outerKey, innerKey, result!, null);

    public static IEnumerable<R> Join<L, I, K, R>(IEnumerable<L> outer, UnboundedRows<I> inner, Func<L, K> outerKey, Func<I, K> innerKey, Func<L, I, R> result) =>
        JoinedOfAll(JoinKind.Inner, outer, inner, outerKey, innerKey, result!, null);

    public static IEnumerable<R> LeftJoin<L, I, K, R>(IStampedRows<L, DateTimeOffset> outer, IntervalRows<I> inner, Func<L, K> outerKey, Func<I, K> innerKey, Func<L, I?, R> result, Func<L, I, bool>? on = null) =>
        JoinedWithin(JoinKind.Left, outer, inner, outerKey, innerKey, result!, on);

    public static IEnumerable<R> LeftJoin<L, I, K, R>(IStampedRows<L, InWindows> outer, IStampedRows<I, InWindows> inner, Func<L, K> outerKey, Func<I, K> innerKey, Func<L, I?, R> result, Func<L, I, bool>? on = null) =>
        JoinedInWindows(JoinKind.Left, outer, inner, outerKey, innerKey, result!, on);

    public static IEnumerable<R> LeftJoin<L, I, K, R>(IEnumerable<L> outer, UnboundedRows<I> inner, Func<L, K> outerKey, Func<I, K> innerKey, Func<L, I?, R> result, Func<L, I, bool>? on = null) =>
        JoinedOfAll(JoinKind.Left, outer, inner, outerKey, innerKey, result!, on);

    public static IEnumerable<R> RightJoin<L, I, K, R>(IStampedRows<L, DateTimeOffset> outer, IntervalRows<I> inner, Func<L, K> outerKey, Func<I, K> innerKey, Func<L?, I, R> result, Func<L, I, bool>? on = null) =>
        JoinedWithin(JoinKind.Right, outer, inner, outerKey, innerKey, result!, on);

    public static IEnumerable<R> RightJoin<L, I, K, R>(IStampedRows<L, InWindows> outer, IStampedRows<I, InWindows> inner, Func<L, K> outerKey, Func<I, K> innerKey, Func<L?, I, R> result, Func<L, I, bool>? on = null) =>
        JoinedInWindows(JoinKind.Right, outer, inner, outerKey, innerKey, result!, on);

    public static IEnumerable<R> RightJoin<L, I, K, R>(IEnumerable<L> outer, UnboundedRows<I> inner, Func<L, K> outerKey, Func<I, K> innerKey, Func<L?, I, R> result, Func<L, I, bool>? on = null) =>
        JoinedOfAll(JoinKind.Right, outer, inner, outerKey, innerKey, result!, on);

    public static IEnumerable<R> FullJoin<L, I, K, R>(IStampedRows<L, DateTimeOffset> outer, IntervalRows<I> inner, Func<L, K> outerKey, Func<I, K> innerKey, Func<L?, I?, R> result, Func<L, I, bool>? on = null) =>
        JoinedWithin(JoinKind.Full, outer, inner, outerKey, innerKey, result!, on);

    public static IEnumerable<R> FullJoin<L, I, K, R>(IStampedRows<L, InWindows> outer, IStampedRows<I, InWindows> inner, Func<L, K> outerKey, Func<I, K> innerKey, Func<L?, I?, R> result, Func<L, I, bool>? on = null) =>
        JoinedInWindows(JoinKind.Full, outer, inner, outerKey, innerKey, result!, on);

    public static IEnumerable<R> FullJoin<L, I, K, R>(IEnumerable<L> outer, UnboundedRows<I> inner, Func<L, K> outerKey, Func<I, K> innerKey, Func<L?, I?, R> result, Func<L, I, bool>? on = null) =>
        JoinedOfAll(JoinKind.Full, outer, inner, outerKey, innerKey, result!, on);

    public static IEnumerable<L> SemiJoin<L, I, K>(IStampedRows<L, DateTimeOffset> outer, IntervalRows<I> inner, Func<L, K> outerKey, Func<I, K> innerKey, Func<L, I, bool>? on = null) =>
        JoinedWithin(JoinKind.Semi, outer, inner, outerKey, innerKey, (row, _) => row!, on);

    public static IEnumerable<L> SemiJoin<L, I, K>(IStampedRows<L, InWindows> outer, IStampedRows<I, InWindows> inner, Func<L, K> outerKey, Func<I, K> innerKey, Func<L, I, bool>? on = null) =>
        JoinedInWindows(JoinKind.Semi, outer, inner, outerKey, innerKey, (row, _) => row!, on);

    public static IEnumerable<L> SemiJoin<L, I, K>(IEnumerable<L> outer, UnboundedRows<I> inner, Func<L, K> outerKey, Func<I, K> innerKey, Func<L, I, bool>? on = null) =>
        JoinedOfAll(JoinKind.Semi, outer, inner, outerKey, innerKey, (row, _) => row!, on);

    public static IEnumerable<L> AntiJoin<L, I, K>(IStampedRows<L, DateTimeOffset> outer, IntervalRows<I> inner, Func<L, K> outerKey, Func<I, K> innerKey, Func<L, I, bool>? on = null) =>
        JoinedWithin(JoinKind.Anti, outer, inner, outerKey, innerKey, (row, _) => row!, on);

    public static IEnumerable<L> AntiJoin<L, I, K>(IStampedRows<L, InWindows> outer, IStampedRows<I, InWindows> inner, Func<L, K> outerKey, Func<I, K> innerKey, Func<L, I, bool>? on = null) =>
        JoinedInWindows(JoinKind.Anti, outer, inner, outerKey, innerKey, (row, _) => row!, on);

    public static IEnumerable<L> AntiJoin<L, I, K>(IEnumerable<L> outer, UnboundedRows<I> inner, Func<L, K> outerKey, Func<I, K> innerKey, Func<L, I, bool>? on = null) =>
        JoinedOfAll(JoinKind.Anti, outer, inner, outerKey, innerKey, (row, _) => row!, on);

    private static StampedRows<R, DateTimeOffset> JoinedWithin<L, I, K, R>(
        JoinKind kind, IStampedRows<L, DateTimeOffset> outer, IntervalRows<I> inner, Func<L, K> outerKey, Func<I, K> innerKey, Func<L?, I?, R> result, Func<L, I, bool>? on)
    {
        var (left, right) = (outer.Stamps, inner.Rows.Stamps);
        return StampedRows<R, DateTimeOffset>.Of(Joined(
            kind, [.. outer], [.. inner.Rows], outerKey, innerKey, (l, r) => IsWithin(right[r].UtcTicks - left[l].UtcTicks), on,
            (row, match, l, r) => (result(row, match), l < 0 ? right[r] : r < 0 || left[l] > right[r] ? left[l] : right[r])));

        bool IsWithin(long later) => (inner.Before == TimeSpan.MaxValue || later >= -inner.Before.Ticks) && (inner.After == TimeSpan.MaxValue || later <= inner.After.Ticks);
    }

    private static StampedRows<R, DateTimeOffset> JoinedInWindows<L, I, K, R>(
        JoinKind kind, IStampedRows<L, InWindows> outer, IStampedRows<I, InWindows> inner, Func<L, K> outerKey, Func<I, K> innerKey, Func<L?, I?, R> result, Func<L, I, bool>? on)
    {
        if (outer.Stamps.Concat(inner.Stamps).Any(s => s.Merges))
            throw new StreamLinqException("SLQ1005", "session windows are joined: which session a row is in depends on the other rows of its key. Join the rows within a stretch of time (Within).");
        var (left, right) = (ByWindow(outer), ByWindow(inner));
        return StampedRows<R, DateTimeOffset>.Of(left.Select(g => g.Key).Union(right.Select(g => g.Key)).OrderBy(w => w.End).ThenBy(w => w.Start).SelectMany(window =>
            Joined(kind, [.. left[window]], [.. right[window]], outerKey, innerKey, (_, _) => true, on, (row, match, _, _) => (result(row, match), window.LastInstant))));
    }

    private static IEnumerable<R> JoinedOfAll<L, I, K, R>(
        JoinKind kind, IEnumerable<L> outer, UnboundedRows<I> inner, Func<L, K> outerKey, Func<I, K> innerKey, Func<L?, I?, R> result, Func<L, I, bool>? on) =>
        Joined(kind, [.. outer], [.. inner], outerKey, innerKey, (_, _) => true, on, (row, match, _, _) => result(row, match));

    private static ILookup<Window, T> ByWindow<T>(IStampedRows<T, InWindows> rows) =>
        rows.Zip(rows.Stamps).SelectMany(r => r.Second.Windows, (r, window) => (window, r.First)).ToLookup(r => r.window, r => r.First);

    // For each left row its matches, or itself without one; then the right rows without a match. Where there is no row, its place is -1. A null key matches nothing.
    private static IEnumerable<R> Joined<L, I, K, R>(
        JoinKind kind, IReadOnlyList<L> left, IReadOnlyList<I> right, Func<L, K> leftKey, Func<I, K> rightKey, Func<int, int, bool> near, Func<L, I, bool>? on, Func<L?, I?, int, int, R> result)
    {
        var byKey = Enumerable.Range(0, right.Count).ToLookup(r => rightKey(right[r]));
        var matched = new HashSet<int>();
        for (var l = 0; l < left.Count; l++)
        {
            var key = leftKey(left[l]);
            var matches = (key is null ? [] : byKey[key]).Where(r => near(l, r) && (on is null || on(left[l], right[r]))).ToList();
            matched.UnionWith(matches);
            if (matches.Count == 0 ? kind is JoinKind.Left or JoinKind.Full or JoinKind.Anti : kind == JoinKind.Semi) yield return result(left[l], default, l, -1);
            if (kind is JoinKind.Semi or JoinKind.Anti) continue;
            foreach (var r in matches) yield return result(left[l], right[r], l, r);
        }

        if (kind is not (JoinKind.Right or JoinKind.Full)) yield break;
        for (var r = 0; r < right.Count; r++)
            if (!matched.Contains(r)) yield return result(default, right[r], -1, r);
    }
}
