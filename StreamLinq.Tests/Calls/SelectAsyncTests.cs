// SelectAsync by example: which row has failed, what a time limit and further tries do, how a query stops while it asks, and what it says of its results.
using NUnit.Framework;

namespace StreamLinq.Tests.Calls;

[TestFixture]
public sealed class SelectAsyncTests
{
    [Test]
    public async Task A_call_that_fails_names_row_and_operator()
    {
        await using var harness = new StreamTestHarness(options: new StreamingQueryOptions { Name = "prices" });
        var source = harness.Source<int>("numbers");
        var output = await harness.StartAsync(source.Rows.SelectAsync((n, _) => n is 3 or 4 ? throw new IOException($"no {n}") : ValueTask.FromResult(n * 10), new AsyncOptions { Retries = 2 }));
        await source.EpochAsync(1);
        source.Add(2, 3, 4, 5);
        var error = Assert.ThrowsAsync<StreamingQueryException>(harness.RunEpochAsync)!;
        Assert.That(error.Message, Is.EqualTo("SLQ2007: query 'prices', epoch 1: SelectAsync(delegate, AsyncOptions) failed 3 times for row 2 of source 'numbers' (memory of int), partition '0' after offset 1: IOException ('no 3'). "
            + "Nothing of the epoch was committed; it runs again at the next start, and asks again. AsyncOptions.Retries makes a failed call again, and OnRowError = RowErrorPolicy.SkipAndCount leaves such rows out."));
        Assert.That(error.InnerException, Is.TypeOf<IOException>());
        Assert.That(output.Result, Is.EqualTo([10]));
    }

    [Test]
    public async Task The_first_row_that_fails_is_told_whichever_fails_first()
    {
        await using var harness = new StreamTestHarness();
        var source = harness.Source<int>("numbers");
        await harness.StartAsync(source.Rows.SelectAsync(async (n, _) =>
        {
            for (var wait = 20 - n; wait > 0; wait--) await Task.Yield();
            return n < 5 ? n : throw new IOException();
        }));
        source.Add([.. Enumerable.Range(1, 20)]);
        Assert.That(Assert.ThrowsAsync<StreamingQueryException>(harness.RunEpochAsync)!.Message, Does.Contain("failed for row 5 of source 'numbers'"));
    }

    [Test]
    public async Task Rows_that_fail_are_left_out_and_counted_where_the_query_says_so()
    {
        await using var harness = new StreamTestHarness(options: new StreamingQueryOptions { OnRowError = RowErrorPolicy.SkipAndCount });
        var source = harness.Source<int>();
        var service = new FlakyService { Failures = 1 };
        var output = await harness.StartAsync(source.Rows.SelectAsync((n, _) => service.AnswerAsync(n, n)).Select(n => 12 / (n - 2)));
        await source.EpochAsync(1, 2, 3, 4);
        Assert.That((output.Result.Count, output.Query.LastProgress!.RowErrors), Is.EqualTo((0, 4)));
        await source.EpochAsync(1, 2, 3, 4);
        Assert.That(output.Result, Is.EqualTo([-12, 12, 6]));
        Assert.That(output.Query.LastProgress!.RowErrors, Is.EqualTo(1));
    }

    [Test]
    public async Task A_call_has_its_time_and_is_made_again()
    {
        await using var harness = new StreamTestHarness();
        var source = harness.Source<int>();
        var tokens = new List<CancellationToken>();
        var output = await harness.StartAsync(source.Rows.SelectAsync(
            async (n, cancel) =>
            {
                tokens.Add(cancel);
                if (tokens.Count == 1) await Task.Delay(Timeout.Infinite, cancel);
                if (tokens.Count == 2) await new TaskCompletionSource().Task;
                return n;
            },
            new AsyncOptions { Timeout = TimeSpan.FromSeconds(5), Retries = 2 }));
        var epoch = source.EpochAsync(7);
        while (!epoch.IsCompleted)
        {
            harness.Advance(TimeSpan.FromSeconds(1));
            await Task.Delay(1);
        }

        await epoch;
        Assert.That(output.Result, Is.EqualTo([7]));
        Assert.That(tokens.Select(t => t.IsCancellationRequested), Is.EqualTo([true, true, false]));
    }

    [Test]
    public async Task A_call_without_an_answer_in_time_is_an_error_of_the_row()
    {
        await using var harness = new StreamTestHarness();
        var source = harness.Source<int>();
        await harness.StartAsync(source.Rows.SelectAsync(async (n, cancel) => { await Task.Delay(Timeout.Infinite, cancel); return n; }, new AsyncOptions { Timeout = TimeSpan.FromSeconds(5) }));
        var epoch = source.EpochAsync(7);
        while (!epoch.IsCompleted)
        {
            harness.Advance(TimeSpan.FromSeconds(1));
            await Task.Delay(1);
        }

        Assert.That(Assert.ThrowsAsync<StreamingQueryException>(() => epoch)!.Message, Does.StartWith("SLQ2007").And.Contain("for row 1 of").And.Contain("TimeoutException ('no answer within 5 s')"));
    }

    [Test]
    public async Task A_query_that_stops_does_not_wait_for_answers_and_asks_again_when_it_starts()
    {
        await using var harness = new StreamTestHarness();
        var source = harness.Source<int>();
        var (asked, answers) = (new TaskCompletionSource<CancellationToken>(), false);
        var output = await harness.StartAsync(source.Rows.SelectAsync(async (n, cancel) =>
        {
            if (n == 3 && !answers)
            {
                asked.TrySetResult(cancel);
                await Task.Delay(Timeout.Infinite, cancel);
            }

            return n;
        }, new AsyncOptions { Retries = 5 }));
        await source.EpochAsync(1);
        var epoch = source.EpochAsync(2, 3);
        var token = await asked.Task;
        await harness.Query.StopAsync(CancellationToken.None);
        Assert.That(token.IsCancellationRequested, Is.True);
        Assert.That(harness.Query.Exception, Is.Null);
        Assert.CatchAsync<OperationCanceledException>(() => epoch);
        Assert.That(output.Result, Is.EqualTo([1]));
        answers = true;
        await harness.CrashAndRecoverAsync();
        await harness.RunUntilIdleAsync();
        Assert.That(output.Result, Is.EqualTo([1, 2, 3]));
    }

    [Test]
    public async Task Many_rows_of_an_epoch_are_asked_for_a_number_at_a_time_and_keep_their_order()
    {
        await using var harness = new StreamTestHarness();
        var source = harness.Source<int>();
        var service = new FlakyService();
        var output = await harness.StartAsync(source.Rows.SelectAsync((n, _) => service.AnswerAsync(n, n), new AsyncOptions { MaxConcurrency = 8 }));
        await source.EpochAsync([.. Enumerable.Range(0, 10_000)]);
        Assert.That(output.Result, Is.EqualTo(Enumerable.Range(0, 10_000)));
        Assert.That(service.Most, Is.InRange(2, 8));
    }

    [Test]
    public async Task Answers_may_go_on_as_they_come()
    {
        await using var harness = new StreamTestHarness();
        var source = harness.Source<int>();
        var last = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var output = await harness.StartAsync(source.Rows.SelectAsync(async (n, _) =>
        {
            if (n == 3) last.SetResult();
            else if (n == 1) await last.Task;
            return n;
        }, new AsyncOptions { Ordered = false, MaxConcurrency = 2 }));
        await source.EpochAsync(1, 2, 3);
        Assert.That(output.Result, Is.EquivalentTo([1, 2, 3]));
        Assert.That(output.Result[0], Is.EqualTo(2));
    }

    [Test]
    public async Task Exactly_once_takes_a_sink_that_shows_nothing_before_the_epoch_is_committed()
    {
        await using var harness = new StreamTestHarness();
        await harness.StartAsync(harness.Source<int>().Rows.SelectAsync((n, _) => ValueTask.FromResult(n)).WriteTo(new TransactionalSink()));
        Assert.That(harness.Query.Delivery, Is.EqualTo(DeliveryGuarantee.ExactlyOnce));
    }

    private sealed class TransactionalSink : IStreamSink<int>
    {
        private readonly MemorySink<int> _rows = new();

        public string Description => "transactions";

        public SinkFeatures Features => SinkFeatures.Transactional;

        public ValueTask<IStreamSinkWriter<int>> OpenAsync(SinkContext context, CancellationToken cancellationToken) => _rows.OpenAsync(context, cancellationToken);
    }

    [Test]
    public async Task Explain_says_what_a_replay_gives_and_promises_less()
    {
        await using var harness = new StreamTestHarness();
        var source = harness.Source<int>("numbers");
        var query = source.Rows.SelectAsync((n, _) => ValueTask.FromResult($"{n}")).Named("texts");
        await harness.StartAsync(query);
        Assert.That(query.Explain(ExplainLevel.Physical), Is.EqualTo("""
            Stage 1: source numbers (memory of int) -> texts
              Call value: row (string), 16 at once, in order named 'texts' [no state: an epoch that runs again asks again, and gives the same where the answers are the same]
            Stage 2: changes of texts -> result
              Emit row
            """));
        Assert.That(harness.Query.Explain(), Does.Contain("Delivery: AtLeastOnce, and the rows of an epoch that runs again are the same where calls elsewhere give the same answers"));
        Assert.That(harness.Query.Delivery, Is.EqualTo(DeliveryGuarantee.AtLeastOnce));
    }
}
