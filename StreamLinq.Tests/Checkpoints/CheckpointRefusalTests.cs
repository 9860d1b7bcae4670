// What a checkpoint refuses, with the text of each refusal, and what it forgives.
using System.Globalization;
using System.Text;
using NUnit.Framework;
using StreamLinq.Embedded;

namespace StreamLinq.Tests.Checkpoints;

[TestFixture]
internal sealed class CheckpointRefusalTests
{
    [Test]
    public async Task A_record_that_was_half_written_is_cut_off()
    {
        var storage = await ThreeEpochsAsync();
        using (var file = storage.Open(EpochLog.FileName, create: false)!)
            file.Truncate(file.Length - 3);
        await using var run = await CheckpointRun.OpenAsync(storage);
        Assert.That(run.Checkpoint.LastCommitted?.Epoch, Is.EqualTo(1));
        Assert.That(run.Checkpoint.Pending?.Epoch, Is.EqualTo(2));
        Assert.That(await run.RestoreAsync(), Is.EquivalentTo(new Dictionary<int, string> { [1] = "b" }));
        await run.EpochAsync(2, (1, "c"));
        Assert.That(run.Checkpoint.LastCommitted?.Epoch, Is.EqualTo(2));
    }

    [TestCase(0, TestName = "{m}_at_its_length")]
    [TestCase(5, TestName = "{m}_at_its_checksum")]
    [TestCase(30, TestName = "{m}_at_its_content")]
    public async Task A_damaged_record_in_the_middle_is_an_error(int position)
    {
        var storage = await ThreeEpochsAsync();
        storage.Corrupt(EpochLog.FileName, position);
        await AssertRefusedAsync(storage, "SLQ2042: The checkpoint in 'memory' is damaged: in 'epochs.log', the record at byte 0 does not have the checksum");
    }

    [Test]
    public async Task A_damaged_manifest_is_an_error()
    {
        var storage = await ThreeEpochsAsync();
        storage.Corrupt(Manifest.FileName, 60);
        await AssertRefusedAsync(storage, "SLQ2042: The checkpoint in 'memory' is damaged: in 'manifest.json', the checksum does not match");
    }

    [Test]
    public async Task A_newer_format_is_an_error()
    {
        var storage = await ThreeEpochsAsync();
        (Manifest.Read(storage)! with { Version = 2 }).Write(storage);
        await AssertRefusedAsync(storage, "SLQ2044: The checkpoint in 'memory' has format 2; this version of StreamLinq reads up to 1.");
    }

    [Test]
    public async Task A_lost_manifest_is_an_error_and_a_half_written_one_is_a_new_checkpoint()
    {
        var storage = await ThreeEpochsAsync();
        storage.Delete(Manifest.FileName);
        await AssertRefusedAsync(storage, "SLQ2041: The folder 'memory' has files of a checkpoint (");

        var fresh = new MemoryStorage();
        using (var file = fresh.Open(Manifest.TemporaryName, create: true)!)
            file.Write(0, [1, 2, 3]);
        await using var run = await CheckpointRun.OpenAsync(fresh);
        Assert.That(run.Checkpoint.LastCommitted, Is.Null);
    }

    [Test]
    public async Task A_changed_operator_is_refused_by_name_with_what_changed()
    {
        var storage = await ThreeEpochsAsync();
        const string Head = "SLQ2043: The query has changed since the checkpoint in 'memory' was written:\nsource orders: kept\n";
        await AssertRefusedAsync(storage, Head + "count: begins empty (value was string and is int64) - allow it with Reset = [\"count\"]\nChange the query back, allow", schema: "v1 key int32 -> v1 int64");
        await AssertRefusedAsync(storage, Head + "count: kept\nsum: new, begins empty - allow it with Added = [\"sum\"]\n", operators: ["count", "sum"]);
        await AssertRefusedAsync(storage, Head + "count: gone, its state is dropped - allow it with Dropped = [\"count\"]\n", operators: []);
    }

    [Test]
    public async Task An_operator_may_come_before_the_first_commit()
    {
        var storage = new MemoryStorage();
        await (await CheckpointRun.OpenAsync(storage)).DisposeAsync();
        await (await CheckpointRun.OpenAsync(storage, operators: ["sum", "count"])).DisposeAsync();
        await using var run = await CheckpointRun.OpenAsync(storage, operators: ["count", "sum"]);
        Assert.That(run.Operator, Is.EqualTo(2));
    }

    [Test]
    public async Task A_checkpoint_of_another_query_is_refused_with_both_lists()
    {
        var storage = await ThreeEpochsAsync();
        await AssertRefusedAsync(
            storage,
            "SLQ1013: 'memory' is the checkpoint of another query. Stored: orders |> count, with the sources orders. Now: orders |> count, with the sources clicks.",
            sources: ["clicks"]);
        await AssertRefusedAsync(storage, "SLQ2043: The query has changed since the checkpoint in 'memory' was written:\nsource clicks: new, read from its beginning - allow it with Added = [\"clicks\"]\nsource orders: kept\n", sources: ["clicks", "orders"]);
    }

    [Test]
    public async Task An_entry_that_fits_no_page_is_refused_and_the_longest_one_comes_back()
    {
        var storage = new MemoryStorage();
        var longest = new string('x', CheckpointRun.Small.Layout.EntryLimit - sizeof(int));
        await using (var run = await CheckpointRun.OpenAsync(storage))
        {
            await run.EpochAsync(0, (1, longest), (2, longest), (3, "short"), (4, longest));
            var refused = Assert.ThrowsAsync<StreamLinqException>(() => run.EpochAsync(1, (1, longest + "x")));
            Assert.That(refused!.Message, Does.StartWith("SLQ2045: One entry of the state of 'count' has ").And.Contain("at most"));
            await run.EpochAsync(1);
            await run.Checkpoint.FoldAsync(default);
        }

        await using var again = await CheckpointRun.OpenAsync(storage);
        Assert.That(await again.RestoreAsync(), Is.EquivalentTo(new Dictionary<int, string> { [1] = longest, [2] = longest, [3] = "short", [4] = longest }));
    }

    [Test]
    public async Task A_flipped_bit_in_a_delta_is_found()
    {
        var storage = await ThreeEpochsAsync();
        storage.Corrupt("deltas/log.0", PositionOf(storage, "deltas/log.0", "b"));
        await using var run = await CheckpointRun.OpenAsync(storage);
        var refused = Assert.ThrowsAsync<StreamLinqException>(run.RestoreAsync);
        Assert.That(refused!.Message, Does.StartWith("SLQ2042: The checkpoint in 'memory' is damaged: in 'deltas/log'"));
    }

    [Test]
    public async Task A_flipped_bit_or_a_lost_file_of_the_base_is_found_wherever_it_is()
    {
        var files = new[] { "base/hlog.log.0", "base/hlog.log.1", "index-checkpoints", "cpr-checkpoints", "base/sums.0" };
        foreach (var (part, isLost) in files.SelectMany(f => new[] { (f, false), (f, true) }))
        {
            var storage = new MemoryStorage();
            await using (var run = await CheckpointRun.OpenAsync(storage))
            {
                for (var epoch = 0; epoch < 50; epoch++)
                    await run.EpochAsync(epoch, [.. Enumerable.Range(epoch * 100, 100).Select(k => (k, (string?)k.ToString(CultureInfo.InvariantCulture)))]);
                await run.Checkpoint.FoldAsync(default);
            }

            var name = storage.List("base").First(n => n.Contains(part, StringComparison.Ordinal));
            if (isLost)
                storage.Delete(name);
            else
                storage.Corrupt(name, 8);
            await using var again = await CheckpointRun.OpenAsync(storage);
            var refused = Assert.ThrowsAsync<StreamLinqException>(again.RestoreAsync, name);
            Assert.That(refused!.Message, Does.StartWith("SLQ2042: The checkpoint in 'memory' is damaged: in 'base/"), name);
        }
    }

    [Test]
    public async Task A_failed_write_is_said_and_nothing_is_taken_after_it()
    {
        var storage = await ThreeEpochsAsync();
        await using var run = await CheckpointRun.OpenAsync(storage);
        storage.FailAt = storage.Changes + 4;
        var failed = Assert.ThrowsAsync<StreamLinqException>(() => run.EpochAsync(3, (9, "nine")));
        Assert.That(failed!.Message, Does.StartWith("SLQ2046: Writing the checkpoint in 'memory' failed: The disk went away at change"));
        storage.FailAt = null;
        Assert.That(Assert.ThrowsAsync<StreamLinqException>(() => run.EpochAsync(3, (9, "nine")))!.Code, Is.EqualTo("SLQ2046"));
        await run.DisposeAsync();
        await using var again = await CheckpointRun.OpenAsync(storage);
        Assert.That(await again.RestoreAsync(), Is.EquivalentTo(new Dictionary<int, string> { [1] = "c" }));
    }

    private static async Task<MemoryStorage> ThreeEpochsAsync()
    {
        var storage = new MemoryStorage();
        await using var run = await CheckpointRun.OpenAsync(storage);
        await run.EpochAsync(0, (1, "a"), (2, "two"));
        await run.EpochAsync(1, (1, "b"), (2, null));
        await run.EpochAsync(2, (1, "c"));
        return storage;
    }

    private static long PositionOf(MemoryStorage storage, string name, string text)
    {
        using var file = storage.Open(name, create: false)!;
        var bytes = new byte[file.Length];
        _ = file.Read(0, bytes);
        var at = bytes.AsSpan().IndexOf(Encoding.UTF8.GetBytes("two"));
        Assert.That(at, Is.GreaterThan(0), text);
        return at;
    }

    private static async Task AssertRefusedAsync(MemoryStorage storage, string message, string schema = "v1 key int32 -> v1 string", string[]? operators = null, string[]? sources = null)
    {
        var refused = Assert.ThrowsAsync<StreamLinqException>(() => CheckpointRun.OpenAsync(storage, schema: schema, operators: operators, sources: sources));
        Assert.That(refused!.Message, Does.StartWith(message));
        Assert.That(refused.HelpLink, Does.EndWith(refused.Code));
        storage.Lock().Dispose();
        await Task.CompletedTask;
    }
}
