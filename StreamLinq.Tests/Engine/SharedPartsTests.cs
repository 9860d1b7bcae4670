// Equal parts of queries that run together run once: a property that builds its query gives a new tree at each call, and what comes out is what comes out of each query alone, in every epoch and after every crash.
using NUnit.Framework;
using StreamLinq.Tests.Joins;
using StreamLinq.Tests.Windows;
using StreamLinq.Tests.Workers;

namespace StreamLinq.Tests.Engine;

[TestFixture]
public sealed class SharedPartsTests
{
    private sealed record Sum(string? Page, long N, long Total);

    // What a property of a class with a source would be.
    private sealed class Queries(IStreamQueryable<Click, AppendOnly> rows, JoinRun run)
    {
        internal IStreamQueryable<Sum, Table> Sums => from c in rows.DistinctBy(c => new { c.Page, Twice = c.Value / (run.Condition + 1) }) group c by c.Page into g select new Sum(g.Key, g.Count(), g.Sum(c => c.Value));

        internal IStreamQueryable<Click, EventTime> Timed => rows.WithEventTime(c => c.At, run.LeftDelay);

        internal IStreamQueryable<Sum, EventTime> Windows => from c in run.Windows.Over(Timed).GracePeriod(run.Grace) group c by c.Page into g select new Sum(g.Key, g.Count(), g.Sum(c => c.Value));
    }

    [Test]
    public void Outputs_give_what_each_gives_alone() => JoinsEqualReferenceTests.Hold(JoinRun.Any(JoinForm.Windows), async run =>
    {
        await using var together = new Started(run, [0, 1]);
        await using var first = new Started(run, [0]);
        await using var second = new Started(run, [1]);
        Started[] all = [together, first, second];
        foreach (var started in all) await started.StartAsync();
        foreach (var (rows, cut) in run.Steps())
        {
            foreach (var started in all) await JoinsEqualReferenceTests.FeedAsync(started.Harness, run with { IsSelfJoin = true }, started.Rows, started.Rows, rows, cut, []);
            JoinsEqualReferenceTests.Compare(run, $"first, {JoinsEqualReferenceTests.After(rows)}", together.Take(0), first.Take(0));
            JoinsEqualReferenceTests.Compare(run, $"second, {JoinsEqualReferenceTests.After(rows)}", together.Take(1), second.Take(1));
            var (operators, ofFirst, ofSecond) = (together.Operators, first.Operators, second.Operators);
            JoinsEqualReferenceTests.Check(run, operators.Count == 0 || operators.Count < ofFirst.Count + ofSecond.Count, $"{string.Join(", ", operators)} keep state");
        }

        foreach (var started in all) await started.Rows.CompleteAsync();
        JoinsEqualReferenceTests.Compare(run, "first, at the end", together.Take(0), first.Take(0));
        JoinsEqualReferenceTests.Compare(run, "second, at the end", together.Take(1), second.Take(1));
    });

    private sealed class Started(JoinRun run, int[] outputs) : IAsyncDisposable
    {
        private readonly MemorySink<string>[] _sinks = [new(), new()];
        private readonly int[] _taken = new int[2];

        internal StreamTestHarness Harness { get; } = new() { Workers = DrawnWorkers.Of(run.Rows.Length) };

        internal TestSource<Click> Rows { get; private set; } = null!;

        internal IReadOnlyList<string> Operators => Harness.Query.LastProgress is { } last ? [.. last.StateOperators.Select(o => o.Operator)] : [];

        internal Task StartAsync()
        {
            Rows = Harness.Source<Click>("rows");
            var queries = new Queries(Rows.Rows, run);
            return Harness.StartAsync([.. outputs.Select(i => Output(queries, i))]);
        }

        private StreamOutput Output(Queries q, int i) => (run.Keys, i) switch
        {
            (0, 0) => q.Sums.Where(s => s.N > 1).Select(s => $"{s}").WriteTo(_sinks[0], OutputMode.Changelog),
            (0, _) => (from s in q.Sums group s by s.N into g select new { g.Key, Pages = g.Count(), Most = g.Max(s => s.Total) } into g select $"{g}").WriteTo(_sinks[1], OutputMode.Changelog),
            (1, 0) => q.Windows.Select(s => $"{s}").WriteTo(_sinks[0]),
            (1, _) => (from w in q.Windows group w by w.Page into g select new { g.Key, Windows = g.Count(), Most = g.Max(w => w.N) } into g select $"{g}").WriteTo(_sinks[1], OutputMode.Complete),
            (_, 0) => q.Sums.Select(s => $"{s}").WriteTo(_sinks[0], OutputMode.Complete),
            _ => (from s in q.Sums join t in q.Sums on s.N equals t.N where s.Page != t.Page select new { s.Page, Other = t.Page } into pair select $"{pair}").WriteTo(_sinks[1], OutputMode.Changelog),
        };

        internal IReadOnlyList<string> Take(int sink)
        {
            var batches = _sinks[sink].Batches;
            string[] rows = [.. batches.Skip(_taken[sink]).SelectMany(b => b.Changes).Select(c => $"{c.Kind} {c.Row}")];
            _taken[sink] = batches.Count;
            return rows;
        }

        public ValueTask DisposeAsync() => Harness.DisposeAsync();
    }

    private static async Task<(IReadOnlyList<string> Operators, string Plan)> RunAsync(Func<IStreamQueryable<int, AppendOnly>, StreamOutput[]> outputs)
    {
        await using var harness = new StreamTestHarness();
        var source = harness.Source<int>("numbers");
        await harness.StartAsync(outputs(source.Rows));
        await source.EpochAsync(1, 2, 3);
        var names = harness.Query.LastProgress!.StateOperators.Select(o => o.Operator).ToList();
        await harness.CrashAndRecoverAsync();
        await source.EpochAsync(4);
        Assert.That(harness.Query.LastProgress.StateOperators.Select(o => o.Operator), Is.EqualTo(names));
        Assert.That(harness.Query.LastProgress.Sources.Single().InputRows, Is.EqualTo(1));
        return (names, harness.Query.Explain());
    }

    [Test]
    public async Task The_plan_shows_what_is_shared_once()
    {
        var (operators, plan) = await RunAsync(rows => [Counts(rows, 7).WriteTo(new MemorySink<long>(), OutputMode.Changelog), Counts(rows, 7).Where(n => n > 1).WriteTo(new MemorySink<long>(), OutputMode.Changelog)]);
        Assert.That(operators, Is.EqualTo(["distinct-1", "group-1"]));
        Assert.That(plan.ReplaceLineEndings("\n"), Does.StartWith("""
            Stage 1: source numbers (memory of int) -> distinct-1
              Distinct by value % 7 [state bounded by the number of keys]
            Stage 2: changes of distinct-1 -> group-1
              Aggregate by key#2 = value % 7 % 2: count = Count() [state bounded by the number of keys]
            Stage 3: changes of group-1 -> Changelog to memory [rows come and go]
              Emit count

            Stage 1: changes of group-1 -> Changelog to memory [rows come and go]
              Filter count > 1
              Emit count
            """.ReplaceLineEndings("\n")));
    }

    private static IStreamQueryable<long, Table> Counts(IStreamQueryable<int, AppendOnly> rows, int divisor) => from r in rows.DistinctBy(r => r % divisor) group r by r % divisor % 2 into g select g.Count();

    [Test]
    public async Task What_captures_something_else_or_has_another_name_is_something_else()
    {
        Assert.That((await RunAsync(rows => [Counts(rows, 7).WriteTo(new MemorySink<long>(), OutputMode.Changelog), Counts(rows, 8).WriteTo(new MemorySink<long>(), OutputMode.Changelog)])).Operators,
            Is.EqualTo(["distinct-1", "group-1", "distinct-2", "group-2"]));
        Assert.That((await RunAsync(rows => [Counts(rows, 7).Named("counts").WriteTo(new MemorySink<long>(), OutputMode.Changelog), Counts(rows, 7).WriteTo(new MemorySink<long>(), OutputMode.Changelog)])).Operators,
            Is.EqualTo(["distinct-1", "counts", "group-1"]));
        Assert.That((await RunAsync(rows => [Counts(rows, 7).Named("counts").WriteTo(new MemorySink<long>(), OutputMode.Changelog), Counts(rows, 7).Named("counts").WriteTo(new MemorySink<long>(), OutputMode.Complete)])).Operators,
            Is.EqualTo(["distinct-1", "counts"]));
    }

    [Test]
    public async Task All_that_is_asked_of_a_shared_group_is_kept_in_it()
    {
        await using var harness = new StreamTestHarness();
        var source = harness.Source<int>("numbers");
        var groups = from r in source.Rows group r by r % 2;
        var (sums, most) = (new MemorySink<string>(), new MemorySink<string>());
        await harness.StartAsync((from g in groups select new { g.Key, Sum = g.Sum() } into g select $"{g.Key} {g.Sum}").WriteTo(sums, OutputMode.Complete), (from g in groups let m = g.Max() where m > 2 select new { g.Key, m } into g select $"{g.Key} {g.m}").WriteTo(most, OutputMode.Complete));
        await source.EpochAsync(1, 2, 3, 4, 5);
        Assert.That(sums.Rows, Is.EquivalentTo(["0 6", "1 9"]));
        Assert.That(most.Rows, Is.EquivalentTo(["0 4", "1 5"]));
        Assert.That(harness.Query.LastProgress!.StateOperators.Select(o => o.Operator), Is.EqualTo(["group-1"]));
    }

    [Test]
    public async Task The_time_of_rows_that_several_read_is_seen_once()
    {
        await using var harness = new StreamTestHarness();
        var source = harness.Source<int>("seconds");
        var start = new DateTimeOffset(2024, 1, 1, 0, 0, 0, TimeSpan.Zero);
        var seen = new List<int>();
        var timed = source.Rows.WithEventTime(s => start.AddSeconds(s), TimeSpan.Zero);
        var generated = source.Rows.WithEventTime(s => start.AddSeconds(s), WatermarkStrategy.From(() => new Counting(seen)));
        await harness.StartAsync(
            [.. new[] { timed, source.Rows.WithEventTime(s => start.AddSeconds(s), TimeSpan.Zero), generated, generated }
                .Select(t => (from s in t.Window(Windowing.Tumbling(TimeSpan.FromSeconds(2))) group s by 0 into g select g.Count()).WriteTo(new MemorySink<long>()))
                .Append(timed.Merge(timed).Select(s => (long)s).WriteTo(new MemorySink<long>()))]);
        await source.EpochAsync(1, 2, 3, 2, 4);
        var times = harness.Query.LastProgress!.EventTime;
        Assert.That(times.Select(t => t.Name), Is.EqualTo(["watermark-1", "watermark-2"]));
        Assert.That(times[0].Lateness.Select(l => l.Rows), Is.EqualTo([1]));
        Assert.That(seen, Is.EqualTo([1, 2, 3, 2, 4]));
    }

    private sealed class Counting(List<int> seen) : IWatermarkGenerator<int>
    {
        public void OnRow(int row, DateTimeOffset time) => seen.Add(row);

        public Watermark OnEpochEnd(DateTimeOffset clock) => Watermark.Minimum;
    }

    [Test]
    public async Task Calls_elsewhere_that_are_shared_are_made_once()
    {
        var asked = 0;
        Func<int, CancellationToken, ValueTask<int>> call = (n, _) =>
        {
            Interlocked.Increment(ref asked);
            return ValueTask.FromResult(n);
        };
        await using var harness = new StreamTestHarness();
        var source = harness.Source<int>("numbers");
        var (first, second) = (new MemorySink<int>(), new MemorySink<int>());
        await harness.StartAsync(source.Rows.SelectAsync(call).WriteTo(first), source.Rows.SelectAsync(call, null).Where(n => n > 1).WriteTo(second));
        await source.EpochAsync(1, 2, 3);
        Assert.That((asked, first.Rows.Count, second.Rows.Count), Is.EqualTo((3, 3, 2)));
    }
}
