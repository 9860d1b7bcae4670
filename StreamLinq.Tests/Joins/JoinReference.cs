// What joins mean, said of all rows at once: which rows are not late, which pairs of them match, and in which epoch each result must come out. It keeps nothing, frees nothing and shares nothing with
// the engine or the batch provider.
using StreamLinq.Tests.Windows;

namespace StreamLinq.Tests.Joins;

/// <summary>A result: the two rows' ids, null where there is no row, and its time.</summary>
public sealed record Pair(int? Left, int? Right);

/// <summary>One epoch; times in UTC ticks, null as long as nothing is promised.</summary>
internal sealed record JoinEpoch(IReadOnlyList<Click> Left, IReadOnlyList<Click> Right, long? Late, long? Watermark);

internal sealed class JoinReference(JoinRun run, IReadOnlyList<JoinEpoch> epochs)
{
    private const long EndOfTime = long.MaxValue;

    internal int LateRows { get; private set; }

    /// <summary>The results, each with its epoch and its time.</summary>
    internal IReadOnlyList<(int Epoch, Pair Pair, DateTimeOffset Time)> Results() => run.Form switch
    {
        JoinForm.Interval => [.. Interval()],
        JoinForm.Windows => [.. InWindows()],
        _ => [.. Table(epochs.Count - 1)],
    };

    private IEnumerable<(int, Pair, DateTimeOffset)> Interval()
    {
        var left = Accepted(e => e.Left);
        var right = Accepted(e => e.Right);
        var pairs = (from l in left from r in right where run.Match(l.Row, r.Row) && run.IsNear(l.Row, r.Row) select (Left: l, Right: r)).ToList();
        foreach (var l in left)
        {
            var own = pairs.FindAll(p => p.Left == l);
            if (run.Kind == JoinKind.Semi && own.Count > 0) yield return (own.Min(p => Math.Max(l.Epoch, p.Right.Epoch)), new Pair(l.Row.Id, null), l.Row.At);
            if (run.Kind is JoinKind.Left or JoinKind.Full or JoinKind.Anti && own.Count == 0) yield return (Alone(l, run.CanMatchLeft(l.Row), run.After), new Pair(l.Row.Id, null), l.Row.At);
        }

        if (run.Kind is JoinKind.Right or JoinKind.Full)
            foreach (var r in right.Where(r => !pairs.Exists(p => p.Right == r)))
                yield return (Alone(r, run.CanMatchRight(r.Row), run.Before), new Pair(null, r.Row.Id), r.Row.At);
        if (run.Kind is JoinKind.Semi or JoinKind.Anti) yield break;
        foreach (var (l, r) in pairs) yield return (Math.Max(l.Epoch, r.Epoch), new Pair(l.Row.Id, r.Row.Id), l.Row.At > r.Row.At ? l.Row.At : r.Row.At);
    }

    // At once if it could never match, else when no row that is not late could match it any more.
    private int Alone((int Epoch, Click Row) row, bool canMatch, TimeSpan kept)
    {
        if (!canMatch) return row.Epoch;
        return Enumerable.Range(row.Epoch, epochs.Count - row.Epoch).First(e => epochs[e].Watermark is { } time && (time == EndOfTime || (kept != TimeSpan.MaxValue && row.Row.At.UtcTicks + kept.Ticks <= time)));
    }

    private List<(int Epoch, Click Row)> Accepted(Func<JoinEpoch, IReadOnlyList<Click>> side)
    {
        var all = epochs.SelectMany((e, i) => side(e).Select(row => (Epoch: i, Row: row, IsLate: e.Late is { } late && row.At.UtcTicks <= late))).ToList();
        LateRows += all.Count(r => r.IsLate);
        return all.FindAll(r => !r.IsLate).ConvertAll(r => (r.Epoch, r.Row));
    }

    private IEnumerable<(int, Pair, DateTimeOffset)> InWindows()
    {
        var left = Placed(e => e.Left);
        var right = Placed(e => e.Right);
        foreach (var window in left.Concat(right).Select(r => r.Window).Distinct().ToList())
        {
            var epoch = Enumerable.Range(0, epochs.Count).First(e => IsOver(window, epochs[e].Watermark) && epochs.Take(e + 1).Any(p => p.Left.Concat(p.Right).Any(r => run.Windows.Around(r).Contains(window))));
            foreach (var pair in Joined([.. left.Where(l => l.Window == window).Select(l => l.Row)], [.. right.Where(r => r.Window == window).Select(r => r.Row)])) yield return (epoch, pair, window.LastInstant);
        }
    }

    private bool IsOver(Window window, long? watermark) => watermark == EndOfTime || (watermark is { } time && window.End.UtcTicks + run.Grace.Ticks <= time);

    private List<(Window Window, Click Row)> Placed(Func<JoinEpoch, IReadOnlyList<Click>> side)
    {
        var placed = new List<(Window, Click)>();
        foreach (var epoch in epochs)
            foreach (var row in side(epoch))
            {
                var open = run.Windows.Around(row).Where(w => !IsOver(w, epoch.Late)).ToList();
                if (open.Count == 0) LateRows++;
                placed.AddRange(open.Select(w => (w, row)));
            }

        return placed;
    }

    private IEnumerable<(int, Pair, DateTimeOffset)> Table(int epoch) => TableAfter(epoch).Select(p => (epoch, p, default(DateTimeOffset)));

    /// <summary>The result over all rows of the epochs so far, for joins that are not bounded.</summary>
    internal IEnumerable<Pair> TableAfter(int epoch) => Joined([.. epochs.Take(epoch + 1).SelectMany(e => e.Left)], [.. epochs.Take(epoch + 1).SelectMany(e => e.Right)]);

    private IEnumerable<Pair> Joined(List<Click> left, List<Click> right)
    {
        foreach (var l in left)
        {
            var matches = right.FindAll(r => run.Match(l, r));
            if (matches.Count == 0 ? run.Kind is JoinKind.Left or JoinKind.Full or JoinKind.Anti : run.Kind == JoinKind.Semi) yield return new Pair(l.Id, null);
            if (run.Kind is JoinKind.Semi or JoinKind.Anti) continue;
            foreach (var r in matches) yield return new Pair(l.Id, r.Id);
        }

        if (run.Kind is not (JoinKind.Right or JoinKind.Full)) yield break;
        foreach (var r in right.Where(r => !left.Exists(l => run.Match(l, r)))) yield return new Pair(null, r.Id);
    }
}
