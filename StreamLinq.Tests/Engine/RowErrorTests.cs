// A lambda that throws: the query fails and says where, or the row is left out and counted; state never keeps half a row.
using NUnit.Framework;

namespace StreamLinq.Tests.Engine;

[TestFixture]
public sealed class RowErrorTests
{
    private static readonly StreamingQueryOptions Skipping = new() { OnRowError = RowErrorPolicy.SkipAndCount };

    [Test]
    public async Task A_failing_lambda_names_query_operator_source_offset_and_epoch()
    {
        await using var test = new StreamTestHarness(options: new() { Name = "sixths" });
        var source = test.Source<int>("numbers");
        var output = await test.StartAsync(source.Rows.Where(v => v < 100).Select(v => 6 / v));
        await source.EpochAsync(1, 2);
        source.Add(3, 0, 6);
        var error = Assert.ThrowsAsync<StreamingQueryException>(test.RunEpochAsync)!;
        Assert.Multiple(() =>
        {
            Assert.That(error.Code, Is.EqualTo("SLQ2001"));
            Assert.That(error.InnerException, Is.InstanceOf<DivideByZeroException>());
            Assert.That(error.Message, Does.StartWith("SLQ2001: query 'sixths', epoch 1: Select(v => 6 / v) threw DivideByZeroException"));
            Assert.That(error.Message, Does.Contain("for row 2 of source 'numbers' (memory of int), partition '0' after offset 2"));
            Assert.That(error.Message, Does.Contain("OnRowError = RowErrorPolicy.SkipAndCount"));
            Assert.That(output.Result, Is.EqualTo([6, 3]));
            Assert.That(test.Query.Exception, Is.SameAs(error));
            Assert.That(test.Query.IsActive, Is.False);
        });
    }

    [Test]
    public async Task A_skipped_row_is_counted_and_leaves_nothing_behind()
    {
        await using var test = new StreamTestHarness(options: Skipping);
        var source = test.Source<string>();
        var output = await test.StartAsync(
            from line in source.Rows from word in line.Split(' ') group int.Parse(word) by word.Length into g select new { g.Key, N = g.Count(), Sum = g.Sum(i => i) }, OutputMode.Update);
        // The second line fails at its third word: its first two must not count.
        await source.EpochAsync("1 2 33", "4 5 x 6", "7");
        Assert.Multiple(() =>
        {
            Assert.That(output.Result.Select(r => (r.Key, r.N, r.Sum)), Is.EquivalentTo([(1, 3L, 10L), (2, 1L, 33L)]));
            Assert.That(test.Query.LastProgress!.RowErrors, Is.EqualTo(1));
        });
    }

    [Test]
    public async Task All_selectors_of_a_row_run_before_its_first_change_of_state()
    {
        await using var test = new StreamTestHarness(options: Skipping);
        var source = test.Source<int>();
        var output = await test.StartAsync(from v in source.Rows group v by v % 2 into g select new { g.Key, N = g.Count(), Sum = g.Sum(v => 12 / v), Most = g.Max(v => 100 / (v - 1)) }, OutputMode.Update);
        await source.EpochAsync(2, 0, 1, 4, 3);
        Assert.That(output.Result.Select(r => (r.Key, r.N, r.Sum, r.Most)), Is.EquivalentTo([(0, 2L, 9L, 100), (1, 1L, 4L, 50)]));
    }

    [Test]
    public async Task A_sum_that_overflows_fails_the_query_whatever_the_policy()
    {
        await using var test = new StreamTestHarness(options: Skipping);
        var source = test.Source<long>();
        await test.StartAsync(from v in source.Rows group v by 0 into g select new { Sum = g.Sum() }, OutputMode.Update);
        source.Add(long.MaxValue, 1);
        var error = Assert.ThrowsAsync<StreamingQueryException>(test.RunEpochAsync)!;
        Assert.That(error.Message, Does.StartWith("SLQ2002: ").And.Contain("OverflowException").And.Contain("use a wider type"));
    }

    [Test]
    public async Task An_error_above_a_group_names_the_group()
    {
        await using var test = new StreamTestHarness();
        var source = test.Source<int>();
        await test.StartAsync(from v in source.Rows group v by v into g select new { g.Key, Share = 10 / (g.Count() - 1) }, OutputMode.Update);
        source.Add(5);
        var error = Assert.ThrowsAsync<StreamingQueryException>(test.RunEpochAsync)!;
        Assert.That(error.Message, Does.Contain("threw DivideByZeroException").And.Contain("for row 1 of the changes of group-1"));
    }

    [Test]
    public async Task After_a_failure_the_epoch_runs_again_and_no_row_counts_twice()
    {
        await using var test = new StreamTestHarness();
        var source = test.Source<int>();
        var fail = new Switch();
        var output = await test.StartAsync(from v in source.Rows.Select(v => fail.Pass(v)) group v by v into g select new { g.Key, N = g.Count() }, OutputMode.Update);
        await source.EpochAsync(1, 2);
        fail.IsOn = true;
        source.Add(1, 2, 3, 4);
        Assert.ThrowsAsync<StreamingQueryException>(test.RunEpochAsync);
        fail.IsOn = false;
        await test.CrashAndRecoverAsync();
        await test.RunUntilIdleAsync();
        Assert.That(output.Result.Select(r => (r.Key, r.N)), Is.EquivalentTo([(1, 2L), (2, 2L), (3, 1L), (4, 1L)]));
    }

    private sealed class Switch
    {
        public bool IsOn { get; set; }

        public int Pass(int value) => IsOn && value == 4 ? throw new InvalidOperationException("injected") : value;
    }
}
