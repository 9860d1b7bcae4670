using System.Text.Json;
using NUnit.Framework;
using static StreamLinq.Tests.Sinks.SinkRun;

namespace StreamLinq.Tests.Sinks;

public class MemorySinkTests
{
    private sealed record Count(string Word, long N);

    private sealed class Plain
    {
        public int Id { get; init; }
    }

    [TestCase("spark/MemorySink/idempotent-update")]
    [TestCase("spark/MemorySink/epoch-gap")]
    public async Task Conforms_to_spark(string id)
    {
        using var cases = JsonDocument.Parse(await File.ReadAllTextAsync(Path.Combine(Shared(), "conformance", "spark", "MemorySink.json")));
        var unit = cases.RootElement.EnumerateArray().Single(c => c.GetProperty("id").GetString() == id);
        var sink = new MemorySink<int>();
        await using var writer = await sink.OpenAsync(unit.GetProperty("outputMode").GetString() == "update" ? OutputMode.Update : null);
        foreach (var step in unit.GetProperty("steps").EnumerateArray())
        {
            if (step.TryGetProperty("sinkWrite", out var write))
            {
                await writer.InsertAsync(write.GetProperty("epoch").GetInt64(), Ints(write.GetProperty("rows")));
            }
            else
            {
                var expected = step.GetProperty("expectSink");
                var epoch = expected.GetProperty("latestEpoch");
                Assert.That(sink.LatestEpoch, Is.EqualTo(epoch.ValueKind == JsonValueKind.Null ? null : epoch.GetInt64()));
                Assert.That(sink.Batches.Count == 0 ? [] : sink.Batches[^1].Changes.Select(c => c.Row), Is.EqualTo(Ints(expected.GetProperty("latest"))));
                Assert.That(sink.Rows, Is.EqualTo(Ints(expected.GetProperty("all"))));
            }
        }
    }

    [Test]
    public async Task Update_keeps_the_latest_row_of_each_key()
    {
        var sink = new MemorySink<Count>();
        await using var writer = await sink.OpenAsync(OutputMode.Update, key: ["Word"]);
        await writer.EpochAsync(0, [Upsert(new Count("a", 1)), Upsert(new Count("b", 1))]);
        await writer.EpochAsync(1, [Upsert(new Count("a", 2)), Delete(new Count("b", 7)), Upsert(new Count("c", 1))]);
        Assert.That(sink.Rows, Is.EqualTo(new[] { new Count("a", 2), new Count("c", 1) }));
        Assert.That(sink.Batches.Select(b => b.Changes.Count), Is.EqualTo(new[] { 2, 3 }));
    }

    [Test]
    public async Task A_table_without_key_columns_has_one_row()
    {
        var sink = new MemorySink<long>();
        await using var writer = await sink.OpenAsync(OutputMode.Update);
        await writer.EpochAsync(0, [Upsert(3L)]);
        await writer.EpochAsync(1, [Upsert(5L)]);
        Assert.That(sink.Rows, Is.EqualTo(new[] { 5L }));
    }

    [Test]
    public async Task A_changelog_leaves_a_multiset()
    {
        var sink = new MemorySink<Count>();
        await using var writer = await sink.OpenAsync(OutputMode.Changelog, key: ["Word"]);
        await writer.EpochAsync(0, [Insert(new Count("a", 1)), Insert(new Count("a", 1)), Insert(new Count("b", 1))]);
        await writer.EpochAsync(1, [Delete(new Count("a", 1)), Delete(new Count("b", 1)), Insert(new Count("b", 2)), Delete(new Count("never", 0))]);
        Assert.That(sink.Rows, Is.EqualTo(new[] { new Count("a", 1), new Count("b", 2) }));
    }

    [Test]
    public async Task A_row_without_Equals_is_found_by_its_columns()
    {
        var sink = new MemorySink<Plain>();
        await using var writer = await sink.OpenAsync(OutputMode.Changelog);
        await writer.EpochAsync(0, [Insert(new Plain { Id = 1 }), Insert(new Plain { Id = 2 })]);
        await writer.EpochAsync(1, [Delete(new Plain { Id = 1 })]);
        Assert.That(sink.Rows.Select(r => r.Id), Is.EqualTo(new[] { 2 }));
    }

    [Test]
    public async Task Complete_keeps_the_last_table_only()
    {
        var sink = new MemorySink<int>();
        await using var writer = await sink.OpenAsync(OutputMode.Complete);
        await writer.TableAsync(0, 1, 2);
        await writer.TableAsync(1, 3);
        Assert.That(sink.Rows, Is.EqualTo(new[] { 3 }));
        await writer.TableAsync(2);
        Assert.That(sink.Rows, Is.Empty);
    }

    [Test]
    public async Task An_epoch_is_seen_when_it_is_flushed_and_is_then_ignored()
    {
        var sink = new MemorySink<int>();
        await using (var writer = await sink.OpenAsync())
        {
            await writer.EpochAsync(0, [Insert(1), Insert(2)], stop: Stop.BeforeFlush);
            Assert.That(sink.Rows, Is.Empty);
        }
        await using (var writer = await sink.OpenAsync())
        {
            await writer.EpochAsync(0, [Insert(1), Insert(2)], stop: Stop.BeforeCommit);
            Assert.That(sink.Rows, Is.EqualTo(new[] { 1, 2 }));
        }
        await using (var writer = await sink.OpenAsync())
        {
            await writer.InsertAsync(0, 1, 2);
            await writer.CommitAsync(0, default);
            Assert.That(sink.Rows, Is.EqualTo(new[] { 1, 2 }));
        }
        await using var other = await sink.OpenAsync(query: Guid.NewGuid());
        await other.InsertAsync(0, 9);
        Assert.That(sink.Rows, Is.EqualTo(new[] { 1, 2, 9 }));
    }

    [Test]
    public async Task Partitions_write_at_the_same_time()
    {
        var sink = new MemorySink<int>();
        var run = Guid.NewGuid();
        await Parallel.ForAsync(0, 4, async (partition, _) =>
        {
            await using var writer = await sink.OpenAsync(Context(partition: partition, partitions: 4, run: run), default);
            for (var epoch = 0; epoch < 50; epoch++) await writer.InsertAsync(epoch, partition, partition);
        });
        Assert.That(sink.Rows, Has.Count.EqualTo(400));
        Assert.That(sink.Batches, Has.Count.EqualTo(50));
    }

    [Test]
    public void A_key_that_is_no_column_is_refused()
    {
        var error = Assert.ThrowsAsync<StreamLinqException>(async () => await new MemorySink<Count>().OpenAsync(OutputMode.Update, key: ["Key"]))!;
        Assert.That(error.Message, Is.EqualTo("SLQ2035: memory: the row Count has no column 'Key'; its columns are Word, N. Name one of these, exactly as it is written in the row."));
    }

    private static int[] Ints(JsonElement rows) => [.. rows.EnumerateArray().Select(r => r.GetInt32())];

    private static string Shared()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (!File.Exists(Path.Combine(folder.FullName, "StreamLinq.sln"))) continue;
            var shared = Path.GetFullPath(Path.Combine(folder.FullName, "..", "shared"));
            if (Directory.Exists(shared)) return shared;
        }
        Assert.Ignore("shared folder is absent");
        return "";
    }
}
