// The judge of look-ups: joins with a table elsewhere, asked by key or loaded every so often, give in every epoch of drawn rows, cuts and crashes what a search through that table gives.
using NUnit.Framework;
using StreamLinq.Tests.Joins;
using StreamLinq.Tests.Windows;
using StreamLinq.Tests.Workers;

namespace StreamLinq.Tests.Calls;

[TestFixture]
public sealed class LookupReferenceTests
{
    // One of them is found under a key that is not its own.
    private static readonly Dictionary<string, Click> Pages = new() { ["a"] = new(100, "a", 1, default, default), ["b"] = new(200, "B", 2, default, default) };

    private static readonly Dictionary<(string?, int), Click> PagesAndParts = new() { [("a", 0)] = new(100, "a", 2, default, default), [("a", 1)] = new(101, "a", 1, default, default), [(null, 1)] = new(301, null, 1, default, default) };

    private static readonly Dictionary<int, Click> Numbers = new() { [0] = new(100, "a", 0, default, default), [1] = new(101, "b", 1, default, default), [3] = new(103, null, 3, default, default) };

    private sealed record Part(string? Page, int Odd);

    [Test]
    public void Rows_come_with_what_is_found_by_their_key() => JoinsEqualReferenceTests.Hold(JoinRun.Any(JoinForm.Unbounded), async run =>
    {
        var workers = DrawnWorkers.Of(run.Rows.Length);
        await using var harness = new StreamTestHarness { Workers = workers };
        var left = harness.Source<Click>("left");
        var service = new FlakyService();
        var options = new LookupOptions { MaxConcurrency = 1 + run.Condition, CacheSize = run.Condition, CacheFor = run.IsSelfJoin ? TimeSpan.FromSeconds(1) : TimeSpan.Zero };
        var query = Query(run, left.Rows, service, options);
        var output = await harness.StartAsync(query);
        foreach (var (rows, cut) in run.Steps())
        {
            await JoinsEqualReferenceTests.FeedAsync(harness, run with { IsSelfJoin = true }, left, left, rows, cut, []);
            var (actual, expected) = (output.Take().Select(c => c.Row).ToList(), Expected(run, rows).ToList());
            JoinsEqualReferenceTests.Compare(run, JoinsEqualReferenceTests.After(rows), actual, expected);
            JoinsEqualReferenceTests.Check(run, actual.SequenceEqual(expected), $"{JoinsEqualReferenceTests.After(rows)}: out of order");
            harness.Advance(TimeSpan.FromMilliseconds(400));
        }

        JoinsEqualReferenceTests.Check(run, service.Most <= options.MaxConcurrency * workers.Max(), $"{service.Most} calls at once");
        JoinsEqualReferenceTests.Check(run, output.Query.LastProgress is not { } last || last.StateOperators.Single().Rows <= options.CacheSize * workers.Max(), "too many answers kept");
        JoinsEqualReferenceTests.Compare(run, "over a list", query.Over(run.Rows.Select(r => r.Row)).ToList(), Expected(run, run.Rows));
    });

    private static IStreamQueryable<Pair, AppendOnly> Query(JoinRun run, IStreamQueryable<Click, AppendOnly> left, FlakyService service, LookupOptions options)
    {
        var isInner = run.Kind == JoinKind.Inner;
        switch (run.Keys)
        {
            case 0:
                var pages = Lookup.From<string, Click>((page, _) => service.AnswerAsync(page[0], Pages.GetValueOrDefault(page)), options);
                return isInner ? from l in left join r in pages on l.Page equals r.Page select new Pair(l.Id, r.Id)
                    : left.LeftJoin(pages, l => l.Page, r => r.Page, (l, r) => new Pair(l.Id, r == null ? null : r.Id), On(run));
            case 1:
                var parts = Lookup.From<Part, Click>((part, _) => service.AnswerAsync(part.Odd, PagesAndParts.GetValueOrDefault((part.Page, part.Odd))), options);
                return isInner ? from l in left join r in parts on new Part(l.Page, l.Value & 1) equals new Part(r.Page, r.Value & 1) select new Pair(l.Id, r.Id)
                    : left.LeftJoin(parts, l => new Part(l.Page, l.Value & 1), r => new Part(r.Page, r.Value & 1), (l, r) => new Pair(l.Id, r == null ? null : r.Id), On(run));
            default:
                var numbers = Lookup.From<int, Click>((number, _) => service.AnswerAsync(number, Numbers.GetValueOrDefault(number)), options);
                return isInner ? from l in left join r in numbers on l.Value == 2 ? null : (int?)l.Value equals r.Value select new Pair(l.Id, r.Id)
                    : left.LeftJoin(numbers, l => l.Value == 2 ? null : (int?)l.Value, r => r.Value, (l, r) => new Pair(l.Id, r == null ? null : r.Id), On(run));
        }
    }

    private static System.Linq.Expressions.Expression<Func<Click, Click, bool>>? On(JoinRun run) => run.Condition == 0 ? null : (l, r) => l.Value < r.Value;

    private static IEnumerable<Pair> Expected(JoinRun run, IEnumerable<(bool, Click Row)> rows)
    {
        foreach (var (_, l) in rows)
        {
            var found = run.Keys switch { 0 => l.Page == "a" ? Pages["a"] : null, 1 => PagesAndParts.GetValueOrDefault((l.Page, l.Value & 1)), _ => l.Value == 2 ? null : Numbers.GetValueOrDefault(l.Value) };
            if (run.Kind != JoinKind.Inner && run.Condition != 0 && found is not null && l.Value >= found.Value) found = null;
            if (found is not null || run.Kind != JoinKind.Inner) yield return new Pair(l.Id, found?.Id);
        }
    }

    [Test]
    public void Rows_come_with_the_rows_that_were_loaded_last() => JoinsEqualReferenceTests.Hold(JoinRun.Any(JoinForm.Unbounded), async drawn =>
    {
        var run = drawn with { IsSelfJoin = false };
        await using var harness = new StreamTestHarness { Workers = DrawnWorkers.Of(run.Rows.Length) };
        var left = harness.Source<Click>("left");
        var every = TimeSpan.FromSeconds(1);
        List<Click> there = [];
        var (loaded, loadedAt, now) = (new List<Click>(), TimeSpan.Zero, TimeSpan.Zero);
        var fails = false;
        var table = Lookup.Refreshed(async _ =>
        {
            await Task.Yield();
            return fails ? throw new IOException() : (IReadOnlyCollection<Click>)there.ToList();
        }, every);
        var query = run.Kind == JoinKind.Inner
            ? from l in left.Rows join r in table on l.Page equals r.Page select new Pair(l.Id, r.Id)
            : left.Rows.LeftJoin(table, l => l.Page, r => r.Page, (l, r) => new Pair(l.Id, r == null ? null : r.Id), On(run));
        var output = await harness.StartAsync(query);
        foreach (var (rows, drawnCut) in run.Steps())
        {
            // An epoch of an earlier step that runs again may find other rows.
            var cut = drawnCut.Fate == Fate.LoseCommit && run.LeftOf(rows).Length == 0 ? drawnCut with { Fate = Fate.Crash } : drawnCut;

            // What comes from the right is there from now on, but only known after the next load.
            there.AddRange(run.RightOf(rows));
            fails = rows.Length % 3 == 2 && cut.Fate == Fate.GoOn;
            var advance = cut.Fate == Fate.LoseCommit ? every : TimeSpan.FromMilliseconds(rows.Length % 2 == 0 ? 300 : 800);
            harness.Advance(advance);
            now += advance;
            var ofLeft = run.LeftOf(rows);
            if (ofLeft.Length > 0 && now - loadedAt >= every)
            {
                loadedAt = now;
                if (!fails) loaded = [.. there];
            }

            left.Add(ofLeft);
            await JoinsEqualReferenceTests.FeedAsync(harness, run with { IsSelfJoin = true }, left, left, [], cut, []);
            JoinsEqualReferenceTests.Compare(run, JoinsEqualReferenceTests.After(rows), output.Take().Select(c => c.Row), Found(run, ofLeft, loaded));
            if (cut.Fate != Fate.GoOn) (loaded, loadedAt) = ([.. there], now);
        }

        fails = false;
        JoinsEqualReferenceTests.Compare(run, "over a list", query.Over(run.LeftOf(run.Rows)).ToList(), Found(run, run.LeftOf(run.Rows), there));
    });

    private static IEnumerable<Pair> Found(JoinRun run, IEnumerable<Click> left, List<Click> table)
    {
        foreach (var l in left)
        {
            var matches = table.Where(r => l.Page is not null && r.Page == l.Page && (run.Kind == JoinKind.Inner || run.Condition == 0 || l.Value < r.Value)).ToList();
            foreach (var r in matches) yield return new Pair(l.Id, r.Id);
            if (matches.Count == 0 && run.Kind != JoinKind.Inner) yield return new Pair(l.Id, null);
        }
    }
}
