// The disk breaks at every single call a query makes to it: writes are torn at any byte, calls fail once. The query says what to do, and a restart ends in the right answer; it is never refused.
using NUnit.Framework;
using StreamLinq.Embedded;

namespace StreamLinq.Tests.Faults;

[TestFixture]
public sealed class BrokenDiskTests
{
    // Writes of the logs and the manifest are records of a few hundred bytes; FASTER's are whole sectors and pages.
    private const int SmallWrite = 1000;

    private static readonly bool Long = Environment.GetEnvironmentVariable("STREAMLINQ_LONG") == "1";

    [Test]
    public async Task A_write_torn_at_any_byte_is_cut_off_and_its_epoch_runs_again()
    {
        var writes = await WritesAsync();
        Assert.That(writes.Select(w => w.Name).Distinct(), Is.SupersetOf(new[] { "epochs.log", "manifest.tmp", "deltas/log.0" }));
        var torn = new List<(int Call, int Byte, int Bytes, string Name, bool PowerCut)>();
        foreach (var (call, name, bytes) in writes)
        {
            var step = Long ? bytes <= SmallWrite ? 1 : 61 : Math.Max(1, (bytes / 3) + 1);
            for (var at = 0; at < bytes; at += step) torn.Add((call, at, bytes, name, (call + at) % 2 == 0));
            torn.Add((call, bytes - 1, bytes, name, false));
        }

        await KeptQuery.TryAllAsync(torn, item => SurvivesAsync(item.Call, Accident.Dies, (item.Byte + 0.5) / item.Bytes, item.PowerCut, folds: false));
    }

    [Test]
    public async Task A_call_that_fails_once_fails_the_query_with_what_to_do_and_a_restart_goes_on()
    {
        var query = new KeptQuery(cutsBack: false);
        await query.LiveAsync(new MemoryStorage());
        var calls = from call in Enumerable.Range(1, query.DiskCalls) from accident in new[] { Accident.Fails, Accident.FailsAfter } select (call, accident);
        // The shares stand for: permission denied, disk full, input/output error.
        await KeptQuery.TryAllAsync([.. calls], item => SurvivesAsync(item.call, item.accident, (item.call % 3 * 0.3) + 0.1, powerCut: false, folds: false));
    }

    [Test]
    public async Task A_process_that_dies_or_a_call_that_fails_while_the_base_is_folded_loses_nothing()
    {
        var query = new KeptQuery(cutsBack: false);
        await query.LiveAsync(new MemoryStorage(), folds: true);
        Assert.That(query.Writes.Select(w => w.Name), Has.Some.StartsWith("base/"));
        var step = Long ? 1 : 6;
        var calls = from n in Enumerable.Range(0, query.DiskCalls / step)
                    from accident in new[] { Accident.Dies, Accident.Fails, Accident.FailsAfter }
                    from share in Long ? new[] { 0.1, 0.5, 0.9 } : [0.4]
                    select (Call: 1 + (n * step) + ((int)accident % step), accident, share);
        await KeptQuery.TryAllAsync([.. calls], item => SurvivesAsync(item.Call, item.accident, item.share, powerCut: item.Call % 2 == 0, folds: true));
    }

    private static async Task<string?> SurvivesAsync(int call, Accident accident, double share, bool powerCut, bool folds)
    {
        var query = new KeptQuery(cutsBack: call % 2 == 0);
        var storage = new MemoryStorage();
        var life = new Misfortunes(new VirtualTimeProvider());
        life.Add(Place.Disk, call, accident, share);
        StreamLinqException? failure = null;
        try
        {
            await query.LiveAsync(storage, life, folds: folds);
        }
        catch (StreamLinqException error)
        {
            failure = error;
        }

        // A background fold may end after the last epoch, and a file that is not deleted at the end is deleted next time.
        if (failure is null && !folds && call < query.DiskCalls - 10) return "nothing was said of it";
        if (failure is not null && life.HasFailed && !(failure.Code is "SLQ2046" && failure.Message.Contains("start the query again from this checkpoint", StringComparison.Ordinal))) return $"it was said to be: {failure}";
        return await query.EndsRightAsync(powerCut ? storage.Crash(call) : storage);
    }

    private static async Task<IReadOnlyList<(int Call, string Name, int Bytes)>> WritesAsync()
    {
        var query = new KeptQuery(cutsBack: false);
        await query.LiveAsync(new MemoryStorage());
        return query.Writes;
    }
}
