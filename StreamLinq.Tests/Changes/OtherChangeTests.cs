// Windows, sessions, distinct, processors and what stands behind them, changed between two starts.
using NUnit.Framework;

namespace StreamLinq.Tests.Changes;

[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class OtherChangeTests
{
    private static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);

    private sealed record Tick(string Name, int Value, double At)
    {
        internal DateTimeOffset Time => DateTimeOffset.UnixEpoch.AddSeconds(At);
    }

    private sealed record Seen(int Count);

    private sealed record SeenMore(string? Note, long Count, int Later);

    // The same states under the same names, as two versions of one processor.
    private sealed class First : StatefulProcessor<string, Tick, string>
    {
        private readonly ValueState<Seen> _seen;
        private readonly ListState<int> _values;
        private readonly MapState<int, string> _map;

        public First()
        {
            _seen = Value<Seen>("seen");
            _values = List<int>("values");
            _map = Map<int, string>("map");
        }

        public override void OnRow(string key, Tick row, IProcessContext<string> context)
        {
            _seen.Value = new Seen((_seen.Value?.Count ?? 0) + 1);
            _values.Add(row.Value);
            _map[row.Value] = row.Name;
            context.SetTimer(row.Time + TimeSpan.FromMinutes(100));
        }
    }

    private sealed class Second : StatefulProcessor<string, Tick, string>
    {
        private readonly ValueState<SeenMore> _seen;
        private readonly ListState<long> _values;

        public Second()
        {
            _seen = Value<SeenMore>("seen");
            _values = List<long>("values");
        }

        public override void OnRow(string key, Tick row, IProcessContext<string> context) => context.Emit($"{key} {_seen.Value} {string.Join('+', _values.Values)}");
    }

    private readonly MemorySource<Tick> _rows = new();
    private readonly ChangedRun _run = new();

    private IStreamQueryable<Tick, AppendOnly> Ticks => StreamSource.From(_rows, "ticks");

    private IStreamQueryable<Tick, EventTime> Timed => Ticks.WithEventTime(t => t.Time, TimeSpan.Zero);

    private Task<StateChanges> CompareAsync<T>(IStreamQueryable<T, AppendOnly> query) => StreamCheckpoint.CompareAsync([query.WriteTo(new MemorySink<T>())], _run.Storage, null, default);

    [Test]
    public async Task Open_windows_are_converted()
    {
        _rows.Add(new Tick("a", 1, 5), new Tick("a", 2, 15), new Tick("b", 3, 20));
        var before = Timed.Window(Windowing.Tumbling(Minute)).GroupBy(t => t.Name).Select(g => g.Key + " " + g.Sum(t => t.Value) + " " + g.Count()).Named("minutes");
        Assert.That(await _run.RunAsync(before), Is.Empty);
        _rows.Add(new Tick("a", 4, 30), new Tick("a", 0, 60));
        var after = Timed.Window(Windowing.Tumbling(Minute)).GroupBy(t => t.Name).Select(g => g.Key + " " + g.Count() + " " + g.Sum(t => t.Value) + " " + g.CountDistinct(t => t.Value)).Named("minutes");
        Assert.That((await CompareAsync(after)).Changes[1].ToString(), Does.StartWith("minutes: right only for rows from now on (CountDistinct(row.Value) is new)"));
        Assert.That(await _run.RunAsync(after, new AllowedStateChanges { Partial = ["minutes"] }), Is.EquivalentTo(new[] { "a 3 7 1", "b 1 3 0" }));
    }

    [Test]
    public async Task Windows_of_another_size_begin_empty_and_another_time_is_partial()
    {
        _rows.Add(new Tick("a", 1, 5));
        IStreamQueryable<long, EventTime> Counts(IStreamQueryable<Tick, EventTime> ticks, TimeSpan size) => ticks.Window(Windowing.Tumbling(size)).GroupBy(t => t.Name).Select(g => g.Count()).Named("counts");
        await _run.RunAsync(Counts(Timed, Minute));
        Assert.That((await CompareAsync(Counts(Timed, 2 * Minute))).Changes[1].Kind, Is.EqualTo(StateChangeKind.Reset));
        Assert.That((await CompareAsync(Counts(Timed, Minute))).HasChanges, Is.False);
        var later = await CompareAsync(Counts(Ticks.WithEventTime(t => t.Time + Minute, TimeSpan.Zero), Minute));
        Assert.That(later.Changes[1].Kind, Is.EqualTo(StateChangeKind.Partial));
        Assert.That(later.Changes[1].Reasons[0], Does.StartWith("its rows were ticks by row.Time and are ticks by row.Time + "));
    }

    [Test]
    public async Task Sessions_and_keys_of_distinct_are_converted()
    {
        _rows.Add(new Tick("a", 1, 5), new Tick("a", 2, 15), new Tick("b", 1, 16));
        var sessions = Timed.Window(Windowing.Session(Minute)).GroupBy(t => t.Name);
        await _run.RunAsync([sessions.Select(g => g.Key + g.Sum(t => t.Value) + g.Count()).Named("sessions").WriteTo(new MemorySink<string>()), Ticks.DistinctBy(t => t.Value).Named("values").WriteTo(new MemorySink<Tick>())]);
        _rows.Add(new Tick("a", 4, 30), new Tick("b", 1, 300));
        var (sums, values) = (new MemorySink<string>(), new MemorySink<Tick>());
        StreamOutput[] outputs = [sessions.Select(g => g.Key + g.Sum(t => t.Value)).Named("sessions").WriteTo(sums), Ticks.DistinctBy(t => (long)t.Value).Named("values").WriteTo(values)];
        var changes = await StreamCheckpoint.CompareAsync(outputs, _run.Storage, null, default);
        Assert.That(changes.ToString(), Is.EqualTo("source ticks: kept\nsessions: converted (Count() is dropped)\nvalues: converted (key row.Value: int32 to int64)"));
        await _run.RunAsync(outputs);
        Assert.That(sums.Rows, Is.EquivalentTo(new[] { "a7", "b1" }));
        Assert.That(values.Rows.Select(v => v.Value), Is.EqualTo(new[] { 4 }));
    }

    [Test]
    public async Task The_states_of_a_processor_are_compared_one_by_one()
    {
        _rows.Add(new Tick("a", 1, 5), new Tick("a", 2, 15));
        await _run.RunAsync(Timed.Process(t => t.Name, () => new First()).Named("p"));
        _rows.Add(new Tick("a", 3, 16));
        var after = Timed.Process(t => t.Name, () => new Second()).Named("p");
        Assert.That((await CompareAsync(after)).Changes[1].ToString(), Is.EqualTo(
            "p: right only for rows from now on (state 'seen': value: member Note added, null in what is stored, member Count: int32 to int64, member Later added, with its default in what is stored; "
            + "state 'values': value: int32 to int64; its state 'map' is dropped) - allow it with Partial = [\"p\"]"));
        Assert.That(await _run.RunAsync(after, new AllowedStateChanges { Partial = ["p"] }), Is.EqualTo(new[] { "a SeenMore { Note = , Count = 2, Later = 0 } 1+2" }));
    }

    [Test]
    public async Task Distinct_values_follow_their_aggregate()
    {
        _rows.Add(new Tick("a", 1, 5), new Tick("a", 2, 5));
        await _run.RunAsync((from t in Ticks group t by t.Name into g select new { g.Key, Values = g.CountDistinct(t => t.Value), Times = g.CountDistinct(t => t.At) }).Named("g"));
        _rows.Add(new Tick("a", 2, 5), new Tick("a", 3, 5));
        var turned = (from t in Ticks group t by t.Name into g select new { g.Key, Times = g.CountDistinct(t => t.At), Values = g.CountDistinct(t => t.Value) }).Named("g");
        Assert.That((await _run.RunAsync(turned)).Single().ToString(), Is.EqualTo("{ Key = a, Times = 1, Values = 3 }"));
        _rows.Add(new Tick("a", 4, 6));
        var one = (from t in Ticks group t by t.Name into g select new { g.Key, Values = g.CountDistinct(t => t.Value) }).Named("g");
        Assert.That((await _run.RunAsync(one)).Single().ToString(), Is.EqualTo("{ Key = a, Values = 4 }"));
        await using var reader = await StateReader.OpenAsync(_run.Storage, new StreamLinq.Embedded.CheckpointOptions { IndexBytes = 64 << 10 }, default);
        Assert.That(reader.Tables.Select(t => (t.Name, t.Rows)), Is.EqualTo(new[] { ("g", 1L), ("g/values-1", 4L) }));
    }

    [Test]
    public async Task What_an_operator_misses_is_missed_by_those_behind_it()
    {
        _rows.Add(new Tick("a", 1, 5), new Tick("a", 1, 6), new Tick("b", 2, 7));
        IStreamQueryable<ShopTotal, Table> Query(IStreamQueryable<Tick, AppendOnly> ticks) => (from t in ticks.DistinctBy(t => t.Value).Named("seen") group t by t.Name into g select new ShopTotal(g.Key, g.Count())).Named("counts");
        await _run.RunAsync(Query(Ticks));
        Assert.That((await _run.CompareAsync(Query(Ticks.Where(t => t.At > 6)))).ToString(), Is.EqualTo(
            "source ticks: kept\nseen: right only for rows from now on (its rows were ticks and are ticks where row.At > 6) - allow it with Partial = [\"seen\"]\n"
            + "counts: right only for rows from now on ('seen', which it reads, is right only for rows from now on) - allow it with Partial = [\"counts\"]"));
    }

    [Test]
    public async Task An_epoch_that_was_cut_short_runs_again_with_the_changed_query()
    {
        await using var harness = new StreamTestHarness();
        var source = harness.Source<Tick>("ticks");
        var output = await harness.StartAsync(from t in source.Rows group t by t.Name into g select new { g.Key, Sum = g.Sum(t => t.Value) }, OutputMode.Update);
        await source.EpochAsync(new Tick("a", 1, 0));
        await harness.ForgetLastCommitAsync();
        await harness.CrashAndRecoverAsync();
        Assert.That(await harness.RunEpochAsync());
        Assert.That(output.Result.Single().Sum, Is.EqualTo(1));
    }

    [Test]
    public async Task A_long_text_in_a_condition_counts_to_its_end()
    {
        _rows.Add(new Tick("a", 1, 5));
        var text = new string('x', 100);
        var (one, other) = (text + "1", text + "2");
        IStreamQueryable<ShopTotal, Table> Query(string not) => (from t in Ticks where t.Name != not group t by t.Name into g select new ShopTotal(g.Key, g.Count())).Named("counts");
        await _run.RunAsync(Query(one));
        Assert.That((await _run.CompareAsync(Query(one))).HasChanges, Is.False);
        Assert.That((await _run.CompareAsync(Query(other))).Changes[1].Kind, Is.EqualTo(StateChangeKind.Partial));
    }
}
