// Process in queries that run: what it reads and emits, what survives a crash, and what is said when something is wrong.
using NUnit.Framework;

namespace StreamLinq.Tests.Processing;

public sealed class ProcessQueryTests
{
    private sealed record Login(string Address, bool Failed, DateTimeOffset At);

    private sealed record Alert(string Address, int Failures, DateTimeOffset First, DateTimeOffset Last);

    private sealed class Burst : StatefulProcessor<string, Login, Alert>
    {
        private readonly ListState<DateTimeOffset> _failures;

        public Burst() => _failures = List<DateTimeOffset>("failures");

        public override void OnRow(string key, Login row, IProcessContext<Alert> context)
        {
            if (_failures.Count == 0) context.SetTimer(row.At + TimeSpan.FromMinutes(1));
            _failures.Add(row.At);
            if (_failures.Count == 5) context.Emit(new Alert(key, 5, _failures.Values.First(), row.At));
        }

        public override void OnTimer(string key, DateTimeOffset time, IProcessContext<Alert> context) => _failures.Clear();
    }

    // Counts rows by key; gives the count and lets go of it at the limit.
    private sealed class Counter<K, T>(int limit = int.MaxValue) : StatefulProcessor<K, T, string>
    {
        private ValueState<int>? _count;

        public Counter<K, T> Declared()
        {
            _count = Value<int>("count");
            return this;
        }

        public override void OnRow(K key, T row, IProcessContext<string> context)
        {
            var count = _count!.Value + 1;
            if (count == limit) _count.Clear();
            else _count.Value = count;
            context.Emit($"{key} {count}");
        }
    }

    private sealed class Twice : StatefulProcessor<string, string, string>
    {
        public Twice()
        {
            Value<int>("n");
            Map<string, int>("n");
        }

        public override void OnRow(string key, string row, IProcessContext<string> context) { }
    }

    private sealed class Alarm : StatefulProcessor<string, string, string>
    {
        private readonly ValueState<DateTimeOffset> _at;

        public Alarm() => _at = Value<DateTimeOffset>("at");

        public override void OnRow(string key, string row, IProcessContext<string> context)
        {
            if (row == "tick") return;
            if (_at.Exists) context.DeleteTimer(_at.Value);
            _at.Value = context.Time + TimeSpan.FromSeconds(int.Parse(row));
            context.SetTimer(_at.Value);
        }

        public override void OnTimer(string key, DateTimeOffset time, IProcessContext<string> context)
        {
            if (key == "bad") throw new InvalidOperationException("no alarm");
            context.Emit($"{key} {time.ToUnixTimeSeconds()} {context.Time == time} {context.Watermark == Watermark.Minimum}");
        }
    }

    private static Counter<K, T> Count<K, T>(int limit = int.MaxValue) => new Counter<K, T>(limit).Declared();

    [Test]
    public async Task Five_failures_within_a_minute_are_told_once_and_at_once()
    {
        var start = DateTimeOffset.UnixEpoch;
        await using var test = new StreamTestHarness(start);
        var logins = test.Source<Login>();
        var output = await test.StartAsync(logins.Rows.Where(l => l.Failed).Process(l => l.Address, () => new Burst()));
        Login At(string address, int second, bool failed = true) => new(address, failed, start.AddSeconds(second));
        await logins.EpochAsync(At("a", 1), At("b", 1), At("a", 2), At("a", 3, failed: false), At("a", 4));
        await test.CrashAndRecoverAsync();
        await logins.EpochAsync(At("a", 5), At("b", 6), At("a", 7), At("a", 8));
        Assert.That(output.Result, Is.EqualTo(new[] { new Alert("a", 5, start.AddSeconds(1), start.AddSeconds(7)) }));
        Assert.That(test.Query.LastProgress!.StateOperators.Select(s => (s.Operator, s.Rows, s.RowsUpdated, s.RowsRemoved)), Is.EqualTo(new[] { ("process-1", 2L, 2L, 0L) }));
        test.Advance(TimeSpan.FromMinutes(2));
        await logins.EpochAsync(At("c", 100));
        Assert.That(test.Query.LastProgress!.StateOperators.Select(s => (s.Rows, s.RowsRemoved)), Is.EqualTo(new[] { (1L, 2L) }));
    }

    [Test]
    public async Task State_survives_a_crash_and_an_epoch_that_runs_again()
    {
        await using var test = new StreamTestHarness();
        var source = test.Source<string>();
        var output = await test.StartAsync(source.Rows.Process(w => w, () => Count<string, string>(limit: 3)).Named("words"));
        await source.EpochAsync("a");
        await source.EpochAsync("a", "b");
        await test.ForgetLastCommitAsync();
        await test.CrashAndRecoverAsync();
        await test.RunUntilIdleAsync();
        await source.EpochAsync("a", "b");
        await test.CrashAndRecoverAsync();
        await source.EpochAsync("a", "c");
        Assert.That(output.Result, Is.EqualTo(new[] { "a 1", "a 2", "b 1", "a 3", "b 2", "a 1", "c 1" }));
        Assert.That(test.Query.LastProgress!.StateOperators[0].Operator, Is.EqualTo("words"));
    }

    [Test]
    public async Task Keys_and_rows_come_as_the_query_makes_them_and_what_is_emitted_goes_on()
    {
        await using var test = new StreamTestHarness();
        var source = test.Source<string?>();
        var rows = from line in source.Rows
                   from word in (line ?? "?").Split(' ')
                   where word != "x"
                   select new { Word = word, line };
        var counted = rows.Distinct().Process(r => new { r.Word.Length, IsLong = r.Word.Length > 2 }, () => Made(rows, r => new { r.Word.Length, IsLong = r.Word.Length > 2 }));
        var output = await test.StartAsync(from row in counted.Process(r => r == "" ? null : r, () => Count<string?, string>()) group row by row.Length into g select new { g.Key, N = g.Count() }, OutputMode.Update);
        await source.EpochAsync("a bb x", null, "ccc a", "ccc a");
        Assert.That(output.Result.Sum(r => r.N), Is.EqualTo(5));

        static StatefulProcessor<K, T, string> Made<T, K>(IStreamQueryable<T> _, System.Linq.Expressions.Expression<Func<T, K>> key) => Count<K, T>();
    }

    [Test]
    public async Task A_null_key_is_a_key()
    {
        await using var test = new StreamTestHarness();
        var source = test.Source<string?>();
        var output = await test.StartAsync(source.Rows.Process(w => w, () => Count<string?, string?>()));
        await source.EpochAsync(null, "", null);
        await test.CrashAndRecoverAsync();
        await source.EpochAsync(null, "");
        Assert.That(output.Result, Is.EqualTo(new[] { " 1", " 1", " 2", " 3", " 2" }));
    }

    [Test]
    public async Task Without_event_time_timers_go_by_the_clock()
    {
        await using var test = new StreamTestHarness();
        var source = test.Source<(string Key, string Row)>();
        var output = await test.StartAsync(source.Rows.Process(r => r.Key, () => new AlarmOf()));
        await source.EpochAsync(("a", "5"), ("b", "3"));
        test.Advance(TimeSpan.FromSeconds(2));
        await source.EpochAsync(("a", "7"), ("c", "tick"));
        Assert.That(output.Result, Is.Empty);
        await test.CrashAndRecoverAsync();
        test.Advance(TimeSpan.FromSeconds(10));
        await source.EpochAsync(("c", "tick"));
        await source.EpochAsync(("c", "tick"));
        Assert.That(output.Result, Is.EqualTo(new[] { "b 3 True True", "a 9 True True" }));
    }

    private sealed class AlarmOf : StatefulProcessor<string, (string Key, string Row), string>
    {
        private readonly ValueState<DateTimeOffset> _at;

        public AlarmOf() => _at = Value<DateTimeOffset>("at");

        public override void OnRow(string key, (string Key, string Row) row, IProcessContext<string> context)
        {
            if (row.Row == "tick") return;
            if (_at.Exists) context.DeleteTimer(_at.Value);
            _at.Value = context.Time + TimeSpan.FromSeconds(int.Parse(row.Row));
            context.SetTimer(_at.Value);
        }

        public override void OnTimer(string key, DateTimeOffset time, IProcessContext<string> context) =>
            context.Emit($"{key} {time.ToUnixTimeSeconds()} {context.Time == time} {context.Watermark == Watermark.Minimum}");
    }

    // Conformance case spark/TransformWithMapStateTTL/evict-per-entry.
    [Test]
    public async Task Time_to_live_counts_per_entry_of_a_map_and_reading_does_not_extend_it()
    {
        await using var test = new StreamTestHarness();
        var source = test.Source<(string Key, string UserKey, string Action, int Value)>();
        var output = await test.StartAsync(source.Rows.Select(r => ValueTuple.Create(r.Key, ValueTuple.Create(r.UserKey, r.Action, r.Value))).Process(r => r.Item1, () => new CacheOf()));
        async Task After(int seconds, params (string, string, string, int)[] rows)
        {
            test.Advance(TimeSpan.FromSeconds(seconds));
            await source.EpochAsync(rows);
        }

        await After(1, ("k1", "key1", "put", 1));
        await After(30, ("k1", "key1", "get", -1));
        Assert.That(output.Take().Select(c => c.Row), Is.EqualTo(new[] { ("k1", "key1", 1) }));
        await After(1, ("k1", "key2", "put", 2));
        await test.CrashAndRecoverAsync();
        await After(31, ("k1", "key1", "get", -1), ("k1", "key2", "get", -1));
        Assert.That(output.Take().Select(c => c.Row), Is.EqualTo(new[] { ("k1", "key2", 2) }));
    }

    private sealed class CacheOf : StatefulProcessor<string, (string, (string UserKey, string Action, int Value) Row), (string, string, int)>
    {
        private readonly MapState<string, int> _map;

        public CacheOf() => _map = Map<string, int>("map", TimeSpan.FromMinutes(1));

        public override void OnRow(string key, (string, (string UserKey, string Action, int Value) Row) row, IProcessContext<(string, string, int)> context)
        {
            if (row.Row.Action == "put") _map[row.Row.UserKey] = row.Row.Value;
            else if (_map.TryGet(row.Row.UserKey, out var value)) context.Emit((key, row.Row.UserKey, value));
        }
    }

    [Test]
    public async Task A_processor_that_throws_fails_the_query_and_names_key_and_row()
    {
        await using var test = new StreamTestHarness(options: new() { Name = "alarms", OnRowError = RowErrorPolicy.SkipAndCount });
        var source = test.Source<string>("words");
        await test.StartAsync(source.Rows.Where(r => r != "skip").Process(r => "k-" + r, () => new Alarm()));
        source.Add("1", "skip", "x");
        var error = Assert.ThrowsAsync<StreamingQueryException>(test.RunEpochAsync)!;
        Assert.Multiple(() =>
        {
            Assert.That(error.Code, Is.EqualTo("SLQ2006"));
            Assert.That(error.Message, Does.StartWith("SLQ2006: query 'alarms', epoch 0: Process(r => \"k-\" + r").And.Contain("threw FormatException").And.Contain("in OnRow for the key 'k-x', row 3 of source 'words'"));
            Assert.That(error.InnerException, Is.InstanceOf<FormatException>());
        });
    }

    [Test]
    public async Task A_timer_that_throws_fails_the_query_and_names_key_and_time()
    {
        await using var test = new StreamTestHarness();
        var source = test.Source<string>();
        await test.StartAsync(source.Rows.Process(r => "bad", () => new Alarm()));
        await source.EpochAsync("5");
        test.Advance(TimeSpan.FromSeconds(6));
        source.Add("tick");
        var error = Assert.ThrowsAsync<StreamingQueryException>(test.RunEpochAsync)!;
        Assert.That(error.Message, Does.Contain("threw InvalidOperationException ('no alarm') in OnTimer for the key 'bad', timer of 1970-01-01T00:00:05"));
    }

    [Test]
    public async Task A_row_whose_key_cannot_be_computed_can_be_skipped()
    {
        await using var test = new StreamTestHarness(options: new() { OnRowError = RowErrorPolicy.SkipAndCount });
        var source = test.Source<string>();
        var output = await test.StartAsync(source.Rows.Process(r => int.Parse(r), () => Count<int, string>()));
        await source.EpochAsync("1", "x", "1");
        Assert.That(output.Result, Is.EqualTo(new[] { "1 1", "1 2" }));
        Assert.That(test.Query.LastProgress!.RowErrors, Is.EqualTo(1));
    }

    [Test]
    public void A_factory_that_gives_no_processor_is_refused()
    {
        Assert.Multiple(() =>
        {
            Assert.That(Starting(() => null!).Message, Does.StartWith("SLQ1016: the factory of the processor of 'process-1' (Process(").And.Contain("returned null. Return a new processor"));
            Assert.That(Starting(() => new Twice()).Message, Does.StartWith("SLQ1016").And.Contain("threw ArgumentException ('Twice has a state named 'n' already.')"));
        });

        static StreamLinqException Starting(Func<StatefulProcessor<string, string, string>> factory)
        {
            var test = new StreamTestHarness();
            var source = test.Source<string>();
            return Assert.ThrowsAsync<StreamLinqException>(() => test.StartAsync(source.Rows.Process(r => r, factory)))!;
        }
    }

    [Test]
    public void A_key_without_value_equality_is_refused()
    {
        var source = new StreamTestHarness().Source<string>();
        var error = Assert.Throws<QueryTranslationException>(() => LogicalPlan.Bind(source.Rows.Process(r => r.ToCharArray(), () => Count<char[], string>())))!;
        Assert.That(error.Code, Is.EqualTo("SLQ1007"));
    }

    [Test]
    public void A_plan_shows_key_and_result()
    {
        var source = new StreamTestHarness().Source<string>("words");
        Assert.That(LogicalPlan.Bind(source.Rows.Where(r => r != "").Process(r => r.Length, () => Count<int, string>()).Named("lengths").Select(r => r.Length)).ToString(), Is.EqualTo("""
            Stream of length
              Project length = row.Length
                Process by value.Length: row (string) named 'lengths'
                  Filter value != ""
                    Source words: memory of string as value (string)
            """));
    }
}
