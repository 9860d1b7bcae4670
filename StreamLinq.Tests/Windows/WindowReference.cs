// What windows mean, written as plainly as it can be and sharing nothing with engine or batch provider: rows in epochs, late rows, groups that
// close, and the table of results that are shown as they change. Slow on purpose where that is shorter.
namespace StreamLinq.Tests.Windows;

/// <summary>A row of the drawn streams. Ids are unique, so that First and Last can be told apart.</summary>
public sealed record Click(int Id, string? Page, int Value, DateTimeOffset At, TimeSpan Gap);

/// <summary>A row of the result: one per key and window.</summary>
public sealed record Outcome(string? Page, int Odd, Window Window, long Count, long Sum, int Least, int Most, double Mean, long Different, int First, int Last)
{
    public override string ToString() => $"{{ {Page ?? "null"} {Odd} [{Window.Start:yyyy-MM-ddTHH:mm:ss.fffffff}, {Window.End:yyyy-MM-ddTHH:mm:ss.fffffff}) count {Count}, sum {Sum}, {Least} to {Most}, mean {Mean}, different {Different}, #{First} to #{Last} }}";
}

/// <summary>What a query says that matters for its windows.</summary>
internal sealed record WindowRules(
    Func<Click, IReadOnlyList<Window>> Windows, bool Merges, TimeSpan Grace, Func<Click, (string? Page, int Odd)> Key,
    Func<Click, bool> Before, Func<Click, bool> After, Func<Outcome, bool> Having);

internal sealed class WindowReference(WindowRules rules)
{
    private readonly List<Group> _groups = [];
    private int _arrivals;

    /// <summary>Rows refused by each of their windows, in order of arrival.</summary>
    internal List<Click> LateRows { get; } = [];

    /// <summary>Pairs of a row and a window that refused it.</summary>
    internal int WindowsMissed { get; private set; }

    /// <summary>Runs an epoch.</summary>
    /// <returns>The groups that closed, in no order.</returns>
    internal List<Outcome> Run(ReferenceEpoch epoch)
    {
        foreach (var row in epoch.Rows.Where(rules.Before)) Take(row, epoch.Late);
        var over = _groups.FindAll(g => !g.Closed && IsOver(g.Window, epoch.Watermark));
        over.ForEach(g => g.Closed = true);
        return over.ConvertAll(g => g.Outcome()).FindAll(o => rules.Having(o));
    }

    /// <summary>All groups so far, closed or not: the table of running results.</summary>
    internal Dictionary<((string?, int), Window), Outcome> Table() =>
        _groups.Select(g => (g.Key, g.Window, Outcome: g.Outcome())).Where(g => rules.Having(g.Outcome)).ToDictionary(g => (g.Key, g.Window), g => g.Outcome);

    private bool IsOver(Window window, long? watermark) =>
        watermark == ReferenceEpoch.EndOfTime || (watermark is { } time && rules.Grace != TimeSpan.MaxValue && window.End.UtcTicks + rules.Grace.Ticks <= time);

    private void Take(Click row, long? late)
    {
        var windows = rules.Windows(row);
        var open = windows.Where(w => !IsOver(w, late)).ToList();
        WindowsMissed += windows.Count - open.Count;
        if (windows.Count > 0 && open.Count == 0) LateRows.Add(row);
        if (!rules.After(row)) return;
        _arrivals++;
        foreach (var window in open) Place(row, window);
    }

    private void Place(Click row, Window window)
    {
        var key = rules.Key(row);
        var joined = _groups.FindAll(g => !g.Closed && g.Key == key && (rules.Merges ? g.Window.Start <= window.End && window.Start <= g.Window.End : g.Window == window));
        _groups.RemoveAll(joined.Contains);
        var whole = joined.Aggregate(window, (all, g) => new Window(all.Start < g.Window.Start ? all.Start : g.Window.Start, all.End > g.Window.End ? all.End : g.Window.End));
        _groups.Add(new Group(key, whole, [.. joined.SelectMany(g => g.Rows), (_arrivals, row)]));
    }

    private sealed record Group((string? Page, int Odd) Key, Window Window, List<(int Arrival, Click Row)> Rows)
    {
        internal bool Closed { get; set; }

        internal Outcome Outcome()
        {
            var rows = Rows.OrderBy(r => r.Arrival).Select(r => r.Row).ToList();
            var (first, last) = (rows[0], rows[0]);
            foreach (var row in rows)
            {
                if (row.At < first.At) first = row;
                if (row.At > last.At) last = row;
            }
            var values = rows.ConvertAll(r => r.Value);
            return new Outcome(Key.Page, Key.Odd, Window, rows.Count, values.Sum(), values.Min(), values.Max(), values.Average(), values.ToHashSet().Count, first.Id, last.Id);
        }
    }
}
