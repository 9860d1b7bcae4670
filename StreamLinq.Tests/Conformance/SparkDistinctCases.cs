// Spark's cases of duplicates where event time plays a part: keys that hold the time are freed by the watermark, and so are keys that are kept within a time.
using NUnit.Framework;
using static StreamLinq.Tests.Conformance.CaseTime;

namespace StreamLinq.Tests.Conformance;

[TestFixture(Disturbance.None)]
[TestFixture(Disturbance.Crash)]
[TestFixture(Disturbance.Replay)]
[TestFixture(Disturbance.Workers)]
public sealed class SparkDistinctCases(Disturbance disturbance)
{
    [Case("spark/StreamingDeduplication/with-watermark")]
    [Case("spark/StreamingDeduplication/no-data-epochs-on")]
    [Case("spark/StreamingDeduplication/dropped-duplicates-metric-watermark")]
    public async Task Distinct_rows_that_hold_their_time(string id)
    {
        await using var run = new CaseRun(id, disturbance);
        var rows = from value in run.Input<int>("input") select new Timed(value, At(value));
        await run.RunAsync(from row in rows.WithEventTime(row => row.Time, Seconds(10)).Distinct() select row.Time.ToUnixTimeSeconds());
    }

    [Case("spark/StreamingDeduplication/watermark-not-in-key")]
    public async Task Distinct_by_a_key_without_the_time(string id)
    {
        await using var run = new CaseRun(id, disturbance);
        var rows = run.Input<Event>("input").WithEventTime(row => At(row.Time), Seconds(1));
        await run.RunAsync(rows.DistinctBy(row => row.Id));
    }

    [Case("spark/StreamingDeduplicationWithinWatermark/all-columns")]
    public async Task Distinct_within_a_time(string id)
    {
        await using var run = new CaseRun(id, disturbance);
        var rows = run.Input<int>("input").WithEventTime(value => At(value), Seconds(10));
        await run.RunAsync(rows.DistinctBy(value => value, within: Seconds(10)));
    }

    [Case("spark/StreamingDeduplicationWithinWatermark/subset-columns")]
    public async Task Distinct_by_a_key_within_a_time(string id)
    {
        await using var run = new CaseRun(id, disturbance);
        var rows = run.Input<Keyed>("input").WithEventTime(row => At(row.T), Seconds(2));
        await run.RunAsync(rows.DistinctBy(row => row.K, within: Seconds(2)));
    }

    private sealed record Timed(int Value, DateTimeOffset Time);

    private sealed record Event(int Id, int Time);

    private sealed record Keyed(string K, int T);
}
