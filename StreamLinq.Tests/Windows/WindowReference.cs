// What windows mean, written as plainly as it can be and sharing nothing with engine or batch provider: rows in epochs, watermarks, late rows,
// groups that close, and, of results that are shown as they change, what every epoch changes. Slow on purpose where that is shorter.
namespace StreamLinq.Tests.Windows;

/// <summary>A row of the drawn streams. Ids are unique, so that First and Last can be told apart.</summary>
public sealed record Click(int Id, string? Page, int Value, DateTimeOffset At, TimeSpan Gap);

/// <summary>A row of the result: one per key and window.</summary>
public sealed record Outcome(string? Page, bool? Even, Window Window, long Count, long Sum, int Least, int Most, double Mean, long Different, int First, int Last)
{
    public override string ToString() => $"{{ {Page ?? "null"} {Even} [{Window.Start:yyyy-MM-ddTHH:mm:ss.fffffff}, {Window.End:yyyy-MM-ddTHH:mm:ss.fffffff}) count {Count}, sum {Sum}, {Least} to {Most}, mean {Mean}, different {Different}, #{First} to #{Last} }}";
}

/// <summary>What a query says that matters for its windows.</summary>
internal sealed record WindowRules(
    Func<Click, IReadOnlyList<Window>> Windows, bool Merges, TimeSpan Delay, TimeSpan Grace, Func<Click, (string? Page, bool? Even)> Key,
    Func<Click, bool> Before, Func<Click, bool> After, Func<Outcome, bool> Having);

internal sealed class WindowReference(WindowRules rules)
{
    private readonly List<Group> _groups = [];
    private long? _watermark, _late, _latest;
    private int _arrivals;

    /// <summary>Rows refused by each of their windows, in order of arrival.</summary>
    internal List<Click> LateRows { get; } = [];

    /// <summary>Pairs of a row and a window that refused it.</summary>
    internal int WindowsMissed { get; private set; }

    /// <summary>Runs an epoch with rows, and the epoch without rows that may follow.</summary>
    /// <returns>The groups that closed, in no order.</returns>
    internal List<Outcome> Epoch(IEnumerable<Click> rows)
    {
        foreach (var row in rows)
        {
            _latest = Math.Max(_latest ?? long.MinValue, row.At.UtcTicks);
            if (rules.Before(row)) Take(row);
        }

        var emitted = Close(_watermark);
        var before = _watermark;
        if (_latest is { } latest && (_watermark is null || Promised(latest) > _watermark)) _watermark = Promised(latest);
        _late = before;
        emitted.AddRange(Close(_watermark));   // in an epoch of its own, if there is anything to close
        _late = _watermark;
        return emitted;
    }

    /// <summary>The input ends.</summary>
    internal List<Outcome> End() => Close(long.MaxValue);

    /// <summary>All groups so far, closed or not: the table of running results.</summary>
    internal Dictionary<((string?, bool?), Window), Outcome> Table() =>
        _groups.Select(g => (g.Key, g.Window, Outcome: g.Outcome())).Where(g => rules.Having(g.Outcome)).ToDictionary(g => (g.Key, g.Window), g => g.Outcome);

    private long Promised(long latest)
    {
        var promised = latest - rules.Delay.Ticks;
        while (promised % 10_000 != 0) promised--;
        return promised;
    }

    private bool IsOver(Window window, long? watermark) => watermark is { } time && rules.Grace != TimeSpan.MaxValue && window.End.UtcTicks + rules.Grace.Ticks <= time;

    private void Take(Click row)
    {
        var windows = rules.Windows(row);
        var open = windows.Where(w => !IsOver(w, _late)).ToList();
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

    private List<Outcome> Close(long? watermark)
    {
        var over = _groups.FindAll(g => !g.Closed && (watermark == long.MaxValue || IsOver(g.Window, watermark)));
        over.ForEach(g => g.Closed = true);
        return over.ConvertAll(g => g.Outcome()).FindAll(o => rules.Having(o));
    }

    private sealed record Group((string? Page, bool? Even) Key, Window Window, List<(int Arrival, Click Row)> Rows)
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
            return new Outcome(Key.Page, Key.Even, Window, rows.Count, values.Sum(), values.Min(), values.Max(), values.Average(), values.ToHashSet().Count, first.Id, last.Id);
        }
    }
}
