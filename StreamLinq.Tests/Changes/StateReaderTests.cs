// The state of each kind of operator read as rows, without the query; and what a reader refuses and leaves alone.
using NUnit.Framework;
using StreamLinq.Embedded;

namespace StreamLinq.Tests.Changes;

public sealed class StateReaderTests
{
    private static readonly CheckpointOptions Options = new() { IndexBytes = 64 << 10 };

    private sealed record Hit(string User, string? Page, int Bytes, double At)
    {
        internal DateTimeOffset Time => DateTimeOffset.UnixEpoch.AddSeconds(At);
    }

    private sealed class Counter : StatefulProcessor<string, Hit, string>
    {
        private readonly ValueState<int> _count;
        private readonly ListState<Hit> _hits;
        private readonly MapState<int, string?> _pages;

        public Counter()
        {
            _count = Value<int>("count");
            _hits = List<Hit>("hits", TimeSpan.FromDays(1));
            _pages = Map<int, string?>("pages");
        }

        public override void OnRow(string key, Hit row, IProcessContext<string> context)
        {
            _count.Value++;
            _hits.Add(row);
            _pages[row.Bytes] = row.Page;
            context.SetTimer(row.Time + TimeSpan.FromHours(1));
        }
    }

    private static async Task<MemoryStorage> StoredAsync(Func<IStreamQueryable<Hit, AppendOnly>, StreamOutput> query)
    {
        var run = new ChangedRun();
        var rows = new MemorySource<Hit>();
        rows.Add(new Hit("ann", "/\"home\"", 10, 5), new Hit("ben", null, 20, 6), new Hit("ann", "/home", 30, 61));
        await run.RunAsync([query(StreamSource.From(rows, "hits"))]);
        return run.Storage;
    }

    private static async Task<string> ReadAsync(MemoryStorage storage, string table)
    {
        await using var reader = await StateReader.OpenAsync(storage, Options, default);
        return string.Join('\n', (await reader.ReadAsync(table)).Select(r => r.ToString()).Order(StringComparer.Ordinal));
    }

    private static StreamOutput Write<T>(IStreamQueryable<T, Table> table) => table.WriteTo(new MemorySink<T>(), OutputMode.Complete);

    private static StreamOutput Write<T>(IStreamQueryable<T, AppendOnly> stream) => stream.WriteTo(new MemorySink<T>());

    [Test]
    public async Task Groups_have_their_keys_and_what_each_aggregate_keeps()
    {
        var storage = await StoredAsync(hits => Write(hits.GroupBy(h => new { h.User, Long = h.Bytes > 15 })
            .Select(g => new { g.Key, Sum = g.Sum(h => h.Bytes), Mean = g.Average(h => h.Bytes), N = g.Count(), Top = g.Max(h => h.At), Pages = g.CountDistinct(h => h.Page), First = g.First().Page }).Named("users")));
        await using (var reader = await StateReader.OpenAsync(storage, Options, default))
        {
            Assert.That(reader.Epoch, Is.Zero);
            Assert.That(reader.Offsets["hits"].Single().Position, Is.EqualTo("3"));
            Assert.That(reader.Tables.Select(t => (t.Name, t.Operator, t.Rows, t.CompleteSince)), Is.EqualTo(new (string, string, long, DateTimeOffset?)[] { ("users", "users", 3, null), ("users/values-1", "users", 2, null) }));
            Assert.That(reader.Tables[0].Fields, Has.Some.EqualTo("count = Count()").And.Some.StartsWith("sum = Sum(row.Bytes)").And.Some.Contains("= row.User"));
            var row = (await reader.ReadAsync("users")).Single(r => (string?)r.Values.First() == "ben");
            Assert.That(row["count"], Is.EqualTo(1L));
            Assert.That(row.ContainsKey("nothing"), Is.False);
            Assert.That((await reader.ReadAsync("users", limit: 2)), Has.Count.EqualTo(2));
            Assert.That(Assert.ThrowsAsync<KeyNotFoundException>(() => reader.ReadAsync("nobody"))!.Message, Is.EqualTo("There is no table 'nobody' in the checkpoint. There are: users, users/values-1."));
        }

        var text = await ReadAsync(storage, "users");
        Assert.That(text, Does.Contain("\"ben\"").And.Contain("\"count\":1").And.Contain(".sum\":20").And.Contain("/\\\"home\\\""));
        Assert.That(await ReadAsync(storage, "users/values-1"), Does.Contain("\"value\":\"/home\",\"count\":1}"));
    }

    [Test]
    public async Task Windows_and_sessions_have_their_times()
    {
        var windows = await StoredAsync(hits => Write(hits.WithEventTime(h => h.Time, TimeSpan.FromHours(1)).Window(Windowing.Tumbling(TimeSpan.FromMinutes(1))).GroupBy(h => h.User).Select(g => g.Key + g.Count()).Named("minutes")));
        Assert.That(await ReadAsync(windows, "minutes"), Does.Contain("{\"window.end\":\"1970-01-01T00:02:00.0000000+00:00\",\"window.start\":\"1970-01-01T00:01:00.0000000+00:00\",\"name\"".Replace("name", "user")).And.Contain("\"count\":1,\"sequence\":0}"));
        Assert.That(await ReadAsync(windows, "watermark-1"), Does.Contain("{\"partition\":\"hits").And.Contain("\"time\":\"1970-01-01T00:01:01.0000000+00:00\"}"));
        var sessions = await StoredAsync(hits => Write(hits.WithEventTime(h => h.Time, TimeSpan.FromHours(1)).Window(Windowing.Session(TimeSpan.FromMinutes(1))).GroupBy(h => h.User).Select(g => g.Key + g.Count()).Named("visits")));
        Assert.That(await ReadAsync(sessions, "visits"), Does.Contain("\"session.start\":").And.Contain("\"count\":2}"));
    }

    [Test]
    public async Task Distinct_has_its_keys()
    {
        Assert.That(await ReadAsync(await StoredAsync(hits => Write(hits.DistinctBy(h => h.User).Named("users"))), "users"), Is.EqualTo("{\"key1\":\"ann\"}\n{\"key1\":\"ben\"}"));
        var within = await StoredAsync(hits => Write(hits.WithEventTime(h => h.Time, TimeSpan.FromHours(1)).DistinctBy(h => h.User, TimeSpan.FromHours(1)).Named("users")));
        Assert.That(await ReadAsync(within, "users"), Does.StartWith("{\"key1\":\"ann\",\"until\":"));
    }

    [Test]
    public async Task Processors_have_a_table_per_state_and_one_of_timers()
    {
        var storage = await StoredAsync(hits => Write(hits.WithEventTime(h => h.Time, TimeSpan.FromHours(1)).Process(h => h.User, () => new Counter()).Named("p")));
        Assert.That(await ReadAsync(storage, "p/count"), Is.EqualTo("{\"key\":\"ann\",\"value\":2}\n{\"key\":\"ben\",\"value\":1}"));
        Assert.That(await ReadAsync(storage, "p/pages"), Is.EqualTo("{\"key\":\"ann\",\"entry\":10,\"value\":\"/\\\"home\\\"\"}\n{\"key\":\"ann\",\"entry\":30,\"value\":\"/home\"}\n{\"key\":\"ben\",\"entry\":20,\"value\":null}"));
        Assert.That(await ReadAsync(storage, "p/hits"), Does.Contain("\"place\":1,\"written\":").And.Contain("\"value\":{\"User\":\"ben\",\"Page\":null,\"Bytes\":20,\"At\":6}}"));
        Assert.That(await ReadAsync(storage, "p"), Does.Contain("\"event time\":"));
    }

    [Test]
    public async Task A_reader_changes_nothing_and_keeps_queries_out()
    {
        var folder = Directory.CreateTempSubdirectory("streamlinq-reader-");
        try
        {
            var rows = new MemorySource<Hit>();
            rows.Add(new Hit("ann", null, 1, 0));
            await using var engine = new StreamEngine();
            var output = Write(from h in StreamSource.From(rows, "hits") group h by h.User into g select new { g.Key, N = g.Count() });
            var options = new StreamingQueryOptions { Trigger = Trigger.AvailableNow, CheckpointLocation = folder.FullName };
            await engine.RunAsync(output, options);
            var before = Bytes(folder.FullName);
            await using (var reader = await StateReader.OpenAsync(folder.FullName))
            {
                Assert.That((await reader.ReadAsync("group-1")).Single().ToString(), Does.EndWith("\"ann\",\"count\":1}"));
                Assert.That(Assert.ThrowsAsync<StreamLinqException>(() => engine.RunAsync(output, options))!.Code, Is.EqualTo("SLQ2040"));
                Assert.That(Assert.ThrowsAsync<StreamLinqException>(() => StateReader.OpenAsync(folder.FullName))!.Code, Is.EqualTo("SLQ2040"));
            }

            Assert.That(Bytes(folder.FullName), Is.EqualTo(before));
            Assert.That((await StreamCheckpoint.CompareAsync(output, folder.FullName)).HasChanges, Is.False);
            Assert.That(Bytes(folder.FullName), Is.EqualTo(before));
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    [Test]
    public void What_is_no_checkpoint_is_refused() => Assert.That(
        Assert.ThrowsAsync<StreamLinqException>(() => StateReader.OpenAsync(new MemoryStorage(), Options, default))!.Message,
        Is.EqualTo("SLQ2048: 'memory' cannot be used like this: there is no manifest.json in it, so it is not a checkpoint."));

    [TestCase("v1 key string")]
    [TestCase("v1 key string -> v1 System.Diagnostics.Process")]
    [TestCase("v1 key string -> v1 (int64,int64")]
    [TestCase("v1 key [[[[string]]]] -> v1 ^7")]
    public async Task A_hostile_schema_is_damage_to_reader_query_and_comparison(string schema)
    {
        var query = (IStreamQueryable<Hit, AppendOnly> hits) => (from h in hits group h by h.User into g select new { g.Key, N = g.Count() }).Named("users");
        var storage = await StoredAsync(hits => Write(query(hits)));
        var manifest = Manifest.Read(storage)!;
        (manifest with { Operators = [manifest.Operators[0] with { Schema = schema }] }).Write(storage);
        const string Damage = "SLQ2042: The checkpoint in 'memory' is damaged: in 'manifest.json', the state of ";
        Assert.That(Assert.ThrowsAsync<StreamLinqException>(() => StateReader.OpenAsync(storage, Options, default))!.Message, Does.StartWith(Damage));
        var run = new ChangedRun { Storage = storage };
        Assert.That(Assert.ThrowsAsync<StreamLinqException>(() => run.RunAsync([Write(query(StreamSource.From(new MemorySource<Hit>(), "hits")))]))!.Message, Does.StartWith(Damage));
        storage.Lock().Dispose();
    }

    private static string Bytes(string folder) => string.Join('\n', Directory.GetFiles(folder, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal)
        .Select(f => $"{f} {File.GetLastWriteTimeUtc(f):O} {(Path.GetFileName(f) == "lock" ? "" : Convert.ToHexString(System.Security.Cryptography.SHA256.HashData(File.ReadAllBytes(f))))}"));
}
