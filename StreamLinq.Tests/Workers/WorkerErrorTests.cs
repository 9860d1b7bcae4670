// What fails on a worker fails the query with the words it has with one worker, and a query that has failed or was stopped leaves nothing running.
using NUnit.Framework;

namespace StreamLinq.Tests.Workers;

[TestFixture]
public sealed class WorkerErrorTests
{
    private const int Rows = 50_000;

    [TestCase(1)]
    [TestCase(2)]
    [TestCase(16)]
    public void An_overflow_fails_the_query_with_the_same_words(int workers)
    {
        var error = Fails(workers, RowErrorPolicy.SkipAndCount, rows => rows.GroupBy(n => n % 1000).Select(g => g.Sum(n => n == 777 ? decimal.MaxValue : 1) + g.Key));
        Assert.That(error.Message, Does.StartWith("SLQ2002: query 'query-1', epoch 0: an aggregate threw OverflowException").And.Contain("on a row of source 'source-1'"));
    }

    [TestCase(1)]
    [TestCase(2)]
    [TestCase(16)]
    public void A_lambda_that_throws_is_told_with_its_row(int workers)
    {
        var error = Fails(workers, RowErrorPolicy.Fail, rows => rows.GroupBy(n => n % 1000).Select(g => g.Sum(n => 1 / (n - 777L)) + g.Key));
        Assert.That(error.Message, Does.Contain("GroupBy(n => n % 1000) threw DivideByZeroException").And.Contain("for row 778 of source 'source-1'"));
    }

    // From the second epoch on rows of few groups are added up before the exchange.
    [TestCase(1)]
    [TestCase(2)]
    [TestCase(16)]
    public void What_fails_in_a_later_epoch_is_told_with_the_same_words(int workers)
    {
        var overflow = Fails(workers, RowErrorPolicy.SkipAndCount, rows => rows.GroupBy(n => n % 10).Select(g => g.Sum(n => n > 34_000 ? long.MaxValue / 4 : 1) + g.Key), rowsPerEpoch: 10_000);
        Assert.That(overflow.Message, Does.StartWith("SLQ2002: query 'query-1', epoch 3: an aggregate threw OverflowException").And.Contain("on a row of source 'source-1'"));
        var thrown = Fails(workers, RowErrorPolicy.Fail, rows => rows.GroupBy(n => n % 10).Select(g => g.Sum(n => 1 / (n - 34_777L)) + g.Key), rowsPerEpoch: 10_000);
        Assert.That(thrown.Message, Does.Contain("GroupBy(n => n % 10) threw DivideByZeroException").And.Contain("for row 4778 of source 'source-1'"));
    }

    [TestCase(1)]
    [TestCase(2)]
    [TestCase(16)]
    public void A_processor_that_throws_is_told_with_its_key_and_row(int workers)
    {
        var error = Fails(workers, RowErrorPolicy.Fail, rows => rows.Process(n => n % 1000, () => new Falls()));
        Assert.That(error.Message, Does.Contain("'777'").And.Contain("row 778 of source 'source-1'"));
    }

    [Test]
    public void A_processor_that_is_handed_out_twice_is_refused()
    {
        var one = new Falls();
        var error = Assert.ThrowsAsync<StreamLinqException>(() => RunAsync(2, RowErrorPolicy.Fail, rows => rows.Process(n => n, () => one)))!;
        Assert.That(error.Message, Does.StartWith("SLQ1016: the factory of the processor of 'process-1'").And.Contain("returned a processor that it has returned before: each worker needs one of its own."));
    }

    [Test]
    public void A_number_of_workers_below_one_is_refused()
    {
        Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => RunAsync(0, RowErrorPolicy.Fail, rows => rows.Distinct()));
    }

    private static StreamingQueryException Fails<T>(int workers, RowErrorPolicy onError, Func<IStreamQueryable<int, AppendOnly>, IStreamQueryable<T, Table>> query, int? rowsPerEpoch = null) =>
        Assert.ThrowsAsync<StreamingQueryException>(() => RunAsync(workers, onError, rows => query(rows).WriteTo(static (_, _) => ValueTask.CompletedTask, OutputMode.Changelog), rowsPerEpoch))!;

    private static StreamingQueryException Fails<T>(int workers, RowErrorPolicy onError, Func<IStreamQueryable<int, AppendOnly>, IStreamQueryable<T, AppendOnly>> query) =>
        Assert.ThrowsAsync<StreamingQueryException>(() => RunAsync(workers, onError, query))!;

    private static Task RunAsync<T>(int workers, RowErrorPolicy onError, Func<IStreamQueryable<int, AppendOnly>, IStreamQueryable<T, AppendOnly>> query) =>
        RunAsync(workers, onError, rows => query(rows).WriteTo(static (_, _) => ValueTask.CompletedTask));

    private static async Task RunAsync(int workers, RowErrorPolicy onError, Func<IStreamQueryable<int, AppendOnly>, StreamOutput> output, int? rowsPerEpoch = null)
    {
        await using var engine = new StreamEngine(new StreamEngineOptions { Workers = workers });
        var source = new MemorySource<int>();
        source.Add([.. Enumerable.Range(0, Rows)]);
        source.Complete();
        await engine.RunAsync(output(source.AsStreamQueryable()), new StreamingQueryOptions { OnRowError = onError, MaxRowsPerEpoch = rowsPerEpoch });
    }

    private sealed class Falls : StatefulProcessor<int, int, string>
    {
        public override void OnRow(int key, int row, IProcessContext<string> context)
        {
            if (row == 777) throw new InvalidOperationException("fell");
        }
    }
}
