// The judge of joins: drawn joins over drawn rows, late and in disorder, cut into drawn epochs and crashed at drawn moments, give in every epoch what the reference gives. And where nothing is late,
// both give what the batch provider gives for all rows at once.
using FsCheck;
using FsCheck.Fluent;
using NUnit.Framework;
using StreamLinq.Tests.Windows;
using StreamLinq.Tests.Workers;

namespace StreamLinq.Tests.Joins;

[TestFixture]
public sealed class JoinsEqualReferenceTests
{
    private static readonly bool Long = Environment.GetEnvironmentVariable("STREAMLINQ_LONG") == "1";

    [Test]
    public void The_batch_provider_gives_the_joins_of_the_reference() => FsCheck.Check.One(Config.QuickThrowOnFailure.WithMaxTest(Long ? 20_000 : 150), Prop.ForAll(JoinRun.Any(Enum.GetValues<JoinForm>()), run =>
    {
        var (left, right) = (Batch.Rows.Of<Click>(), Batch.Rows.Of<Click>());
        var (ofLeft, ofRight) = (run.LeftOf(run.Rows), run.RightOf(run.Rows));
        var expected = new JoinReference(run, [new JoinEpoch(ofLeft, ofRight, null, long.MaxValue)]).Results().Select(r => r.Pair);
        IStreamQueryable<Pair> query = run.Form != JoinForm.Unbounded ? run.Timed(left, right) : run.Kind is JoinKind.Inner or JoinKind.Semi ? run.Stream(left, right) : run.Table(left, right);
        var batch = query.Over(left, ofLeft);
        Compare(run, "batch", (run.IsSelfJoin ? batch : batch.Over(right, ofRight)).ToList(), expected);
    }));

    [Test]
    public void Joins_within_time_give_in_every_epoch_what_the_reference_gives() => Hold(JoinRun.Any(JoinForm.Interval), Timed);

    [Test]
    public void Joins_within_windows_give_in_every_epoch_what_the_reference_gives() => Hold(JoinRun.Any(JoinForm.Windows), Timed);

    private static async Task Timed(JoinRun run)
    {
        await using var harness = new StreamTestHarness { Workers = DrawnWorkers.Of(run.Rows.Length) };
        var (left, right) = Sources(harness, run);
        var output = await harness.StartAsync(run.Timed(left.Rows, right.Rows));
        var steps = run.Epochs();
        var reference = new JoinReference(run, [.. steps.SelectMany(s => s)]);
        var results = reference.Results().ToLookup(r => r.Epoch, r => r.Pair);
        var late = new SortedDictionary<long, long>();
        var epoch = 0;
        foreach (var ((rows, cut), epochs) in run.Steps().Zip(steps))
        {
            await FeedAsync(harness, run, left, right, rows, cut, late);
            Compare(run, After(rows), output.Take().Select(c => c.Row), epochs.SelectMany(_ => results[epoch++]));
        }

        await left.CompleteAsync();
        if (!run.IsSelfJoin) await right.CompleteAsync();
        Compare(run, "at the end", output.Take().Select(c => c.Row), results[epoch]);
        Check(run, late.Values.Sum() == reference.LateRows, $"{late.Values.Sum()} rows were late, not {reference.LateRows}");
        Check(run, output.Query.LastProgress is not { } last || last.StateOperators.Single().Rows == 0, "state is left");
    }

    [Test]
    public void Results_of_joins_have_their_times_and_are_never_late_for_the_next_operator() => Hold(JoinRun.Any(JoinForm.Interval, JoinForm.Windows), async run =>
    {
        await using var harness = new StreamTestHarness { Workers = DrawnWorkers.Of(run.Rows.Length) };
        var (left, right) = Sources(harness, run);
        var output = await harness.StartAsync(run.Timed(left.Rows, right.Rows).Window(Windowing.Tumbling(TimeSpan.FromMilliseconds(500))).GroupBy(_ => 0)
            .Select(g => new { g.Window.Start, Pairs = string.Join(' ', g.ToList().Select(p => $"{p.Left}-{p.Right}").Order(StringComparer.Ordinal)) }));
        foreach (var (rows, cut) in run.Steps()) await FeedAsync(harness, run, left, right, rows, cut, []);
        await left.CompleteAsync();
        if (!run.IsSelfJoin) await right.CompleteAsync();
        var expected = new JoinReference(run, [.. run.Epochs().SelectMany(s => s)]).Results()
            .GroupBy(r => new DateTimeOffset(r.Time.UtcTicks - r.Time.UtcTicks % 5_000_000, TimeSpan.Zero), r => $"{r.Pair.Left}-{r.Pair.Right}")
            .Select(g => new { Start = g.Key, Pairs = string.Join(' ', g.Order(StringComparer.Ordinal)) });
        Compare(run, "in windows", output.Result, expected);
    });

    [Test]
    public void Joins_of_all_rows_give_in_every_epoch_what_the_reference_gives() => Hold(JoinRun.Any(JoinForm.Unbounded), async run =>
    {
        await using var harness = new StreamTestHarness { Workers = DrawnWorkers.Of(run.Rows.Length) };
        var (left, right) = Sources(harness, run);
        var isStream = run.Kind is JoinKind.Inner or JoinKind.Semi;
        var mode = run.Keys == 1 ? OutputMode.Complete : OutputMode.Changelog;
        var output = isStream ? await harness.StartAsync(run.Stream(left.Rows, right.Rows)) : await harness.StartAsync(run.Table(left.Rows, right.Rows), mode);
        var epochs = run.Steps().Select(s => new JoinEpoch(run.LeftOf(s.Rows), run.RightOf(s.Rows), null, null)).ToList();
        var reference = new JoinReference(run, epochs);
        var epoch = 0;
        foreach (var (rows, cut) in run.Steps())
        {
            await FeedAsync(harness, run, left, right, rows, cut, []);
            Compare(run, After(rows), output.Result, reference.TableAfter(epoch++));
        }
    });

    [Test]
    public void A_join_without_late_rows_gives_the_batch_answer() => Hold(JoinRun.Any(JoinForm.Interval, JoinForm.Windows), async drawn =>
    {
        var run = drawn with { LeftDelay = TimeSpan.FromDays(1000), RightDelay = TimeSpan.FromDays(1000) };
        await using var harness = new StreamTestHarness { Workers = DrawnWorkers.Of(run.Rows.Length) };
        var (left, right) = Sources(harness, run);
        var query = run.Timed(left.Rows, right.Rows);
        var output = await harness.StartAsync(query);
        foreach (var (rows, cut) in run.Steps()) await FeedAsync(harness, run, left, right, rows, cut, []);
        await left.CompleteAsync();
        if (!run.IsSelfJoin) await right.CompleteAsync();
        var batch = query.Over(left.Rows, run.LeftOf(run.Rows));
        Compare(run, "at the end", output.Result, (run.IsSelfJoin ? batch : batch.Over(right.Rows, run.RightOf(run.Rows))).ToList());
    });

    internal static (TestSource<Click> Left, TestSource<Click> Right) Sources(StreamTestHarness harness, JoinRun run)
    {
        var left = harness.Source<Click>("left");
        return (left, run.IsSelfJoin ? left : harness.Source<Click>("right"));
    }

    internal static async Task FeedAsync(StreamTestHarness harness, JoinRun run, TestSource<Click> left, TestSource<Click> right, (bool, Click)[] rows, Cut cut, SortedDictionary<long, long> late)
    {
        left.Add(run.LeftOf(rows));
        if (!run.IsSelfJoin) right.Add(run.RightOf(rows));
        await harness.RunEpochAsync();
        if (cut.UntilIdle) await harness.RunUntilIdleAsync();
        foreach (var epoch in harness.Query.RecentProgress) late[epoch.Epoch] = epoch.LateRows;
        if (cut.Fate == Fate.GoOn) return;
        var runsAgain = cut.Fate == Fate.LoseCommit && harness.Query.LastProgress is not null;
        if (runsAgain) await harness.ForgetLastCommitAsync();
        await harness.CrashAndRecoverAsync();
        if (runsAgain) await harness.RunEpochAsync();
    }

    internal static void Compare<T>(JoinRun run, string after, IEnumerable<T> actual, IEnumerable<T> expected)
    {
        var (extra, missing) = (actual.ToList(), new List<T>());
        foreach (var row in expected)
            if (!extra.Remove(row)) missing.Add(row);
        Check(run, extra.Count + missing.Count == 0, $"{after}: missing\n  {string.Join("\n  ", missing)}\n too much\n  {string.Join("\n  ", extra)}");
    }

    // Not an assertion: NUnit would report each of those that fail while FsCheck looks for a smaller case.
    internal static void Check(JoinRun run, bool holds, string what)
    {
        if (!holds) throw new InvalidOperationException($"{what}\n in {run}");
    }

    internal static string After((bool IsLeft, Click Row)[] rows) => rows.Length == 0 ? "after an epoch without rows" : $"after rows #{rows[0].Row.Id} to #{rows[^1].Row.Id}";

    internal static void Hold(Arbitrary<JoinRun> runs, Func<JoinRun, Task> property) =>
        FsCheck.Check.One(Config.QuickThrowOnFailure.WithMaxTest(Long ? 5000 : 25), Prop.ForAll(runs, property));
}
