// The judge of SelectAsync: drawn rows, cut into drawn epochs and crashed at drawn moments, give in every epoch what Select gives for the same function, whatever comes back first and however often it fails on the way; behind operators with
// state, before them and between two of them.
using NUnit.Framework;
using StreamLinq.Tests.Joins;
using StreamLinq.Tests.Windows;
using StreamLinq.Tests.Workers;

namespace StreamLinq.Tests.Calls;

[TestFixture]
public sealed class CallsEqualReferenceTests
{
    [Test]
    public void Each_row_comes_with_its_answer_in_its_epoch() => JoinsEqualReferenceTests.Hold(JoinRun.Any(JoinForm.Unbounded), async run =>
    {
        var workers = DrawnWorkers.Of(run.Rows.Length);
        await using var harness = new StreamTestHarness { Workers = workers };
        var service = new FlakyService { Failures = run.Keys };
        var options = new AsyncOptions { MaxConcurrency = 1 + run.Condition, Ordered = run.Kind != JoinKind.Inner, Retries = run.Keys };
        var left = harness.Source<Click>("left");
        var query = left.Rows.Where(c => c.Value != 2).SelectAsync((c, _) => service.AnswerAsync(c.Id, new Pair(c.Id, c.Value)), options);
        var output = await harness.StartAsync(query);
        foreach (var (rows, cut) in run.Steps())
        {
            await JoinsEqualReferenceTests.FeedAsync(harness, run with { IsSelfJoin = true }, left, left, rows, cut, []);
            var (actual, expected) = (output.Take().Select(c => c.Row).ToList(), Expected(rows));
            JoinsEqualReferenceTests.Compare(run, JoinsEqualReferenceTests.After(rows), actual, expected);
            JoinsEqualReferenceTests.Check(run, !options.Ordered || actual.SequenceEqual(expected), $"{JoinsEqualReferenceTests.After(rows)}: out of order: {string.Join(", ", actual)}");
        }

        JoinsEqualReferenceTests.Check(run, service.Most <= options.MaxConcurrency * workers.Max(), $"{service.Most} calls at once");
        JoinsEqualReferenceTests.Check(run, query.Over(run.Rows.Select(r => r.Row)).ToList().SequenceEqual(Expected(run.Rows)), "over a list");

        static List<Pair> Expected(IEnumerable<(bool, Click Row)> rows) => [.. rows.Where(r => r.Row.Value != 2).Select(r => new Pair(r.Row.Id, r.Row.Value))];
    });

    [Test]
    public void Between_operators_with_state_calls_change_nothing() => Same(JoinForm.Unbounded, OutputMode.Update, (rows, run, call) =>
        from c in call.Of(rows.DistinctBy(c => new { c.Page, c.Value })) group c by c.Page into g select new { g.Key, N = g.Count(), Sum = g.Sum(c => c.Value) } into sums where sums.Sum != 1 select sums);

    [Test]
    public void Rows_keep_their_times_and_no_watermark_passes_them() => Same(JoinForm.Windows, OutputMode.Changelog, (rows, run, call) =>
    {
        var timed = call.Of(rows.WithEventTime(c => c.At, run.LeftDelay));
        var windows = from c in run.Windows.Over(timed).GracePeriod(run.Grace) group c by c.Page into g select new Click((int)g.Count(), g.Key, 0, g.Window.Start, TimeSpan.Zero);
        return from c in call.Of(windows).Window(Windowing.Tumbling(TimeSpan.FromSeconds(2))) group c by c.Page into g select new { g.Key, g.Window.Start, Sum = g.Sum(c => c.Id), N = g.Count() } into sums group sums by sums.Start into g select new { g.Key, Rows = g.Sum(s => s.Sum * 100 + s.N) };
    });

    [Test]
    public void A_time_may_be_given_to_what_was_asked_for() => Same(JoinForm.Windows, OutputMode.Changelog, (rows, run, call) =>
        from c in run.Windows.Over(call.Of(rows).WithEventTime(c => c.At, run.LeftDelay)).GracePeriod(run.Grace) group c by c.Page into g select new { g.Key, g.Window.Start, N = g.Count() } into counts group counts by counts.Start into g select new { g.Key, N = g.Sum(c => c.N) });

    // The same query with calls and with a Select in their place.
    private static void Same<T>(JoinForm form, OutputMode mode, Func<IStreamQueryable<Click, AppendOnly>, JoinRun, DrawnCalls, IStreamQueryable<T, Table>> query) => JoinsEqualReferenceTests.Hold(JoinRun.Any(form), run => SameAsync(run, mode, query));

    private static async Task SameAsync<T>(JoinRun run, OutputMode mode, Func<IStreamQueryable<Click, AppendOnly>, JoinRun, DrawnCalls, IStreamQueryable<T, Table>> query)
    {
        await using var harness = new StreamTestHarness { Workers = DrawnWorkers.Of(run.Rows.Length) };
        await using var plain = new StreamTestHarness { Workers = DrawnWorkers.Of(run.Rows.Length) };
        var (left, plainLeft) = (harness.Source<Click>("left"), plain.Source<Click>("left"));
        var output = await harness.StartAsync(query(left.Rows, run, new DrawnCalls(new FlakyService { Failures = run.Keys }, run)), mode);
        var expected = await plain.StartAsync(query(plainLeft.Rows, run, new DrawnCalls(null, run)), mode);
        foreach (var (rows, cut) in run.Steps())
        {
            await JoinsEqualReferenceTests.FeedAsync(harness, run with { IsSelfJoin = true }, left, left, rows, cut, []);
            await JoinsEqualReferenceTests.FeedAsync(plain, run with { IsSelfJoin = true }, plainLeft, plainLeft, rows, cut, []);
            JoinsEqualReferenceTests.Compare(run, JoinsEqualReferenceTests.After(rows), output.Take(), expected.Take());
        }

        await left.CompleteAsync();
        await plainLeft.CompleteAsync();
        JoinsEqualReferenceTests.Compare(run, "at the end", output.Take(), expected.Take());
    }
}
