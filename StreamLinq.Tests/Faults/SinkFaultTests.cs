// A sink fails, or is canceled after it has hung, in every single call it gets: write, flush, commit. The query says which sink it was, and a restart ends in the right answer.
using NUnit.Framework;
using StreamLinq.Embedded;

namespace StreamLinq.Tests.Faults;

[TestFixture]
public sealed class SinkFaultTests
{
    private const int Calls = KeptQuery.Epochs * 3;

    [Test]
    public async Task A_sink_that_throws_fails_the_query_and_a_restart_goes_on()
    {
        var cases = from call in Enumerable.Range(1, Calls) from accident in new[] { Accident.Fails, Accident.FailsAfter } from cutsBack in new[] { false, true } select (call, accident, cutsBack);
        await KeptQuery.TryAllAsync([.. cases], async item =>
        {
            var (query, storage, life) = (new KeptQuery(item.cutsBack), new MemoryStorage(), new Misfortunes(new VirtualTimeProvider()));
            life.Add(Place.Sink, item.call, item.accident, 0);
            return await FailureOf(query, storage, life) is { Code: "SLQ2004" } failure && failure.Message.Contains("sink 'ledger' threw InvalidOperationException", StringComparison.Ordinal) ? await query.EndsRightAsync(storage) : "it did not fail as it should";
        });
    }

    [Test]
    public async Task A_sink_that_hangs_and_is_canceled_fails_the_query_and_a_restart_goes_on()
    {
        var cases = from call in Enumerable.Range(1, Calls) from cutsBack in new[] { false, true } select (call, cutsBack);
        await KeptQuery.TryAllAsync([.. cases], async item =>
        {
            var (query, storage, life) = (new KeptQuery(item.cutsBack), new MemoryStorage(), new Misfortunes(new VirtualTimeProvider()));
            life.Add(Place.Sink, item.call, Accident.Hangs, 0);
            var running = FailureOf(query, storage, life);
            await life.Hung.Task;
            if (running.IsCompleted) return "it ended while its sink hung";
            life.Release(true);
            return await running is { Code: "SLQ2004" } ? await query.EndsRightAsync(storage) : "it did not fail as it should";
        });
    }

    private static async Task<StreamLinqException?> FailureOf(KeptQuery query, MemoryStorage storage, Misfortunes life)
    {
        try
        {
            await query.LiveAsync(storage, life);
            return null;
        }
        catch (StreamLinqException failure)
        {
            return failure;
        }
    }
}
