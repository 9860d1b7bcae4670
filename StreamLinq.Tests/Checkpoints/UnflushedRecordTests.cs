// A record of the epoch log whose process was killed before the flush, or whose flush failed, stands in the system's memory, and the next start finds it there and acts on it.
// From then on it must last: a sink may already have rows of a plan that was found so, and another plan for the same epoch would bring other rows.
using NUnit.Framework;
using StreamLinq.Embedded;
using StreamLinq.Tests.Faults;

namespace StreamLinq.Tests.Checkpoints;

[TestFixture]
internal sealed class UnflushedRecordTests
{
    private const int PowerCuts = 60;

    // A record is written by one call to the disk and flushed by the next.
    private const int CallsToFlush = 2;

    [TestCase(nameof(Accident.Dies))]
    [TestCase(nameof(Accident.Fails))]
    public async Task A_plan_that_a_start_has_found_is_there_after_any_power_cut(string accident)
    {
        var storage = await LeaveAsync(accident, run => run.Checkpoint.LogPlanAsync(CheckpointRun.Plan(1), default).AsTask());
        await EachStartFindsAsync(storage, lastCommitted: 0, pending: 1);
    }

    [TestCase(nameof(Accident.Dies))]
    [TestCase(nameof(Accident.Fails))]
    public async Task A_commit_that_a_start_has_found_is_there_after_any_power_cut(string accident)
    {
        var storage = await LeaveAsync(accident, run => run.EpochAsync(1), run => run.Checkpoint.LogPlanAsync(CheckpointRun.Plan(1), default).AsTask());
        await EachStartFindsAsync(storage, lastCommitted: 1, pending: null);
    }

    // The disk after an epoch and a record whose flush had an accident.
    private static async Task<MemoryStorage> LeaveAsync(string accident, Func<CheckpointRun, Task> record, Func<CheckpointRun, Task>? before = null)
    {
        var storage = new MemoryStorage();
        var clock = new VirtualTimeProvider();
        var life = new Misfortunes(clock);
        await using var run = await CheckpointRun.OpenAsync(new SimulatedDisk(storage, life, null, clock));
        await run.EpochAsync(0, (1, "a"));
        if (before is not null) await before(run);
        life.Add(Place.Disk, life.Calls(Place.Disk) + CallsToFlush, Enum.Parse<Accident>(accident), 1);
        Assert.That(async () => await record(run), Throws.TypeOf<StreamLinqException>().With.Property(nameof(StreamLinqException.Code)).EqualTo("SLQ2046"));
        return storage;
    }

    private static async Task EachStartFindsAsync(MemoryStorage storage, long lastCommitted, long? pending)
    {
        await FindsAsync(storage, "the next start");
        for (var seed = 0; seed < PowerCuts; seed++) await FindsAsync(storage.Crash(seed), $"the start after power cut {seed}");

        async Task FindsAsync(MemoryStorage disk, string when)
        {
            await using var run = await CheckpointRun.OpenAsync(disk);
            Assert.That((run.Checkpoint.LastCommitted?.Epoch, run.Checkpoint.Pending?.Epoch), Is.EqualTo(((long?)lastCommitted, pending)), when);
            Assert.That(await run.RestoreAsync(), Is.EquivalentTo(new Dictionary<int, string> { [1] = "a" }), when);
        }
    }
}
