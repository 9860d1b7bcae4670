// The unwindowed cases of Spark's suites. Each query says in C# what the case's 'query' says; what it is fed and must answer is in the file.
using NUnit.Framework;

namespace StreamLinq.Tests.Conformance;

[TestFixture(Disturbance.None)]
[TestFixture(Disturbance.Crash)]
[TestFixture(Disturbance.Replay)]
[TestFixture(Disturbance.Workers)]
public sealed class SparkCases(Disturbance disturbance)
{
    [Case("spark/StreamingAggregation/simple-count-update")]
    [Case("spark/StreamingAggregation/simple-count-complete")]
    public async Task Simple_count(string id)
    {
        await using var run = new CaseRun(id, disturbance);
        await run.RunAsync(from value in run.Input<int>("input") group value by value into g select new { Value = g.Key, Count = g.Count() });
    }

    [Case("spark/StreamingAggregation/count-distinct-elements")]
    public async Task Count_distinct_elements(string id)
    {
        await using var run = new CaseRun(id, disturbance);
        await run.RunAsync(
            from row in run.Input<Items>("input")
            from value in row.Values
            group value by row.K into g
            select new { K = g.Key, Count = g.CountDistinct(v => v) });
    }

    [Case("spark/StreamingAggregation/state-metrics-update")]
    [Case("spark/StreamingAggregation/state-metrics-complete")]
    public async Task State_metrics(string id)
    {
        await using var run = new CaseRun(id, disturbance);
        await run.RunAsync(
            from row in run.Input<int>("input")
            from value in new[] { row, row + 1 }
            group value by value into g
            select new { Value = g.Key, Count = g.Count() });
    }

    [Case("spark/StreamingAggregation/midbatch-failure")]
    public async Task Failure_within_an_epoch(string id)
    {
        var failure = new FailsOnce();
        await using var run = new CaseRun(id, disturbance);
        await run.RunAsync(
            from row in run.Input<int>("input")
            select failure.At(row, 4) into value
            group value by value into g
            select new { Value = g.Key, Count = g.Count() });
    }

    [Case("spark/StreamingAggregation/last-changes")]
    public async Task Last_changes(string id)
    {
        await using var run = new CaseRun(id, disturbance);
        await run.RunAsync(from value in run.Input<int>("input") group value by 0 into all select all.Last());
    }

    // A stream has no Update mode here (SLQ0009): Spark's is the same as Append, and so are the answers.
    [Case("spark/MemorySink/query-append")]
    [Case("spark/MemorySink/query-update")]
    [Case("spark/StreamingQuery/epoch-ids-idle")]
    public async Task Rows_as_they_come(string id)
    {
        await using var run = new CaseRun(id, disturbance);
        await run.RunAsync(run.Input<int>("input"));
    }

    [Case("spark/UnsupportedOperations/nonagg-append")]
    public async Task Filter(string id)
    {
        await using var run = new CaseRun(id, disturbance);
        await run.RunAsync(from a in run.Input<int>("input") where a > 1 select a);
    }

    [Case("spark/UnsupportedOperations/sort-agg-update")]
    public async Task Sorted_and_not_complete(string id)
    {
        await using var run = new CaseRun(id, disturbance);
        await run.RunAsync(from a in run.Input<int>("input") group a by 0 into all select all.Count() into count orderby count select count);
    }

    [Case("spark/ForeachBatchSink/stateless")]
    public async Task Function_of_an_epoch_over_a_stream(string id)
    {
        await using var run = new CaseRun(id, disturbance);
        var values = from value in run.Input<int>("input") select value + 1;
        await run.RunAsync<int>(handOver => values.WriteTo((batch, _) =>
        {
            handOver(batch.Epoch, batch.Changes.ToArray().Select(c => c.Row + 1));
            return ValueTask.CompletedTask;
        }));
    }

    [Case("spark/ForeachBatchSink/update")]
    public async Task Function_of_an_epoch_over_a_table(string id)
    {
        await using var run = new CaseRun(id, disturbance);
        var counts = from value in run.Input<int>("input") group value by value % 2 into g select new Counted(g.Key, g.Count());
        await run.RunAsync<Counted>(handOver => counts.WriteTo(
            (batch, _) =>
            {
                handOver(batch.Epoch, batch.Changes.ToArray().Select(c => c.Row));
                return ValueTask.CompletedTask;
            },
            OutputMode.Update));
    }

    [Case("spark/ForeachBatchSink/null-function")]
    public async Task Function_of_an_epoch_that_is_null(string id)
    {
        await using var run = new CaseRun(id, disturbance);
        var values = run.Input<int>("input");
        Assert.That(() => values.WriteTo((Func<SinkBatch<int>, CancellationToken, ValueTask>)null!), Throws.ArgumentNullException);
    }

    [Case("spark/StreamingQuery/once-and-commit-log")]
    public async Task Once_and_the_commit_log(string id)
    {
        await using var run = new CaseRun(id, disturbance);
        await run.RunAsync(from value in run.Input<int>("input") select 6 / value);
    }

    // As in Spark the limit is one file an epoch; the other source has none.
    [Case("spark/TriggerAvailableNow/two-sources")]
    public async Task Available_now(string id)
    {
        using var folder = new Sinks.TempFolder();
        await using var run = new CaseRun(id, disturbance);
        var files = StreamSource.Text(folder.Path, new TextOptions { MaxFilesPerEpoch = 1 });
        run.Input<string>("files", value => File.WriteAllText(folder[value + ".txt"], value + "\n"));
        await run.RunAsync((from line in files select line.Text).Merge(from value in run.Input<long>("counter") select value.ToString(null, null)));
    }

    [Case("spark/RateSource/uniform")]
    public async Task Rate(string id)
    {
        await using var run = new CaseRun(id, disturbance);
        await run.RunAsync(
            from row in StreamSource.Rate(1500) select new Tick(row.Time.ToUnixTimeMilliseconds(), row.Value),
            from value in Enumerable.Range(0, 1500) select new Tick((long)Math.Round(value * 1000 / 1500m, MidpointRounding.AwayFromZero), value));
    }

    [Case("spark/RateSource/illegal-options")]
    public void Rate_below_one(string id)
    {
        ConformanceCase.Of(id);
        Assert.That(() => StreamSource.Rate(-1), Throws.TypeOf<ArgumentOutOfRangeException>());
        Assert.That(() => StreamSource.Rate(1, partitions: -1), Throws.TypeOf<ArgumentOutOfRangeException>());
    }

    [Case("spark/StreamingDeduplication/all-columns")]
    public async Task Distinct(string id)
    {
        await using var run = new CaseRun(id, disturbance);
        await run.RunAsync(run.Input<string>("input").Distinct());
    }

    [Case("spark/StreamingDeduplication/dedup-then-sum-update")]
    [Case("spark/StreamingDeduplication/dedup-then-sum-complete")]
    public async Task Distinct_then_sum(string id)
    {
        await using var run = new CaseRun(id, disturbance);
        await run.RunAsync(from row in run.Input<Entry>("input").Distinct() group row by row.K into g select new { K = g.Key, Sum = g.Sum(r => r.V) });
    }

    // Sources in memory have one partition, so the number of partitions stays; what is left is that the state is found again.
    [Case("spark/StreamingDeduplication/union-with-dedup-restart")]
    public async Task Merge_with_distinct(string id)
    {
        await using var run = new CaseRun(id, disturbance);
        await run.RunAsync(run.Input<int>("input1").Merge(run.Input<int>("input2").DistinctBy(value => value)));
    }

    private sealed record Items(int K, int[] Values);

    private sealed record Entry(string K, int V);

    private sealed record Counted(int Key, long Count);

    private sealed record Tick(long Milliseconds, long Value);

    private sealed class FailsOnce
    {
        private bool _hasFailed;

        public int At(int value, int bad)
        {
            if (value != bad || _hasFailed) return value;
            _hasFailed = true;
            throw new InvalidOperationException("injected failure");
        }
    }
}
