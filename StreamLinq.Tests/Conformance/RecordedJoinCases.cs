// What Spark itself gave, epoch by epoch, for a left join over real flights: the same rows must come out in the same epochs here, with as many rows kept.
using System.Text.Json;
using NUnit.Framework;
using StreamLinq.Tests.Language;
using static StreamLinq.Tests.Conformance.CaseTime;

namespace StreamLinq.Tests.Conformance;

[TestFixture(Disturbance.None)]
[TestFixture(Disturbance.Crash)]
[TestFixture(Disturbance.Replay)]
[TestFixture(Disturbance.Workers)]
public sealed class RecordedJoinCases(Disturbance disturbance)
{
    private const int RowsPerEpoch = 100;

    [Case("spark-epochs/join_left-append")]
    public async Task Flights_and_those_that_leave_within_an_hour(string id)
    {
        var flights = CaseRows.ReadFile<Flight>(Path.Combine(Repository.Shared("conformance", "spark-epochs"), "flights-6000.jsonl"));
        await using var harness = new StreamTestHarness { Workers = disturbance == Disturbance.Workers ? [2, 16, 1] : [1] };
        var source = harness.Source<Flight>();
        var left = source.Rows.Where(f => f.Distance > 1500).WithEventTime(f => AtMs(f.At), Minutes(10));
        var right = source.Rows.Where(f => f.Distance > 1000).WithEventTime(f => AtMs(f.At), Minutes(10));
        var output = await harness.StartAsync(left.LeftJoin(right.Within(TimeSpan.Zero, Hours(1)), a => a.Destination, b => b.Origin, (a, b) => new Pair(a.Id, b == null ? null : b.Id)));
        foreach (var epoch in ConformanceCase.Of(id).Json.GetProperty("epochs").EnumerateArray())
        {
            var number = epoch.GetProperty("epoch").GetInt32();
            if (disturbance != Disturbance.None)
            {
                var replays = disturbance == Disturbance.Replay && number > 0;
                if (replays) await harness.ForgetLastCommitAsync();
                await harness.CrashAndRecoverAsync();
                if (replays) await harness.RunEpochAsync();
            }

            await source.EpochAsync([.. flights.Skip(number * RowsPerEpoch).Take(RowsPerEpoch)]);
            Assert.That(output.Take().Select(c => c.Row), Is.EquivalentTo(epoch.GetProperty("rows").Deserialize<Pair[]>(JsonSerializerOptions.Web)!), $"epoch {number}");
            var state = output.Query.LastProgress!.StateOperators.Single();
            Assert.That(state.Rows, Is.EqualTo(epoch.GetProperty("state")[0].GetInt64()), $"rows kept after epoch {number}");
            Assert.That(state.RowsLate, Is.EqualTo(epoch.GetProperty("dropped")[0].GetInt64()), $"late rows of epoch {number}");
        }
    }

    private sealed record Flight(long Id, long At, string Origin, string Destination, int Distance);

    private sealed record Pair(long A, long? B);
}
