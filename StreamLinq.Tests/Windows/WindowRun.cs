// A drawn case: a windowed query, its rows, and how they come: in which epochs, how late, with which crashes between.
using System.Linq.Expressions;
using FsCheck;
using FsCheck.Fluent;

namespace StreamLinq.Tests.Windows;

internal enum Fate { GoOn, Crash, LoseCommit }

/// <summary>How many of the rows an epoch takes, whether the query then runs until it has nothing to do, and what happens after it.</summary>
internal sealed record Cut(int Rows, bool UntilIdle, Fate Fate);

internal sealed record WindowRun(DrawnWindows Windows, int Grouping, TimeSpan Delay, TimeSpan? Grace, bool FiltersBefore, bool FiltersAfter, bool Having, int Mode, Click[] Rows, Cut[] Cuts)
{
    internal const int Groupings = 3, ByNothing = 2;

    // Where days are longer or shorter than others: by an hour, by half an hour, at midnight, at a minute past it, by a whole day, and never.
    private static readonly (string Zone, DateTimeOffset Near)[] Zones =
    [
        ("Europe/Berlin", new(2024, 3, 30, 12, 0, 0, TimeSpan.Zero)), ("Europe/Berlin", new(2024, 10, 26, 12, 0, 0, TimeSpan.Zero)), ("America/Sao_Paulo", new(2018, 11, 3, 12, 0, 0, TimeSpan.Zero)),
        ("Australia/Lord_Howe", new(2024, 4, 5, 12, 0, 0, TimeSpan.Zero)), ("America/St_Johns", new(2010, 11, 6, 12, 0, 0, TimeSpan.Zero)), ("America/St_Johns", new(2010, 3, 13, 12, 0, 0, TimeSpan.Zero)),
        ("Pacific/Apia", new(2011, 12, 28, 12, 0, 0, TimeSpan.Zero)), ("America/Havana", new(2023, 11, 4, 12, 0, 0, TimeSpan.Zero)), ("Africa/Cairo", new(2023, 4, 27, 0, 0, 0, TimeSpan.Zero)), ("UTC", new(1969, 12, 31, 0, 0, 0, TimeSpan.Zero)),
    ];

    private static readonly Expression<Func<IWindowGrouping<string?, Click>, Outcome>> OfPage = g =>
        new Outcome(g.Key, 0, g.Window, g.Count(), g.Sum(c => c.Value), g.Min(c => c.Value), g.Max(c => c.Value), g.Average(c => c.Value), g.CountDistinct(c => c.Value), g.First().Id, g.Last().Id);

    private static readonly Expression<Func<IWindowGrouping<(string?, int), Click>, Outcome>> OfPageAndParity = g =>
        new Outcome(g.Key.Item1, g.Key.Item2, g.Window, g.Count(), g.Sum(c => c.Value), g.Min(c => c.Value), g.Max(c => c.Value), g.Average(c => c.Value), g.CountDistinct(c => c.Value), g.First().Id, g.Last().Id);

    private static readonly Expression<Func<IWindowGrouping<int, Click>, Outcome>> OfAll = g =>
        new Outcome(null, 0, g.Window, g.Count(), g.Sum(c => c.Value), g.Min(c => c.Value), g.Max(c => c.Value), g.Average(c => c.Value), g.CountDistinct(c => c.Value), g.First().Id, g.Last().Id);

    internal IStreamQueryable<Click, Windowed> In(IStreamQueryable<Click, AppendOnly> rows)
    {
        var timed = rows.WithEventTime(c => c.At, Delay);
        var windows = Windows.Over(FiltersBefore ? timed.Where(c => c.Value != 3) : timed);
        return Grace is { } grace ? windows.GracePeriod(grace) : windows;
    }

    internal IStreamQueryable<Outcome, EventTime> Final(IStreamQueryable<Click, Windowed> windows)
    {
        var kept = FiltersAfter ? windows.Where(c => c.Value != 5) : windows;
        var all = Grouping switch
        {
            0 => kept.GroupBy(c => c.Page).Select(OfPage),
            1 => kept.GroupBy(c => ValueTuple.Create(c.Page, c.Value % 2)).Select(OfPageAndParity),
            _ => kept.GroupBy(c => 0).Select(OfAll),
        };
        return Having ? all.Where(o => o.Count > 1) : all;
    }

    internal IStreamQueryable<Outcome, Table> Running(IStreamQueryable<Click, Windowed> windows)
    {
        var kept = (FiltersAfter ? windows.Where(c => c.Value != 5) : windows).EmitOnUpdate();
        var all = Grouping switch
        {
            0 => kept.GroupBy(c => c.Page).Select(OfPage),
            1 => kept.GroupBy(c => ValueTuple.Create(c.Page, c.Value % 2)).Select(OfPageAndParity),
            _ => kept.GroupBy(c => 0).Select(OfAll),
        };
        return Having ? all.Where(o => o.Count > 1) : all;
    }

    /// <summary>The same case with windows that close: what stays open for ever has running results only.</summary>
    internal WindowRun ThatCloses => Grace == TimeSpan.MaxValue ? this with { Grace = null } : this;

    internal WindowReference Reference() => new(new WindowRules(
        Windows.Around, Windows.Merges, Grace ?? TimeSpan.Zero,
        c => Grouping switch { 0 => (c.Page, 0), 1 => (c.Page, c.Value % 2), _ => (null, 0) },
        c => !FiltersBefore || c.Value != 3, c => !FiltersAfter || c.Value != 5, o => !Having || o.Count > 1));

    /// <summary>The rows of each epoch and what follows; the last takes the rest.</summary>
    internal IEnumerable<(Click[] Rows, Cut Cut)> Epochs()
    {
        var at = 0;
        foreach (var cut in Cuts)
        {
            yield return (Rows[at..Math.Min(Rows.Length, at + cut.Rows)], cut);
            at = Math.Min(Rows.Length, at + cut.Rows);
        }
        yield return (Rows[at..], new Cut(Rows.Length - at, true, Fate.GoOn));
    }

    public override string ToString() =>
        $"{Windows}\n grouping {Grouping}, delay {Delay}, grace {Grace}, filters {FiltersBefore} {FiltersAfter} {Having}, mode {Mode}\n {string.Join("\n ", Epochs().Select(e => $"{(e.Cut.UntilIdle ? "" : "one epoch, ")}{e.Cut.Fate}: {string.Join(" | ", e.Rows.Select(Text))}"))}";

    private static string Text(Click c) => $"#{c.Id} {c.At:yyyy-MM-ddTHH:mm:ss.fffffff} {c.Page ?? "null"} {c.Value}{(c.Gap == TimeSpan.Zero ? "" : $" gap {c.Gap.TotalMilliseconds}")}";

    /// <summary>Any case; with fewer rows, fewer cuts and fewer crashes when one fails.</summary>
    internal static Arbitrary<WindowRun> Any(bool calendarDays = true) => Arb.From(Runs(calendarDays), Smaller);

    private static Gen<WindowRun> Runs(bool calendarDays) =>
        from place in Gen.Frequency((5, Gen.Constant(-1)), (calendarDays ? 1 : 0, Gen.Choose(0, Zones.Length - 1)))
        from windows in place < 0 ? Drawn() : Gen.Constant(new DrawnWindows(WindowKind.CalendarDay, 0, 0, 0, Zones[place].Zone))
        let unit = place < 0 ? 1 : 20_000   // of time, in milliseconds: a day is long
        from start in place < 0 ? Gen.Elements(-10_000L, 0, 1_700_000_000_000) : Gen.Constant(Zones[place].Near.ToUnixTimeMilliseconds())
        from delay in Gen.Elements(0, 500, 500.5, 2000)
        from grace in Gen.Elements<int?>(null, null, 0, 700, 3000, -1)
        from grouping in Gen.Choose(0, Groupings - 1)
        from before in Gen.Elements(false, false, true)
        from after in Gen.Elements(false, false, true)
        from having in Gen.Elements(false, false, false, true)
        from mode in Gen.Choose(0, 2)
        from rows in Row(unit).ListOf()
        from cuts in (from n in Gen.Choose(0, 5) from untilIdle in Gen.Elements(true, true, false) from fate in Gen.Frequency((8, Gen.Constant(Fate.GoOn)), (2, Gen.Constant(Fate.Crash)), (1, Gen.Constant(Fate.LoseCommit))) select new Cut(n, untilIdle, fate)).ArrayOf().Select(all => all[..Math.Min(all.Length, 12)])   // a restart compiles the query anew
        select new WindowRun(windows, grouping, TimeSpan.FromMilliseconds(delay * unit), grace is { } g ? g < 0 ? TimeSpan.MaxValue : TimeSpan.FromMilliseconds(g * unit) : null, before, after, having, mode, Timed(rows, start), cuts);

    private static Gen<DrawnWindows> Drawn() =>
        from kind in Gen.Elements(WindowKind.Tumbling, WindowKind.Hopping, WindowKind.Cumulating, WindowKind.Session, WindowKind.RowSession)
        from size in kind == WindowKind.Cumulating ? Gen.Elements((2000, 500), (3000, 1000), (900, 900)) : Gen.Elements((1, 1), (1000, 400), (1000, 500), (900, 700), (3000, 1000), (2500, 2500))
        from offset in Gen.Elements(0, 0, -300, 700, 12_345, -9999)
        select new DrawnWindows(kind, size.Item1, size.Item2, offset, null);

    // How far time goes on before the row and how far the row is behind or ahead of it, in ticks; and the row.
    private static Gen<(long Advance, long Apart, Click Row)> Row(int unit) =>
        from advance in Gen.Frequency((3, Gen.Choose(0, 400)), (2, Gen.Constant(0)), (1, Gen.Elements(500, 1000, 3000)))
        from apart in Gen.Frequency((4, Gen.Constant(0)), (3, Gen.Choose(-500, 0)), (2, Gen.Choose(-4000, 300)))
        from ticks in Gen.Frequency((5, Gen.Constant(0)), (1, Gen.Elements(-1, 1, 5000)))
        from page in Gen.Elements("a", "b", null)
        from value in Gen.Choose(-2, 6)
        from gap in Gen.Elements(-5, 0, 0.5, 1, 100.7, 1000, 3000)   // parts of a millisecond do not count
        select (advance * unit * 10_000L, apart * unit * 10_000L + ticks, new Click(0, page, value, default, TimeSpan.FromMilliseconds(gap)));

    private static Click[] Timed(IEnumerable<(long Advance, long Apart, Click Row)> rows, long start)
    {
        var now = DateTimeOffset.FromUnixTimeMilliseconds(start);
        var timed = new List<Click>();
        foreach (var (advance, apart, row) in rows)
        {
            now = now.AddTicks(advance);
            timed.Add(row with { Id = timed.Count + 1, At = now.AddTicks(apart) });
        }
        return [.. timed];
    }

    private static IEnumerable<WindowRun> Smaller(WindowRun run)
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
        if (run.Grouping != 0) yield return run with { Grouping = 0 };
        if (run.FiltersBefore) yield return run with { FiltersBefore = false };
        if (run.FiltersAfter) yield return run with { FiltersAfter = false };
        if (run.Having) yield return run with { Having = false };
        if (run.Grace is not null) yield return run with { Grace = null };
    }
}
