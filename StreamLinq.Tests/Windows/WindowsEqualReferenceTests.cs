// The judge of windows: drawn windows over drawn rows, late and in disorder, cut into drawn epochs and crashed at drawn moments, give in every
// epoch what the reference gives. And where nothing is late, both give what the batch provider gives for all rows at once.
using FsCheck;
using FsCheck.Fluent;
using NUnit.Framework;
using StreamLinq.Tests.Workers;

namespace StreamLinq.Tests.Windows;

[TestFixture]
public sealed class WindowsEqualReferenceTests
{
    private static readonly bool Long = Environment.GetEnvironmentVariable("STREAMLINQ_LONG") == "1";

    private static readonly OutputMode[] Modes = [OutputMode.Update, OutputMode.Complete, OutputMode.Changelog];

    [Test]
    public void The_batch_provider_gives_the_windows_of_the_reference() => FsCheck.Check.One(Config.QuickThrowOnFailure.WithMaxTest(Long ? 20_000 : 100), Prop.ForAll(WindowRun.Any(), run =>
    {
        var rows = Batch.Rows.Of<Click>();
        var reference = run.Reference();
        var expected = reference.Run(new ReferenceEpoch(run.Rows, null, ReferenceEpoch.EndOfTime));
        Check(run, reference.LateRows.Count == 0, "rows are late");
        var final = run.Final(run.In(rows)).Over(run.Rows).ToList();
        Compare(run, "final", final, expected);
        Check(run, final.OrderBy(o => o.Window.End).ThenBy(o => o.Window.Start).SequenceEqual(final), "not ordered by windows");
        Check(run, run.Running(run.In(rows)).Over(run.Rows).ToList().SequenceEqual(final), "running windows are others");
        Check(run, run.In(rows).LateRows().Over(run.Rows).ToList().Count == 0, "there are late rows");
    }));

    [Test]
    public void Final_windows_are_those_of_the_reference_in_every_epoch() => Hold(WindowRun.Any(), async drawn =>
    {
        var run = drawn.ThatCloses;
        await using var harness = new StreamTestHarness { Workers = DrawnWorkers.Of(run.Rows.Length) };
        var source = harness.Source<Click>();
        var output = await harness.StartAsync(run.Final(run.In(source.Rows)));
        var (reference, epochs) = (run.Reference(), new ReferenceEpochs(run.Delay));
        var late = new SortedDictionary<long, long>();
        foreach (var (rows, cut) in run.Epochs())
        {
            await FeedAsync(harness, source, rows, late, cut);
            Compare(run, After(rows), output.Take().Select(c => c.Row), epochs.After(rows, cut.UntilIdle).SelectMany(reference.Run));
        }

        await source.CompleteAsync();
        Compare(run, "at the end", output.Take().Select(c => c.Row), reference.Run(epochs.End()));
        CompareLate(run, late, reference);
    });

    [Test]
    public void Running_windows_change_as_those_of_the_reference_in_every_epoch() => Hold(WindowRun.Any(), async run =>
    {
        await using var harness = new StreamTestHarness { Workers = DrawnWorkers.Of(run.Rows.Length) };
        var source = harness.Source<Click>();
        // The rows of a group by a constant do not hold its key.
        var mode = run.Grouping == WindowRun.ByNothing && Modes[run.Mode] == OutputMode.Update ? OutputMode.Changelog : Modes[run.Mode];
        var output = await harness.StartAsync(run.Running(run.In(source.Rows)), mode);
        var (reference, epochs) = (run.Reference(), new ReferenceEpochs(run.Delay));
        var before = reference.Table();
        var late = new SortedDictionary<long, long>();
        foreach (var (rows, cut) in run.Epochs())
        {
            await FeedAsync(harness, source, rows, late, cut);
            foreach (var epoch in epochs.After(rows, cut.UntilIdle)) reference.Run(epoch);
            var after = reference.Table();
            Compare(run, After(rows), output.Take(), Changes(before, after, mode));
            before = after;
        }

        await source.CompleteAsync();
        Compare(run, "at the end", output.Take(), []);
        Compare(run, "the table", output.Result, before.Values);
        CompareLate(run, late, reference);
    });

    [Test]
    public void Late_rows_come_once_and_final_and_running_windows_share_a_query() => Hold(WindowRun.Any(), async drawn =>
    {
        var run = drawn.ThatCloses;
        await using var harness = new StreamTestHarness { Workers = DrawnWorkers.Of(run.Rows.Length) };
        var source = harness.Source<Click>();
        var (final, running, late) = (new MemorySink<Outcome>(), new MemorySink<Outcome>(), new MemorySink<Click>());
        var windows = run.In(source.Rows);
        await harness.StartAsync(run.Final(windows).WriteTo(final), run.Running(windows).WriteTo(running, OutputMode.Changelog), windows.LateRows().WriteTo(late));
        var (reference, epochs) = (run.Reference(), new ReferenceEpochs(run.Delay));
        var emitted = new List<Outcome>();
        foreach (var (rows, cut) in run.Epochs())
        {
            await FeedAsync(harness, source, rows, [], cut);
            emitted.AddRange(epochs.After(rows, cut.UntilIdle).SelectMany(reference.Run));
            Compare(run, After(rows), late.Rows, reference.LateRows);
            Compare(run, After(rows), running.Rows, reference.Table().Values);
        }

        await source.CompleteAsync();
        Compare(run, "at the end", final.Rows, [.. emitted, .. reference.Run(epochs.End())]);
        Compare(run, "at the end", late.Rows, reference.LateRows);
    });

    [Test]
    public void Windows_on_windows_are_those_of_the_reference_and_never_late() => Hold(WindowRun.Any(), async drawn =>
    {
        var run = drawn.ThatCloses with { Grouping = 0, FiltersAfter = false, Having = false };
        var (outer, grace) = (Outer[run.Rows.Length % Outer.Length], TimeSpan.FromMilliseconds(run.Mode * 400));
        await using var harness = new StreamTestHarness { Workers = DrawnWorkers.Of(run.Rows.Length) };
        var source = harness.Source<Click>();
        var inner = run.In(source.Rows).GroupBy(c => c.Page).Select(g => new { Page = g.Key, g.Window, Count = g.Count() });
        var windows = (outer is null ? inner.Window(o => o.Window) : inner.Window(outer.Windowing)).GracePeriod(grace);
        var output = await harness.StartAsync(windows.GroupBy(o => o.Page).Select(g => new Outcome(g.Key, 0, g.Window, g.Count(), g.Sum(o => o.Count), 0, 0, 0, 0, 0, 0)));

        var (first, epochs, carried) = (run.Reference(), new ReferenceEpochs(run.Delay), new Dictionary<int, Window>());
        var second = new WindowReference(new WindowRules(
            c => outer is null ? [carried[c.Id]] : outer.Around(c), outer is { Merges: true }, grace, c => (c.Page, 0), _ => true, _ => true, _ => true));
        var late = new SortedDictionary<long, long>();
        foreach (var (rows, cut) in run.Epochs())
        {
            await FeedAsync(harness, source, rows, late, cut);
            Compare(run, After(rows), output.Take().Select(c => c.Row), epochs.After(rows, cut.UntilIdle).SelectMany(Both));
        }

        await source.CompleteAsync();
        Compare(run, "at the end", output.Take().Select(c => c.Row), Both(epochs.End()));
        Check(run, second.LateRows.Count == 0, "results of windows are late");
        CompareLate(run, late, first);

        IEnumerable<Outcome> Both(ReferenceEpoch epoch)
        {
            var results = new List<Click>();
            foreach (var result in first.Run(epoch))
            {
                carried[carried.Count] = result.Window;
                results.Add(new Click(carried.Count - 1, result.Page, (int)result.Count, result.Window.LastInstant, TimeSpan.Zero));
            }
            return second.Run(epoch.Behind(results, run.Grace ?? TimeSpan.Zero)).Select(o => o with { Least = 0, Most = 0, Mean = 0, Different = 0, First = 0, Last = 0 });
        }
    });

    // Null: the window that the results carry.
    private static readonly DrawnWindows?[] Outer = [null, new(WindowKind.Tumbling, 2000, 0, 300, null), new(WindowKind.Hopping, 3000, 1000, 0, null), new(WindowKind.Session, 1000, 0, 0, null)];

    [Test]
    public void A_stream_without_late_rows_gives_the_batch_answer() => Hold(WindowRun.Any(), async drawn =>
    {
        var run = drawn.ThatCloses with { Delay = TimeSpan.FromDays(1000) };
        await using var harness = new StreamTestHarness { Workers = DrawnWorkers.Of(run.Rows.Length) };
        var source = harness.Source<Click>();
        var query = Chains[run.Mode](run, run.In(source.Rows));
        var output = await harness.StartAsync(query, OutputMode.Changelog);
        foreach (var (rows, cut) in run.Epochs()) await FeedAsync(harness, source, rows, [], cut);
        await source.CompleteAsync();
        Compare(run, "at the end", output.Result, query.Over(source.Rows, run.Rows).ToList());
    });

    // Windows and groups over the results of windows.
    private static readonly Func<WindowRun, IStreamQueryable<Click, Windowed>, IStreamQueryable<string, Table>>[] Chains =
    [
        (run, windows) => windows.GroupBy(c => c.Page).Select(g => new { g.Window, Count = g.Count(), Most = g.Max(c => c.Value) })
            .Window(o => o.Window).GroupBy(o => 0).Select(g => new { g.Window, Windows = g.Count(), Rows = g.Sum(o => o.Count), Most = g.Max(o => o.Most) })
            .GroupBy(o => o.Window.End).Select(g => g.Key.UtcTicks + " " + g.Count() + " " + g.Sum(o => o.Rows) + " " + g.Max(o => o.Most)),
        (run, windows) => run.Final(windows).Window(Windowing.Tumbling(TimeSpan.FromSeconds(2))).GroupBy(o => o.Page).Select(g => new { g.Key, g.Window, Rows = g.Sum(o => o.Count) })
            .GroupBy(o => new { o.Key, o.Window }).Select(g => g.Key.Key + " " + g.Key.Window.Start.UtcTicks + " " + g.Count() + " " + g.Sum(o => o.Rows)),
        (run, windows) => run.Running(windows).GroupBy(o => o.Page).Select(g => g.Key + " " + g.Count() + " " + g.Sum(o => o.Sum)),
    ];

    private static IEnumerable<Change<Outcome>> Changes(Dictionary<((string?, int), Window), Outcome> before, Dictionary<((string?, int), Window), Outcome> after, OutputMode mode)
    {
        var gone = before.Where(old => !after.TryGetValue(old.Key, out var now) || now != old.Value).ToList();
        var come = after.Where(now => !before.TryGetValue(now.Key, out var old) || old != now.Value).Select(now => now.Value).ToList();
        if (mode == OutputMode.Complete) return gone.Count + come.Count == 0 ? [] : after.Values.Select(row => new Change<Outcome>(ChangeKind.Insert, row));
        return mode == OutputMode.Update
            ? [.. gone.Where(old => !after.ContainsKey(old.Key)).Select(old => new Change<Outcome>(ChangeKind.Delete, old.Value)), .. come.Select(row => new Change<Outcome>(ChangeKind.Upsert, row))]
            : [.. gone.Select(old => new Change<Outcome>(ChangeKind.Delete, old.Value)), .. come.Select(row => new Change<Outcome>(ChangeKind.Insert, row))];
    }

    private static async Task FeedAsync(StreamTestHarness harness, TestSource<Click> source, Click[] rows, SortedDictionary<long, long> late, Cut cut)
    {
        source.Add(rows);
        await harness.RunEpochAsync();
        if (cut.UntilIdle) await harness.RunUntilIdleAsync();
        // By epoch: one that runs again says the same again.
        foreach (var epoch in harness.Query.RecentProgress) late[epoch.Epoch] = epoch.LateRows;
        if (cut.Fate == Fate.GoOn) return;
        var runsAgain = cut.Fate == Fate.LoseCommit && harness.Query.LastProgress is not null;
        if (runsAgain) await harness.ForgetLastCommitAsync();
        await harness.CrashAndRecoverAsync();
        if (runsAgain) await harness.RunEpochAsync();
    }

    private static void Compare<T>(WindowRun run, string after, IEnumerable<T> actual, IEnumerable<T> expected)
    {
        var (extra, missing) = (actual.ToList(), new List<T>());
        foreach (var row in expected)
            if (!extra.Remove(row)) missing.Add(row);
        Check(run, extra.Count + missing.Count == 0, $"{after}: missing\n  {string.Join("\n  ", missing)}\n too much\n  {string.Join("\n  ", extra)}");
    }

    // Not an assertion: NUnit would report each of those that fail while FsCheck looks for a smaller case.
    private static void Check(WindowRun run, bool holds, string what)
    {
        if (!holds) throw new InvalidOperationException($"{what}\n in {run}");
    }

    private static string After(Click[] rows) => rows.Length == 0 ? "after an epoch without rows" : $"after rows #{rows[0].Id} to #{rows[^1].Id}";

    private static void CompareLate(WindowRun run, SortedDictionary<long, long> counted, WindowReference reference) => Check(
        run, run.FiltersAfter || counted.Values.Sum() == reference.LateRows.Count, $"counted {counted.Values.Sum()} late rows, not {string.Join(", ", reference.LateRows.Select(r => "#" + r.Id))}");

    private static void Hold(Arbitrary<WindowRun> runs, Func<WindowRun, Task> property) =>
        FsCheck.Check.One(Config.QuickThrowOnFailure.WithMaxTest(Long ? 5000 : 25), Prop.ForAll(runs, property));
}
