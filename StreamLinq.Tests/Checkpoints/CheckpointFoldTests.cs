// Folding: on its own when deltas grow, beside the engine, and never past what may have to be taken back.
using NUnit.Framework;
using StreamLinq.Embedded;

namespace StreamLinq.Tests.Checkpoints;

[TestFixture]
internal sealed class CheckpointFoldTests
{
    [Test]
    public async Task A_forgotten_commit_is_pending_again_with_the_state_before_it()
    {
        var storage = new MemoryStorage();
        await using (var run = await CheckpointRun.OpenAsync(storage))
        {
            await run.EpochAsync(0, (1, "a"));
            await run.EpochAsync(1, (1, "b"), (2, "two"));
            await run.EpochAsync(2, (1, null), (3, "three"));
            await run.Checkpoint.FoldAsync(default);
            await run.Checkpoint.ForgetLastCommitAsync(default);
            Assert.That(run.Checkpoint.LastCommitted?.Epoch, Is.EqualTo(1));
            Assert.ThrowsAsync<InvalidOperationException>(async () => await run.Checkpoint.ForgetLastCommitAsync(default));
        }

        await using (var run = await CheckpointRun.OpenAsync(storage))
        {
            Assert.That(run.Checkpoint.Pending?.Epoch, Is.EqualTo(2));
            Assert.That(await run.RestoreAsync(), Is.EquivalentTo(new Dictionary<int, string> { [1] = "b", [2] = "two" }));
            await run.EpochAsync(2, (1, null), (3, "three"));
        }

        await using var again = await CheckpointRun.OpenAsync(storage);
        Assert.That(again.Checkpoint.Pending, Is.Null);
        Assert.That(await again.RestoreAsync(), Is.EquivalentTo(new Dictionary<int, string> { [2] = "two", [3] = "three" }));
    }

    [Test]
    public async Task Many_small_epochs_are_folded_no_more_often_than_asked_by_their_clock()
    {
        // The clock goes on by a thousand ticks per epoch.
        var options = CheckpointRun.Small with { FoldAfterEpochs = 3, FoldEvery = TimeSpan.FromTicks(20_000) };
        await using var run = await CheckpointRun.OpenAsync(new MemoryStorage(), options);
        var folds = new HashSet<long>();
        for (var epoch = 0; epoch < 70; epoch++)
        {
            await run.EpochAsync(epoch, (epoch % 5, "value"));
            await Task.Yield();
            folds.Add(run.Checkpoint.FoldedThrough);
            if (epoch == 19) Assert.That(run.Checkpoint.FoldedThrough, Is.EqualTo(long.MinValue));
        }

        await run.Checkpoint.FoldAsync(default);
        folds.Remove(long.MinValue);
        Assert.That(folds, Has.Count.LessThanOrEqualTo(3));
        Assert.That(run.Checkpoint.FoldedThrough, Is.EqualTo(68));
    }

    [Test]
    public async Task Deltas_are_folded_in_the_background_and_their_room_is_given_back()
    {
        using var folder = new TemporaryFolder();
        var options = CheckpointRun.Small with { FoldAfterBytes = 100_000, FoldAfterEpochs = 40 };
        var truth = new Dictionary<int, string>();
        var random = new Random(5);
        await using (var run = await CheckpointRun.OpenAsync(new FileStorage(folder.Path), options))
        {
            for (var epoch = 0; epoch < 250; epoch++)
            {
                var changes = Enumerable.Range(0, 100).Select(_ => (Key: random.Next(1000), Value: (string?)new string('v', random.Next(40)))).ToArray();
                foreach (var (key, value) in changes)
                    truth[key] = value!;
                await run.EpochAsync(epoch, changes);
            }

            await run.Checkpoint.FoldAsync(default);
            Assert.That(run.Checkpoint.Sizes.DeltaEntries, Is.EqualTo(100));
            // How much one fold in the background takes is up to the machine; what a large one has left, the next ones compact.
            for (var epoch = 250; epoch < 253; epoch++)
            {
                await run.EpochAsync(epoch, (0, truth[0] = "last"));
                await run.Checkpoint.FoldAsync(default);
            }
        }

        var deltas = Directory.GetFiles(Path.Combine(folder.Path, "deltas"), "log.*").Sum(f => new FileInfo(f).Length);
        Assert.That(deltas, Is.LessThan(4 * options.Layout.SegmentBytes));
        var pages = Directory.GetFiles(Path.Combine(folder.Path, "base"), "hlog.log.*").Sum(f => new FileInfo(f).Length);
        Assert.That(pages, Is.LessThan(900_000), "25,000 changes of 60 bytes, of which 1,000 are live");
        Assert.That(Directory.GetDirectories(Path.Combine(folder.Path, "base", "checkpoints", "cpr-checkpoints")), Has.Length.EqualTo(1));
        await using var again = await CheckpointRun.OpenAsync(new FileStorage(folder.Path), options);
        Assert.That(await again.RestoreAsync(), Is.EquivalentTo(truth));
    }

    [Test]
    public async Task A_delta_larger_than_the_memory_of_the_log_comes_back()
    {
        var storage = new MemoryStorage();
        var entries = Enumerable.Range(0, 20_000).ToDictionary(k => k, k => $"value {k}");
        await using (var run = await CheckpointRun.OpenAsync(storage))
        {
            await run.EpochAsync(0, [.. entries.Select(e => (e.Key, (string?)e.Value))]);
            await run.EpochAsync(1, (-1, "last"));
        }

        entries[-1] = "last";
        await using var again = await CheckpointRun.OpenAsync(storage);
        var restored = await again.RestoreAsync();
        Assert.That(restored, Has.Count.EqualTo(entries.Count));
        Assert.That(restored.All(e => entries[e.Key] == e.Value));
    }

    [Test]
    public async Task A_fold_rests_within_a_large_delta_and_a_stop_does_not_wait_for_it()
    {
        var storage = new MemoryStorage();
        var entries = Enumerable.Range(0, 20_000).Select(k => (k, (string?)$"value {k}")).ToArray();
        var slow = CheckpointRun.Small with { FoldBytesPerSecond = 1, FoldAfterBytes = 200_000 };
        await using (var run = await CheckpointRun.OpenAsync(storage, slow))
        {
            await run.EpochAsync(0, entries);
            await run.EpochAsync(1, (-1, "last"));
            Assert.That(run.Checkpoint.Sizes.BaseBytes, Is.InRange(1000, 4 * slow.Layout.PageBytes), "one record of the delta, of about eighty");
        }

        await using var again = await CheckpointRun.OpenAsync(storage);
        Assert.That(await again.RestoreAsync(), Has.Count.EqualTo(entries.Length + 1));
        await again.Checkpoint.FoldAsync(default);
        Assert.That(again.Checkpoint.FoldedThrough, Is.Zero);
    }

    [Test]
    public void The_epoch_log_stays_bounded_and_keeps_what_is_not_folded()
    {
        var storage = new MemoryStorage();
        const int Limit = 100_000;
        const int Retained = 300;
        using (var log = EpochLog.Open(storage, Microsoft.Extensions.Logging.Abstractions.NullLogger.Instance, Retained, Limit))
        {
            for (var epoch = 0; epoch < 2000; epoch++)
            {
                log.Append(new EpochRecord(EpochRecordKind.Plan, epoch, Plan: CheckpointRun.Plan(epoch)));
                log.Append(new EpochRecord(EpochRecordKind.Commit, epoch, Delta: new DeltaRange(epoch, epoch + 1, 1, 1, 1)));
                log.Bound(epoch - 150);
            }

            log.Append(new EpochRecord(EpochRecordKind.Plan, 2000, Plan: CheckpointRun.Plan(2000)));
        }

        using var file = storage.Open(EpochLog.FileName, create: false)!;
        Assert.That(file.Length, Is.LessThan(3 * Limit));
        using var again = EpochLog.Open(storage, Microsoft.Extensions.Logging.Abstractions.NullLogger.Instance, Retained, Limit);
        Assert.That(again.LastCommitted?.Epoch, Is.EqualTo(1999));
        Assert.That(again.Pending?.Epoch, Is.EqualTo(2000));
        Assert.That(again.Committed.Select(p => p.Epoch), Is.SupersetOf(Enumerable.Range(1700, 300)), "more than are unfolded are retained");
    }
}
