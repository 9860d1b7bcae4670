// State larger than memory: with a budget that holds a part of the keys the answers are those of a query that has room for all, after restarts too.
using NUnit.Framework;
using StreamLinq.Embedded;

namespace StreamLinq.Tests.Memory;

[TestFixture]
public sealed class ColdStateTests
{
    private const long SmallBudget = 400_000;
    private const long ForPairs = 700_000;
    private const long ForRows = 900_000;
    private static readonly CheckpointOptions Small = new()
    {
        IndexBytes = 16 << 10,
        LoadWholeBytes = 0,
        PagesInMemory = 4,
        FoldAfterBytes = 200_000,
        FoldBytesPerSecond = long.MaxValue,
        Layout = new CheckpointLayout { PageBytes = 16 << 10, SegmentBytes = 256 << 10 },
    };

    private string _folder = "";

    public sealed record Reading(long Sensor, string Place, int Value, double Weight, int Second);

    [SetUp]
    public void SetUp() => _folder = Directory.CreateTempSubdirectory("streamlinq-cold-").FullName;

    [TearDown]
    public void TearDown() => Directory.Delete(_folder, recursive: true);

    private static Dictionary<string, Func<IStreamQueryable<Reading, AppendOnly>, IStreamSink<string>, StreamOutput>> Queries { get; } = new()
    {
        ["sums"] = (r, to) => r.GroupBy(x => x.Sensor).Select(g => $"{g.Key}: {g.Count()} {g.Sum(x => x.Value)} {g.Min(x => x.Value)} {g.Max(x => x.Value)}")
            .WriteTo(to, OutputMode.Changelog),
        ["text keys"] = (r, to) => r.GroupBy(x => x.Place).Select(g => $"{g.Key}: {g.Count()} {g.Average(x => x.Value)}").WriteTo(to, OutputMode.Changelog),
        ["doubles"] = (r, to) => r.GroupBy(x => x.Sensor).Select(g => $"{g.Key}: {g.Sum(x => x.Weight):R}").WriteTo(to, OutputMode.Changelog),
        ["distinct values"] = (r, to) => r.GroupBy(x => x.Sensor).Select(g => $"{g.Key}: {g.CountDistinct(x => x.Value)}").WriteTo(to, OutputMode.Changelog),
        ["chained"] = (r, to) => r.GroupBy(x => x.Sensor).Select(g => new { g.Key, Most = g.Max(x => x.Value) }).GroupBy(x => x.Most).Select(g => $"{g.Key}: {g.Count()}").WriteTo(to, OutputMode.Changelog),
        ["tumbling"] = (r, to) => Timed(r).Window(Windowing.Tumbling(TimeSpan.FromMinutes(60))).GroupBy(x => x.Sensor).Select(g => $"{g.Window.Start:HH:mm} {g.Key}: {g.Count()} {g.Sum(x => x.Value)}").WriteTo(to),
        ["hopping"] = (r, to) => Timed(r).Window(Windowing.Hopping(TimeSpan.FromMinutes(60), TimeSpan.FromMinutes(20))).GroupBy(x => x.Place)
            .Select(g => $"{g.Window.Start:HH:mm} {g.Key}: {g.Count()} {g.CountDistinct(x => x.Value)} {g.Max(x => x.Value)}").WriteTo(to),
        ["latest"] = (r, to) => Timed(r).LatestBy(x => x.Sensor).Select(x => $"{x.Sensor}: {x.Value} {x.Second}").WriteTo(to, OutputMode.Changelog),
        ["feed"] = (r, to) => r.Select(x => new Change<Reading>(x.Value % 3 == 0 ? ChangeKind.Delete : ChangeKind.Upsert, x)).ToTable(x => x.Sensor).GroupBy(x => x.Value).Select(g => $"{g.Key}: {g.Count()}").WriteTo(to, OutputMode.Changelog),
        ["distinct"] = (r, to) => r.Select(x => x.Place).Distinct().WriteTo(to),
    };

    // A row a second, some a little late.
    private static IStreamQueryable<Reading, EventTime> Timed(IStreamQueryable<Reading, AppendOnly> rows) => rows.WithEventTime(r => new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero).AddSeconds(r.Second), maxDelay: TimeSpan.FromMinutes(1));

    private static IEnumerable<TestCaseData> Cases => Queries.Keys.SelectMany(q => new[] { true, false }.Select(durable => new TestCaseData(q, durable).SetArgDisplayNames(q, durable ? "with a checkpoint" : "without one")));

    [TestCaseSource(nameof(Cases))]
    public async Task Answers_do_not_depend_on_the_budget(string query, bool durable)
    {
        var rows = Rows(40_000, keys: 9_000);
        var (expected, _) = await RunAsync(query, rows, null, durable, restarts: 0);
        if (durable) Directory.Delete(_folder, recursive: true);
        var (actual, onDisk) = await RunAsync(query, rows, query switch { "distinct values" => ForPairs, "latest" or "feed" => ForRows, _ => SmallBudget }, durable, restarts: durable ? 3 : 0);
        Assert.That(onDisk, Is.GreaterThan(0), "nothing left memory: the test shows nothing");
        Assert.That(actual, Is.EqualTo(expected));
    }

    // Shares of the budget are smaller for each worker, and so are their tables; state leaves memory with one number of workers and comes back with another.
    [TestCaseSource(nameof(Cases))]
    public async Task Answers_of_several_workers_do_not_depend_on_the_budget(string query, bool durable)
    {
        var rows = Rows(40_000, keys: 9_000);
        var (expected, _) = await RunAsync(query, rows, null, durable, restarts: 0);
        if (durable) Directory.Delete(_folder, recursive: true);
        var (actual, onDisk) = await RunAsync(query, rows, query switch { "distinct values" => ForPairs, _ => SmallBudget }, durable, restarts: durable ? 3 : 0, workers: [2, 1, 3]);
        Assert.That(actual, Is.EqualTo(expected));
        if (query is "sums" or "doubles" or "chained" or "tumbling") Assert.That(onDisk, Is.GreaterThan(0), "nothing left memory: the test shows nothing");
    }

    [Test]
    public async Task What_leaves_memory_without_a_checkpoint_goes_to_a_folder_that_is_gone_after_the_query()
    {
        var before = SpillFolders();
        await RunAsync("sums", Rows(40_000, keys: 9_000), SmallBudget, durable: false, restarts: 0);
        Assert.That(SpillFolders(), Is.EquivalentTo(before));
    }

    [Test]
    public async Task A_large_base_stays_on_disk_at_a_start()
    {
        var rows = Rows(20_000, keys: 9_000);
        var source = new MemorySource<Reading>();
        source.Add(rows);
        await RunAsync(Queries["sums"](source.AsStreamQueryable(), new MemorySink<string>()), SmallBudget, _folder);
        source.Add(rows.AsSpan(0, 10));
        var onDisk = await RunAsync(Queries["sums"](source.AsStreamQueryable(), new MemorySink<string>()), long.MaxValue, _folder);
        Assert.That(onDisk, Is.GreaterThan(3_000), "it was loaded whole");
    }

    [Test]
    public void State_that_cannot_leave_memory_fails_the_query_and_says_what_to_do()
    {
        var source = new MemorySource<Reading>();
        source.Add(Rows(80_000, keys: 20_000));
        source.Complete();
        var output = source.AsStreamQueryable().GroupBy(x => x.Sensor).Select(g => new { g.Key, Count = g.Count() }).WriteTo(StreamSink.Console(), OutputMode.Complete);
        var error = Assert.ThrowsAsync<StreamingQueryException>(() => RunAsync(output, SmallBudget, null))!;
        Assert.That(error.Code, Is.EqualTo("SLQ2047"));
        Assert.That(error.Message, Does.Contain("'group-1'; its budget is 400,000. Raise MemoryBudget"));
    }

    private static string[] SpillFolders() => Directory.GetDirectories(Path.GetTempPath(), $"{SpillFolder.Prefix}{Environment.ProcessId}-*");

    // Half of the rows go to keys that come again and again, the rest anywhere.
    private static Reading[] Rows(int count, int keys)
    {
        var random = new Random(7);
        return [.. Enumerable.Range(0, count).Select(i =>
        {
            var key = random.Next(2) == 0 ? random.Next(keys / 50) : random.Next(keys);
            return new Reading(key * 7919L, $"place number {key}", random.Next(-50, 50), random.NextDouble(), i / 4 - random.Next(50));
        })];
    }

    private async Task<(List<string> Result, long OnDisk)> RunAsync(string query, Reading[] rows, long? budget, bool durable, int restarts, int[]? workers = null)
    {
        var source = new MemorySource<Reading>();
        var sink = new MemorySink<string>();
        long onDisk = 0;
        for (var run = 0; run <= restarts; run++)
        {
            source.Add(rows.AsSpan(rows.Length * run / (restarts + 1), (rows.Length * (run + 1) / (restarts + 1)) - (rows.Length * run / (restarts + 1))));
            if (run == restarts) source.Complete();
            onDisk = Math.Max(onDisk, await RunAsync(Queries[query](source.AsStreamQueryable(), sink), budget, durable ? _folder : null, workers?[run % workers.Length] ?? 1));
        }

        return ([.. sink.Rows.Order(StringComparer.Ordinal)], onDisk);
    }

    private static async Task<long> RunAsync(StreamOutput output, long? budget, string? checkpoint, int workers = 1)
    {
        long onDisk = 0;
        await using var engine = new StreamEngine(new StreamEngineOptions { Checkpoints = budget is null ? new CheckpointOptions() : Small, Workers = workers });
        var options = new StreamingQueryOptions { MemoryBudget = budget, CheckpointLocation = checkpoint, MaxRowsPerEpoch = 1_500, Trigger = Trigger.AvailableNow };
        var query = await engine.StartAsync(output, options);
        using var listening = engine.AddListener(new Watcher(p => onDisk = Math.Max(onDisk, p.StateOperators.Sum(s => s.RowsOnDisk))));
        await query.Completion;
        return Math.Max(onDisk, query.LastProgress?.StateOperators.Sum(s => s.RowsOnDisk) ?? 0);
    }

    private sealed class Watcher(Action<StreamingQueryProgress> seen) : IStreamingQueryListener
    {
        public void OnProgress(StreamingQuery query, StreamingQueryProgress progress) => seen(progress);
    }
}
