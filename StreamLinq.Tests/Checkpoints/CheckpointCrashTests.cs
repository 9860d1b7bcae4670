// A random life of a checkpoint on a disk that goes away at a random moment, against a dictionary: what was committed is there, and nothing else.
using NUnit.Framework;
using StreamLinq.Embedded;

namespace StreamLinq.Tests.Checkpoints;

[TestFixture]
internal sealed class CheckpointCrashTests
{
    private const int Lives = 6;

#pragma warning disable NUnit1027 // FsCheck supplies the argument.
    [FsCheck.NUnit.Property(MaxTest = 40)]
    public async Task What_was_committed_is_there_after_any_crash(int seed)
#pragma warning restore NUnit1027
    {
        var random = new Random(seed);
        var options = CheckpointRun.Small with { FoldAfterEpochs = random.Next(2, 40) };
        var storage = new MemoryStorage();
        var truth = new Dictionary<int, string>();
        Dictionary<int, string>? before = null;
        Dictionary<int, string>? inFlight = null;
        var committed = -1L;
        for (var life = 0; life < Lives; life++)
        {
            var isLast = life == Lives - 1;
            var failAt = isLast ? long.MaxValue : storage.Changes + random.Next(1, 300);
            storage.FailAt = failAt;
            try
            {
                await using var run = await CheckpointRun.OpenAsync(storage, options);
                var last = run.Checkpoint.LastCommitted?.Epoch ?? -1;
                if (inFlight is not null && last == committed + 1)
                    (before, truth, committed) = (truth, inFlight, last); // the commit reached the disk, though nobody could say so
                inFlight = null;
                Assert.That(last, Is.EqualTo(committed), $"seed {seed}, life {life}");
                Assert.That(await run.RestoreAsync(), Is.EquivalentTo(truth), $"seed {seed}, life {life}");
                for (var steps = random.Next(40); steps > 0; steps--)
                {
                    switch (random.Next(14))
                    {
                        case 0:
                            await run.Checkpoint.FoldAsync(default);
                            break;
                        case 1 when before is not null:
                            // The record may reach the disk or not; a restart tells, so this run ends here.
                            (inFlight, truth, committed, before) = (truth, before, committed - 1, null);
                            await run.Checkpoint.ForgetLastCommitAsync(default);
                            Assert.That(run.Checkpoint.Pending?.Epoch, Is.EqualTo(committed + 1));
                            steps = 0;
                            inFlight = null;
                            break;
                        default:
                            var changes = Changes(random);
                            var after = Apply(truth, changes);
                            inFlight = after;
                            await run.EpochAsync(committed + 1, changes);
                            (before, truth, committed, inFlight) = (truth, after, committed + 1, null);
                            break;
                    }
                }
            }
            catch (Exception e) when (e is IOException or StreamLinqException { Code: "SLQ2046" })
            {
                Assert.That(storage.Changes, Is.GreaterThanOrEqualTo(failAt), $"seed {seed}: {e}");
            }

            storage = storage.Crash(random.Next());
        }
    }

    private static (int Key, string? Value)[] Changes(Random random)
    {
        var changes = new (int Key, string? Value)[random.Next(60)];
        for (var i = 0; i < changes.Length; i++)
            changes[i] = (random.Next(200), random.Next(3) == 0 ? null : new string((char)('a' + random.Next(26)), random.Next(random.Next(10) == 0 ? 2000 : 30)));
        return changes;
    }

    private static Dictionary<int, string> Apply(Dictionary<int, string> state, (int Key, string? Value)[] changes)
    {
        var result = new Dictionary<int, string>(state);
        foreach (var (key, value) in changes)
        {
            if (value is null)
                result.Remove(key);
            else
                result[key] = value;
        }

        return result;
    }
}
