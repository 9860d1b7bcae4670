// A checkpoint over real files: what is committed comes back, and plain FASTER can read the base.
using FASTER.core;
using NUnit.Framework;
using StreamLinq.Embedded;

namespace StreamLinq.Tests.Checkpoints;

[TestFixture]
internal sealed class CheckpointOnDiskTests
{
    [Test]
    public async Task A_restart_gives_back_the_state_the_plans_and_the_identity()
    {
        using var folder = new TemporaryFolder();
        Guid id;
        ulong seed;
        await using (var run = await CheckpointRun.OpenAsync(new FileStorage(folder.Path), new CheckpointOptions()))
        {
            Assert.That(run.Checkpoint.LastCommitted, Is.Null);
            Assert.That(await run.RestoreAsync(), Is.Empty);
            id = run.Checkpoint.QueryId;
            seed = run.Checkpoint.Seed;
            await run.EpochAsync(0, (1, "one"), (2, "two"), (3, "three"));
            await run.EpochAsync(1, (2, null), (3, "drei"), (4, ""));
            await run.EpochAsync(2);
            await run.Checkpoint.LogPlanAsync(CheckpointRun.Plan(3), default);
        }

        await using (var run = await CheckpointRun.OpenAsync(new FileStorage(folder.Path), new CheckpointOptions()))
        {
            Assert.That(run.Checkpoint.QueryId, Is.EqualTo(id));
            Assert.That(run.Checkpoint.Seed, Is.EqualTo(seed));
            AssertPlan(run.Checkpoint.LastCommitted, 2);
            AssertPlan(run.Checkpoint.Pending, 3);
            Assert.That(await run.RestoreAsync(), Is.EquivalentTo(new Dictionary<int, string> { [1] = "one", [3] = "drei", [4] = "" }));
            Assert.That(run.Checkpoint.Sizes.DeltaEntries, Is.EqualTo(6));
        }
    }

    [Test]
    public async Task A_folded_base_holds_the_state_without_its_deltas()
    {
        using var folder = new TemporaryFolder();
        await using (var run = await CheckpointRun.OpenAsync(new FileStorage(folder.Path), new CheckpointOptions()))
        {
            await run.EpochAsync(0, (1, "one"), (2, "two"), (3, "three"));
            await run.EpochAsync(1, (2, null), (3, "a longer three"));
            await run.EpochAsync(2, (5, "five"));
            await run.Checkpoint.FoldAsync(default);
            Assert.That(run.Checkpoint.Sizes.DeltaEntries, Is.EqualTo(1));
            await run.EpochAsync(3, (6, "six"), (1, null));
            await run.EpochAsync(4);
            await run.Checkpoint.FoldAsync(default);
            await run.EpochAsync(5, (5, "fünf"));
        }

        await using (var run = await CheckpointRun.OpenAsync(new FileStorage(folder.Path), new CheckpointOptions()))
        {
            Assert.That(await run.RestoreAsync(), Is.EquivalentTo(new Dictionary<int, string> { [3] = "a longer three", [5] = "fünf", [6] = "six" }));
            await run.EpochAsync(6, (3, null));
            await run.EpochAsync(7);
            await run.Checkpoint.FoldAsync(default);
        }

        await using (var run = await CheckpointRun.OpenAsync(new FileStorage(folder.Path), new CheckpointOptions()))
            Assert.That(await run.RestoreAsync(), Is.EquivalentTo(new Dictionary<int, string> { [5] = "fünf", [6] = "six" }));
    }

    [Test]
    public async Task Plain_faster_reads_the_base_and_counts_its_keys()
    {
        using var folder = new TemporaryFolder();
        const int Keys = 200_000;
        const int PerEpoch = 20_000;
        ulong seed;
        var options = new CheckpointOptions();
        await using (var run = await CheckpointRun.OpenAsync(new FileStorage(folder.Path), options))
        {
            seed = run.Checkpoint.Seed;
            for (var epoch = 0; epoch < Keys / PerEpoch; epoch++)
                await run.EpochAsync(epoch, [.. Enumerable.Range(epoch * PerEpoch, PerEpoch).Select(k => (k, (string?)$"value {k}"))]);
            await run.EpochAsync(Keys / PerEpoch);
            await run.Checkpoint.FoldAsync(default);
            Assert.That(run.Checkpoint.Sizes.DeltaEntries, Is.Zero);
        }

        // Nothing of the delta log is needed any more: the commit that is left has no changes.
        foreach (var file in Directory.GetFiles(Path.Combine(folder.Path, "deltas"), "log.*"))
            File.Delete(file);

        using (var device = Devices.CreateLogDevice(Path.Combine(folder.Path, "base", "hlog.log")))
        using (var settings = new FasterKVSettings<SpanByte, SpanByte>
        {
            IndexSize = options.IndexBytes,
            LogDevice = device,
            PageSize = options.Layout.PageBytes,
            MemorySize = options.Layout.PageBytes * 4L,
            SegmentSize = options.Layout.SegmentBytes,
            CheckpointDir = Path.Combine(folder.Path, "base", "checkpoints"),
            EqualityComparer = new SeededKeyComparer(seed),
        })
        using (var store = new FasterKV<SpanByte, SpanByte>(settings))
        {
            store.Recover();
            using var session = store.NewSession(new SpanByteFunctions<Empty>());
            var found = 0;
            for (var key = 0; key < Keys; key++)
            {
                byte[] bytes = [.. BitConverter.GetBytes(1), .. BitConverter.GetBytes(key)];
                found += Read(session, bytes, $"value {key}");
            }

            Assert.That(found, Is.EqualTo(Keys));
        }

        await using (var run = await CheckpointRun.OpenAsync(new FileStorage(folder.Path), options))
            Assert.That(await run.RestoreAsync(), Has.Count.EqualTo(Keys));
    }

    [Test]
    public async Task A_checkpoint_in_use_is_refused_and_free_after_disposal()
    {
        using var folder = new TemporaryFolder();
        var storage = new FileStorage(folder.Path);
        await using (await CheckpointRun.OpenAsync(storage))
        {
            var refused = Assert.ThrowsAsync<StreamLinqException>(() => CheckpointRun.OpenAsync(new FileStorage(folder.Path)));
            Assert.That(refused!.Message, Does.StartWith("SLQ2040: The checkpoint in '").And.Contain(folder.Path).And.Contain("in use by another process"));
        }

        await using var again = await CheckpointRun.OpenAsync(storage);
        Assert.That(again.Checkpoint.Pending, Is.Null);
    }

    private static int Read(ClientSession<SpanByte, SpanByte, SpanByte, SpanByteAndMemory, Empty, IFunctions<SpanByte, SpanByte, SpanByte, SpanByteAndMemory, Empty>> session, byte[] key, string expected)
    {
        var pinned = GC.AllocateArray<byte>(key.Length, pinned: true);
        key.CopyTo(pinned, 0);
        var storeKey = SpanByte.FromPinnedMemory(pinned);
        SpanByteAndMemory output = default;
        var status = session.Read(ref storeKey, ref output);
        if (status.IsPending)
        {
            session.CompletePendingWithOutputs(out var outputs, wait: true);
            using (outputs)
            {
                outputs.Next();
                status = outputs.Current.Status;
                output = outputs.Current.Output;
            }
        }

        if (!status.Found)
            return 0;
        using (output.Memory)
            Assert.That(System.Text.Encoding.UTF8.GetString(output.Memory.Memory.Span[..output.Length]), Is.EqualTo(expected));
        return 1;
    }

    private static void AssertPlan(EpochPlan? plan, long epoch)
    {
        var expected = CheckpointRun.Plan(epoch);
        Assert.That(plan, Is.Not.Null);
        Assert.That(plan! with { Sources = expected.Sources, Watermarks = expected.Watermarks }, Is.EqualTo(expected));
        Assert.That(plan.Watermarks, Is.EquivalentTo(expected.Watermarks));
        Assert.That(plan.Sources, Has.Count.EqualTo(1));
        Assert.That(plan.Sources[0].Source, Is.EqualTo("orders"));
        Assert.That(plan.Sources[0].Start, Is.EqualTo(expected.Sources[0].Start));
        Assert.That(plan.Sources[0].End, Is.EqualTo(expected.Sources[0].End));
    }
}
