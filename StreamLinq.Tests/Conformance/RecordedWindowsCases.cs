// What Spark itself gave, epoch by epoch, for windows and sessions over real flights: the same rows must come out in the same epochs here, up to and with the epoch without data at the end.
using System.Text.Json;
using NUnit.Framework;
using StreamLinq.Tests.Language;
using static StreamLinq.Tests.Conformance.CaseTime;
using static StreamLinq.Windowing;

namespace StreamLinq.Tests.Conformance;

[TestFixture(Disturbance.None)]
[TestFixture(Disturbance.Crash)]
[TestFixture(Disturbance.Replay)]
[TestFixture(Disturbance.Workers)]
public sealed class RecordedWindowsCases(Disturbance disturbance)
{
    private const int LateRows = 171;

    [Case("spark-epochs/late_tumble-append")]
    public Task Late_rows_of_final_windows(string id) =>
        RunAsync(id, "late-1200.jsonl", LateRows, Sum, (harness, flights) => harness.StartAsync(
            from flight in flights.WithEventTime(flight => AtMs(flight.At), Minutes(1)).Window(Tumbling(Minutes(5)))
            group flight by 0 into g
            select new WindowSum(g.Window, g.Count(), g.Sum(f => f.Delay))));

    // Every row counts its window up, so the windows that changed (our Update) are those that were touched (Spark's).
    [Case("spark-epochs/late_tumble-update")]
    public Task Late_rows_of_running_windows(string id) =>
        RunAsync(id, "late-1200.jsonl", LateRows, Sum, (harness, flights) => harness.StartAsync(
            from flight in flights.WithEventTime(flight => AtMs(flight.At), Minutes(1)).Window(Tumbling(Minutes(5))).EmitOnUpdate()
            group flight by 0 into g
            select new WindowSum(g.Window, g.Count(), g.Sum(f => f.Delay)),
            OutputMode.Update));

    [Case("spark-epochs/session-append")]
    public Task Sessions(string id) =>
        RunAsync(id, "flights-6000.jsonl", 0, row => new SessionCount(Window(row), row.GetProperty("origin").GetString()!, Number(row, "n")), (harness, flights) => harness.StartAsync(
            from flight in flights.WithEventTime(flight => AtMs(flight.At), Minutes(1)).Window(Session(Minutes(20)))
            group flight by flight.Origin into g
            select new SessionCount(g.Window, g.Key, g.Count())));

    private async Task RunAsync<T>(string id, string file, long late, Func<JsonElement, T> recorded, Func<StreamTestHarness, IStreamQueryable<Flight, AppendOnly>, Task<TestOutput<T>>> start)
    {
        var flights = CaseRows.ReadFile<Flight>(Path.Combine(Repository.Shared("conformance", "spark-epochs"), file));
        await using var harness = new StreamTestHarness { Workers = disturbance == Disturbance.Workers ? [2, 16, 1] : [1] };
        var source = harness.Source<Flight>();
        var output = await start(harness, source.Rows);
        int read = 0, dropped = 0;
        foreach (var epoch in ConformanceCase.Of(id).Json.GetProperty("epochs").EnumerateArray())
        {
            var number = epoch.GetProperty("epoch").GetInt32();
            await DisturbAsync(harness, number);
            var rows = flights.AsSpan(read, epoch.GetProperty("input").GetInt32()).ToArray();
            read += rows.Length;
            await source.EpochAsync(rows);
            Assert.That(output.Take().Select(c => c.Row), Is.EquivalentTo(epoch.GetProperty("rows").EnumerateArray().Select(recorded)), $"epoch {number}");

            var progress = output.Query.LastProgress!;
            var watermark = epoch.GetProperty("watermark").GetDateTimeOffset();
            Assert.That(progress.InputRows, Is.EqualTo(rows.Length), $"epoch {number}");
            Assert.That(progress.Watermark?.Time ?? DateTimeOffset.UnixEpoch, Is.EqualTo(watermark), $"watermark of epoch {number}");
            Assert.That(progress.StateOperators.Single().Rows, Is.EqualTo(epoch.GetProperty("state")[0].GetInt64()), $"windows kept after epoch {number}");

            // Spark counts the late rows of an epoch after it has grouped them.
            Assert.That(progress.LateRows, Is.AtLeast(epoch.GetProperty("dropped")[0].GetInt64()), $"late rows of epoch {number}");
            dropped += (int)progress.LateRows;
        }

        Assert.That(read, Is.EqualTo(flights.Length));
        Assert.That(dropped, Is.EqualTo(late));
    }

    // No more runs here than the epoch that was cut short: Spark's epochs follow each other without one that has no data.
    private async Task DisturbAsync(StreamTestHarness harness, int epoch)
    {
        if (disturbance == Disturbance.None) return;
        var replays = disturbance == Disturbance.Replay && epoch > 0;
        if (replays) await harness.ForgetLastCommitAsync();
        await harness.CrashAndRecoverAsync();
        if (replays) await harness.RunEpochAsync();
    }

    private static WindowSum Sum(JsonElement row) => new(Window(row), Number(row, "n"), Number(row, "total"));

    private static Window Window(JsonElement row) => new(AtMs(Number(row, "ws")), AtMs(Number(row, "we")));

    private static long Number(JsonElement row, string name) => row.GetProperty(name).GetInt64();

    private sealed record Flight(long Id, long At, string Origin, int Delay);

    private sealed record WindowSum(Window Window, long N, long Total);

    private sealed record SessionCount(Window Window, string Origin, long N);
}
