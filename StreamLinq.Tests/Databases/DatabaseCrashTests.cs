// Any sequence of crashes between two steps of an epoch leaves the table of an unbroken run, in every mode.
using FsCheck;
using FsCheck.Fluent;
using NUnit.Framework;
using StreamLinq.Tests.Sinks;

namespace StreamLinq.Tests.Databases;

[TestFixture("SQLite")]
[TestFixture("PostgreSQL")]
public sealed class DatabaseCrashTests(string kind)
{
    private sealed record Row(int Key, long Value);

    public sealed record Attempt(Stop Stop, bool Logged);

    private static readonly Gen<Attempt> Attempts =
        from stop in Gen.Elements(Stop.None, Stop.InWrite, Stop.BeforeFlush, Stop.BeforeCommit, Stop.BeforeCommit)
        from logged in Gen.Elements(true, false)
        select new Attempt(stop, logged);

    [Test]
    public async Task The_table_is_that_of_an_unbroken_run([Values("append", "update", "changelog", "changelog by row", "complete")] string way, [Values] bool unique)
    {
        if (unique && way is "append") Assert.Ignore("a stream has no key");
        await using var database = await TestDatabase.OpenAsync(kind);
        var tables = 0;
        var property = Prop.ForAll((from attempts in Attempts.ListOf(12) from seed in Gen.Choose(0, int.MaxValue) select (attempts, seed)).ToArbitrary(),
            drawn => RunAsync(database, $"t{Interlocked.Increment(ref tables)}", way, unique, [.. drawn.attempts], drawn.seed).WaitAsync(TimeSpan.FromSeconds(60)));
        await Task.Run(() => property.Check(Config.QuickThrowOnFailure.WithMaxTest(Environment.GetEnvironmentVariable("STREAMLINQ_LONG") == "1" ? 300 : 8)));
    }

    private static async Task RunAsync(TestDatabase database, string table, string way, bool unique, Attempt[] attempts, int seed)
    {
        await database.ExecuteAsync($"CREATE TABLE {table} (key INTEGER, value BIGINT{(unique ? ", PRIMARY KEY (key)" : "")})");
        var mode = way switch { "append" => null, "update" => OutputMode.Update, "complete" => OutputMode.Complete, _ => OutputMode.Changelog };
        string[] key = way is "update" or "changelog" or "complete" ? ["Key"] : [];
        var rows = new SortedDictionary<int, Row>();
        var expected = new List<string>();
        long? last = null;
        List<string> before = [];
        var changes = Epoch(0);
        foreach (var attempt in attempts.Append(new Attempt(Stop.None, true)))
        {
            var epoch = (last ?? -1) + 1;
            await using (var writer = await StreamSink.Database(database.Source, table).Create<Row>().OpenAsync(mode, last, key)) await writer.EpochAsync(epoch, changes, way == "complete", attempt.Stop);
            if (attempt.Stop == Stop.None || (attempt.Stop == Stop.BeforeCommit && attempt.Logged))
            {
                if (way == "append") expected.AddRange(changes.Select(c => $"{c.Row.Key}|{c.Row.Value}"));
                last = epoch;
                changes = Epoch(epoch + 1);
            }
        }

        // What is in the model of the next epoch was not written.
        if (way != "append") expected = before;
        Assert.That(await database.RowsAsync($"SELECT key, value FROM {table}"), Is.EquivalentTo(expected));

        // The same rows for the same epoch, however often it comes.
        Change<Row>[] Epoch(long epoch)
        {
            before = [.. rows.Values.Select(r => $"{r.Key}|{r.Value}")];
            var random = new Random(unchecked(seed + (int)(epoch * 7919)));
            var made = new List<Change<Row>>();
            foreach (var changed in Enumerable.Range(0, 8).OrderBy(_ => random.Next()).Take(random.Next(0, 8)))
            {
                var had = rows.Remove(changed, out var old);
                var row = random.Next(4) == 0 ? null : new Row(changed, random.Next(100));
                if (row is not null) rows[changed] = row;
                if (mode is null) made.Add(SinkRun.Insert(row ?? new Row(changed, -1)));
                else if (way == "update" && (had || row is not null)) made.Add(row is null ? SinkRun.Delete(old!) : SinkRun.Upsert(row));
                else if (mode == OutputMode.Changelog)
                {
                    if (had) made.Add(SinkRun.Delete(old!));
                    if (row is not null) made.Add(SinkRun.Insert(row));
                }
            }
            return way == "complete" ? [.. rows.Values.Select(SinkRun.Insert)] : [.. made];
        }
    }
}
