// A drawn join: its kind, bound, keys and conditions, the rows of both sides, and how they come: in which epochs, how late, with which crashes between.
using System.Linq.Expressions;
using FsCheck;
using FsCheck.Fluent;
using StreamLinq.Tests.Windows;

namespace StreamLinq.Tests.Joins;

internal enum JoinForm { Interval, Windows, Unbounded }

/// <summary>Rows of the two sides in the order they come; in a self-join every row is on both.</summary>
internal sealed record JoinRun(
    JoinForm Form, JoinKind Kind, TimeSpan Before, TimeSpan After, DrawnWindows Windows, TimeSpan Grace, int Keys, int Condition, bool IsSelfJoin, TimeSpan LeftDelay, TimeSpan RightDelay,
    (bool IsLeft, Click Row)[] Rows, Cut[] Cuts)
{
    private static readonly (Expression<Func<Click, Click, bool>>? On, Func<Click, bool> Left, Func<Click, bool> Right, Func<Click, Click, bool> Pair)[] Conditions =
    [
        (null, _ => true, _ => true, (_, _) => true),
        ((l, r) => l.Value != r.Value, _ => true, _ => true, (l, r) => l.Value != r.Value),
        ((l, r) => l.Value > 0, l => l.Value > 0, _ => true, (_, _) => true),
        ((l, r) => r.Value > 0 && l.Value <= r.Value + 1, _ => true, r => r.Value > 0, (l, r) => l.Value <= r.Value + 1),
    ];

    internal bool Match(Click left, Click right) => CanMatchLeft(left) && CanMatchRight(right) && Conditions[Condition].Pair(left, right)
        && Keys switch { 0 => left.Page == right.Page, 1 => left.Page == right.Page && left.Value % 2 == right.Value % 2, _ => left.Value % 2 == right.Value % 2 };

    internal bool CanMatchLeft(Click row) => Conditions[Condition].Left(row) && HasKey(row);

    internal bool CanMatchRight(Click row) => Conditions[Condition].Right(row) && HasKey(row);

    private bool HasKey(Click row) => Keys != 0 || row.Page is not null;

    internal bool IsNear(Click left, Click right) =>
        (Before == TimeSpan.MaxValue || left.At - Before <= right.At) && (After == TimeSpan.MaxValue || right.At <= left.At + After);

    internal IStreamQueryable<Pair, EventTime> Timed(IStreamQueryable<Click, AppendOnly> left, IStreamQueryable<Click, AppendOnly> right)
    {
        var ofLeft = left.WithEventTime(c => c.At, LeftDelay);
        var ofRight = IsSelfJoin ? ofLeft : right.WithEventTime(c => c.At, RightDelay);
        return Form == JoinForm.Interval ? Interval(ofLeft, ofRight.Within(Before, After)) : InWindows(Open(ofLeft), Open(ofRight));
    }

    private IStreamQueryable<Click, Windowed> Open(IStreamQueryable<Click, EventTime> rows) => Windows.Over(rows).GracePeriod(Grace);

    private IStreamQueryable<Pair, EventTime> Interval(IStreamQueryable<Click, EventTime> left, IIntervalSide<Click> right) => Keys switch
    {
        0 => Interval(left, right, c => c.Page),
        1 => Interval(left, right, c => new { c.Page, Odd = c.Value % 2 }),
        _ => Interval(left, right, c => c.Value % 2),
    };

    private IStreamQueryable<Pair, EventTime> Interval<K>(IStreamQueryable<Click, EventTime> left, IIntervalSide<Click> right, Expression<Func<Click, K>> key) => Kind switch
    {
        JoinKind.Left => left.LeftJoin(right, key, key, (l, r) => new Pair(l.Id, r == null ? null : r.Id), Conditions[Condition].On),
        JoinKind.Right => left.RightJoin(right, key, key, (l, r) => new Pair(l == null ? null : l.Id, r.Id), Conditions[Condition].On),
        JoinKind.Full => left.FullJoin(right, key, key, (l, r) => new Pair(l == null ? null : l.Id, r == null ? null : r.Id), Conditions[Condition].On),
        JoinKind.Semi => left.SemiJoin(right, key, key, Conditions[Condition].On).Select(l => new Pair(l.Id, null)),
        JoinKind.Anti => left.AntiJoin(right, key, key, Conditions[Condition].On).Select(l => new Pair(l.Id, null)),
        _ => Paired(left.Join(right, key, key, (l, r) => new Both(l, r))),
    };

    private IStreamQueryable<Pair, EventTime> InWindows(IStreamQueryable<Click, Windowed> left, IStreamQueryable<Click, Windowed> right) => Keys switch
    {
        0 => InWindows(left, right, c => c.Page),
        1 => InWindows(left, right, c => new { c.Page, Odd = c.Value % 2 }),
        _ => InWindows(left, right, c => c.Value % 2),
    };

    private IStreamQueryable<Pair, EventTime> InWindows<K>(IStreamQueryable<Click, Windowed> left, IStreamQueryable<Click, Windowed> right, Expression<Func<Click, K>> key) => Kind switch
    {
        JoinKind.Left => left.LeftJoin(right, key, key, (l, r) => new Pair(l.Id, r == null ? null : r.Id), Conditions[Condition].On),
        JoinKind.Right => left.RightJoin(right, key, key, (l, r) => new Pair(l == null ? null : l.Id, r.Id), Conditions[Condition].On),
        JoinKind.Full => left.FullJoin(right, key, key, (l, r) => new Pair(l == null ? null : l.Id, r == null ? null : r.Id), Conditions[Condition].On),
        JoinKind.Semi => left.SemiJoin(right, key, key, Conditions[Condition].On).Select(l => new Pair(l.Id, null)),
        JoinKind.Anti => left.AntiJoin(right, key, key, Conditions[Condition].On).Select(l => new Pair(l.Id, null)),
        _ => Paired(left.Join(right, key, key, (l, r) => new Both(l, r))),
    };

    /// <summary>An inner or semi join of all rows.</summary>
    internal IStreamQueryable<Pair, AppendOnly> Stream(IStreamQueryable<Click, AppendOnly> left, IStreamQueryable<Click, AppendOnly> right)
    {
        var all = (IsSelfJoin ? left : right).Unbounded();
        return Keys == 0 ? Of(c => c.Page) : Keys == 1 ? Of(c => new { c.Page, Odd = c.Value % 2 }) : Of(c => c.Value % 2);

        IStreamQueryable<Pair, AppendOnly> Of<K>(Expression<Func<Click, K>> key) => Kind == JoinKind.Semi
            ? left.SemiJoin(all, key, key, Conditions[Condition].On).Select(l => new Pair(l.Id, null))
            : Paired(left.Join(all, key, key, (l, r) => new Both(l, r)));
    }

    /// <summary>A join of all rows that gives a table.</summary>
    internal IStreamQueryable<Pair, Table> Table(IStreamQueryable<Click, AppendOnly> left, IStreamQueryable<Click, AppendOnly> right)
    {
        var all = (IsSelfJoin ? left : right).Unbounded();
        return Keys == 0 ? Of(c => c.Page) : Keys == 1 ? Of(c => new { c.Page, Odd = c.Value % 2 }) : Of(c => c.Value % 2);

        IStreamQueryable<Pair, Table> Of<K>(Expression<Func<Click, K>> key) => Kind switch
        {
            JoinKind.Left => left.LeftJoin(all, key, key, (l, r) => new Pair(l.Id, r == null ? null : r.Id), Conditions[Condition].On),
            JoinKind.Right => left.RightJoin(all, key, key, (l, r) => new Pair(l == null ? null : l.Id, r.Id), Conditions[Condition].On),
            JoinKind.Full => left.FullJoin(all, key, key, (l, r) => new Pair(l == null ? null : l.Id, r == null ? null : r.Id), Conditions[Condition].On),
            _ => left.AntiJoin(all, key, key, Conditions[Condition].On).Select(l => new Pair(l.Id, null)),
        };
    }

    private sealed record Both(Click Left, Click Right);

    // The conditions of an inner join stand behind it: as far as they cannot throw, the engine asks them in the join.
    private IStreamQueryable<Pair, P> Paired<P>(IStreamQueryable<Both, P> pairs) where P : QueryKind => (Condition switch
    {
        1 => pairs.Where(p => p.Left.Value != p.Right.Value),
        2 => pairs.Where(p => p.Left.Value > 0),
        3 => pairs.Where(p => p.Right.Value > 0 && p.Left.Value <= p.Right.Value + 1),
        _ => pairs,
    }).Select(p => new Pair(p.Left.Id, p.Right.Id));

    internal Click[] LeftOf(IEnumerable<(bool IsLeft, Click Row)> rows) => [.. rows.Where(r => IsSelfJoin || r.IsLeft).Select(r => r.Row)];

    internal Click[] RightOf(IEnumerable<(bool IsLeft, Click Row)> rows) => [.. rows.Where(r => IsSelfJoin || !r.IsLeft).Select(r => r.Row)];

    /// <summary>The rows of each epoch and what follows; the last takes the rest.</summary>
    internal IEnumerable<((bool IsLeft, Click Row)[] Rows, Cut Cut)> Steps()
    {
        var at = 0;
        foreach (var cut in Cuts)
        {
            yield return (Rows[at..Math.Min(Rows.Length, at + cut.Rows)], cut);
            at = Math.Min(Rows.Length, at + cut.Rows);
        }

        yield return (Rows[at..], new Cut(Rows.Length - at, true, Fate.GoOn));
    }

    /// <summary>The epochs that the steps make, per step; and the end.</summary>
    internal IReadOnlyList<IReadOnlyList<JoinEpoch>> Epochs()
    {
        var steps = new List<IReadOnlyList<JoinEpoch>>();
        long? left = null, right = null, ofLeft = null, ofRight = null, watermark = null;
        foreach (var (rows, cut) in Steps())
        {
            var epochs = new List<JoinEpoch>();
            if (rows.Length > 0) epochs.Add(Next(rows));
            if ((rows.Length == 0 || cut.UntilIdle) && (Promised(left, LeftDelay) != ofLeft || (!IsSelfJoin && Promised(right, RightDelay) != ofRight))) epochs.Add(Next([]));
            steps.Add(epochs);
        }

        steps.Add([new JoinEpoch([], [], watermark, long.MaxValue)]);
        return steps;

        JoinEpoch Next((bool, Click)[] rows)
        {
            (ofLeft, ofRight) = (Promised(left, LeftDelay), IsSelfJoin ? Promised(left, LeftDelay) : Promised(right, RightDelay));
            var epoch = new JoinEpoch(LeftOf(rows), RightOf(rows), watermark, ofLeft is null || ofRight is null ? null : Math.Min(ofLeft.Value, ofRight.Value));
            watermark = epoch.Watermark;
            foreach (var row in epoch.Left) left = Math.Max(left ?? 0, row.At.UtcTicks);
            foreach (var row in epoch.Right) right = Math.Max(right ?? 0, row.At.UtcTicks);
            return epoch;
        }

        static long? Promised(long? latest, TimeSpan delay) => latest is { } time ? (time - delay.Ticks) / 10_000 * 10_000 : null;
    }

    public override string ToString() =>
        $"{Form} {Kind} {Before}..{After} {(Form == JoinForm.Windows ? $"{Windows} grace {Grace}" : "")}\n keys {Keys}, condition {Condition}, self {IsSelfJoin}, delays {LeftDelay} {RightDelay}\n "
        + string.Join("\n ", Steps().Select(e => $"{(e.Cut.UntilIdle ? "" : "one epoch, ")}{e.Cut.Fate}: {string.Join(" | ", e.Rows.Select(r => $"{(r.IsLeft ? "L" : "R")}#{r.Row.Id} {r.Row.At:ss.fffffff} {r.Row.Page ?? "null"} {r.Row.Value}"))}"));

    /// <summary>Any join of a form; with fewer rows, cuts and crashes when one fails.</summary>
    internal static Arbitrary<JoinRun> Any(params JoinForm[] forms) => Arb.From(Runs(forms), Smaller);

    private static Gen<JoinRun> Runs(JoinForm[] forms) =>
        from form in Gen.Elements(forms)
        from kind in Gen.Elements(Enum.GetValues<JoinKind>())
        from bound in Gen.Elements((0, 0), (1000, 0), (0, 1000), (500, 1500), (-300, 1000), (1000, -300), (-1, 500), (300, -1), (-1, -1), (4000, 4000))
        from windows in Gen.Elements<(WindowKind, int, int)>((WindowKind.Tumbling, 1000, 0), (WindowKind.Hopping, 1000, 500), (WindowKind.Hopping, 900, 700), (WindowKind.Cumulating, 1000, 500))
        from offset in Gen.Elements(0, 300)
        from grace in Gen.Elements(0, 0, 700)
        from keys in Gen.Choose(0, 2)
        from condition in Gen.Elements(0, 0, 1, 2, 3)
        from self in Gen.Elements(false, false, false, true)
        from leftDelay in Gen.Elements(0, 500, 2000)
        from rightDelay in Gen.Elements(0, 500, 2000)
        from rows in Row().ListOf()
        from cuts in (from n in Gen.Choose(0, 6) from untilIdle in Gen.Elements(true, true, false) from fate in Gen.Frequency((8, Gen.Constant(Fate.GoOn)), (2, Gen.Constant(Fate.Crash)), (1, Gen.Constant(Fate.LoseCommit))) select new Cut(n, untilIdle, fate)).ArrayOf().Select(all => all[..Math.Min(all.Length, 10)])
        select new JoinRun(form, kind, OrOpen(bound.Item1, -1), OrOpen(bound.Item2, -1), new DrawnWindows(windows.Item1, windows.Item2, windows.Item3, offset, null), Of(grace), keys, condition, self, Of(leftDelay), Of(rightDelay), Timed(rows), cuts);

    private static TimeSpan OrOpen(int milliseconds, int open) => milliseconds == open ? TimeSpan.MaxValue : Of(milliseconds);

    private static TimeSpan Of(int milliseconds) => TimeSpan.FromMilliseconds(milliseconds);

    private static Gen<(bool, long Advance, long Apart, Click Row)> Row() =>
        from left in Gen.Elements(true, false)
        from advance in Gen.Frequency((3, Gen.Choose(0, 400)), (2, Gen.Constant(0)), (1, Gen.Elements(500, 1000, 3000)))
        from apart in Gen.Frequency((4, Gen.Constant(0)), (3, Gen.Choose(-500, 0)), (2, Gen.Choose(-4000, 300)))
        from ticks in Gen.Frequency((5, Gen.Constant(0)), (1, Gen.Elements(-1, 1, 5000)))
        from page in Gen.Elements("a", "a", "b", null)
        from value in Gen.Choose(-1, 3)
        select (left, advance * 10_000L, apart * 10_000L + ticks, new Click(0, page, value, default, TimeSpan.Zero));

    private static (bool, Click)[] Timed(IEnumerable<(bool IsLeft, long Advance, long Apart, Click Row)> rows)
    {
        var now = new DateTimeOffset(2024, 1, 1, 0, 0, 10, TimeSpan.Zero);
        var timed = new List<(bool, Click)>();
        foreach (var (left, advance, apart, row) in rows)
        {
            now = now.AddTicks(advance);
            timed.Add((left, row with { Id = timed.Count + 1, At = now.AddTicks(apart) }));
        }

        return [.. timed];
    }

    private static IEnumerable<JoinRun> Smaller(JoinRun run)
    {
        for (var i = 0; i < run.Rows.Length; i++)
        {
            var (at, within) = (0, i);
            while (at < run.Cuts.Length && within >= run.Cuts[at].Rows) within -= run.Cuts[at++].Rows;
            yield return run with { Rows = [.. run.Rows[..i], .. run.Rows[(i + 1)..]], Cuts = [.. run.Cuts.Select((c, j) => j == at ? c with { Rows = c.Rows - 1 } : c)] };
        }

        for (var i = 0; i < run.Cuts.Length; i++)
        {
            if (run.Cuts[i].Rows == 0) yield return run with { Cuts = [.. run.Cuts[..i], .. run.Cuts[(i + 1)..]] };
            if (!run.Cuts[i].UntilIdle) yield return run with { Cuts = [.. run.Cuts.Select((c, j) => j == i ? c with { UntilIdle = true } : c)] };
            if (run.Cuts[i].Fate != Fate.GoOn) yield return run with { Cuts = [.. run.Cuts.Select((c, j) => j == i ? c with { Fate = Fate.GoOn } : c)] };
        }

        if (run.Condition != 0) yield return run with { Condition = 0 };
        if (run.IsSelfJoin) yield return run with { IsSelfJoin = false };
    }
}
