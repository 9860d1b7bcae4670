// Several partitions and several inputs: the least of them counts; one that has not spoken holds back, one that is idle or has ended does not.
using NUnit.Framework;
using static StreamLinq.Tests.Time.Reading;

namespace StreamLinq.Tests.Time;

[TestFixture]
public sealed class InputWatermarkTests
{
    private static IStreamQueryable<Reading, EventTime> Timed(PartitionedSource<Reading> source, string name = "rows") =>
        StreamSource.From(source, name).WithEventTime(r => r.Time, TimeSpan.Zero);

    [Test]
    public async Task The_slowest_partition_counts()
    {
        await using var harness = new StreamTestHarness();
        var source = new PartitionedSource<Reading>("p", "q");
        var output = await harness.StartAsync(Tens(Timed(source)));
        source.Add("p", new Reading(35));
        await harness.RunUntilIdleAsync();
        Assert.That(output.Watermark, Is.Null, "q has not spoken");
        source.Add("q", new Reading(5), new Reading(12));
        await harness.RunUntilIdleAsync();
        Assert.That(output.Watermark, Is.EqualTo(Seconds(12)));
        Assert.That(output.Result, Is.EqualTo(new[] { (0.0, 1L) }));
        source.Add("q", new Reading(31));
        await harness.RunUntilIdleAsync();
        Assert.That(output.Result.Skip(1), Is.EqualTo(new[] { (10.0, 1L) }));
    }

    [Test]
    public async Task A_new_partition_holds_back_what_has_not_passed_yet()
    {
        await using var harness = new StreamTestHarness();
        var source = new PartitionedSource<Reading>("p");
        var output = await harness.StartAsync(Tens(Timed(source)));
        source.Add("p", new Reading(15));
        await harness.RunUntilIdleAsync();
        source.Add("q", new Reading(11));
        source.Add("p", new Reading(50));
        await harness.RunUntilIdleAsync();
        Assert.That(output.Watermark, Is.EqualTo(Seconds(15)), "never falls");
        Assert.That(output.Result, Is.Empty);
        source.Add("q", new Reading(40));
        await harness.RunUntilIdleAsync();
        Assert.That(output.Result, Is.EqualTo(new[] { (10.0, 2L) }));
    }

    [Test]
    public async Task An_idle_partition_leaves_the_minimum_and_comes_back()
    {
        await using var harness = new StreamTestHarness();
        var source = new PartitionedSource<Reading>("p", "q");
        var output = await harness.StartAsync(Tens(Timed(source)));
        source.Add("p", new Reading(35));
        source.Add("q", new Reading(5));
        await harness.RunUntilIdleAsync();
        harness.Advance(59 * Second);
        source.Add("p", new Reading(36));
        await harness.RunUntilIdleAsync();
        Assert.That(output.Watermark, Is.EqualTo(Seconds(5)));
        harness.Advance(Second);
        await harness.RunUntilIdleAsync();
        Assert.That(output.Watermark, Is.EqualTo(Seconds(36)));
        Assert.That(output.Result, Is.EqualTo(new[] { (0.0, 1L) }));
        source.Add("q", new Reading(7), new Reading(37));
        await harness.RunUntilIdleAsync();
        Assert.That(output.Query.RecentProgress.Sum(p => p.LateRows), Is.EqualTo(1));
        source.Add("p", new Reading(90));
        await harness.RunUntilIdleAsync();
        Assert.That(output.Watermark, Is.EqualTo(Seconds(37)), "q holds back again");
    }

    [Test]
    public async Task A_partition_that_never_spoke_leaves_the_minimum_too()
    {
        await using var harness = new StreamTestHarness();
        var source = new PartitionedSource<Reading>("p", "q");
        var output = await harness.StartAsync(Tens(Timed(source)));
        source.Add("p", new Reading(35));
        await harness.RunUntilIdleAsync();
        harness.Advance(Minute);
        source.Add("p", new Reading(36));
        await harness.RunUntilIdleAsync();
        Assert.That(output.Watermark, Is.EqualTo(Seconds(36)));
    }

    [Test]
    public async Task A_partition_with_unread_rows_is_never_idle()
    {
        await using var harness = new StreamTestHarness(options: new StreamingQueryOptions { MaxRowsPerEpoch = 1 });
        var source = new PartitionedSource<Reading>("p", "q");
        var output = await harness.StartAsync(Tens(Timed(source)));
        source.Add("p", new(5), new(25), new(45), new(65));
        source.Add("q", new Reading(3));
        for (var i = 0; i < 4; i++)
        {
            await harness.RunEpochAsync();
            harness.Advance(2 * Minute);
        }

        Assert.That(output.Watermark, Is.Null);
        await harness.RunUntilIdleAsync();
        Assert.That(output.Query.RecentProgress.Sum(p => p.LateRows), Is.Zero);
        await harness.DrainAsync();
        Assert.That(output.Result[0], Is.EqualTo((0.0, 2L)));
    }

    [Test]
    public async Task When_all_are_idle_nothing_moves()
    {
        await using var harness = new StreamTestHarness();
        var source = new PartitionedSource<Reading>("p", "q");
        var output = await harness.StartAsync(Tens(Timed(source)));
        source.Add("p", new Reading(35));
        source.Add("q", new Reading(5));
        await harness.RunUntilIdleAsync();
        harness.Advance(10 * Minute);
        await harness.RunUntilIdleAsync();
        Assert.That(output.Watermark, Is.EqualTo(Seconds(5)));
        Assert.That(output.Result, Is.Empty);
    }

    [Test]
    public async Task Inputs_that_are_merged_before_they_have_a_time_count_like_partitions()
    {
        await using var harness = new StreamTestHarness();
        var (left, right) = (harness.Source<Reading>("left"), harness.Source<Reading>("right"));
        var output = await harness.StartAsync(Tens(left.Rows.Merge(right.Rows).WithEventTime(r => r.Time, TimeSpan.Zero)));
        await OfTwoInputs(harness, output, left, right);
    }

    [Test]
    public async Task Inputs_that_are_merged_when_they_have_a_time_count_like_partitions()
    {
        await using var harness = new StreamTestHarness();
        var (left, right) = (harness.Source<Reading>("left"), harness.Source<Reading>("right"));
        var output = await harness.StartAsync(Tens(left.Rows.WithEventTime(r => r.Time, TimeSpan.Zero).Merge(right.Rows.WithEventTime(r => r.Time, TimeSpan.Zero))));
        await OfTwoInputs(harness, output, left, right);
    }

    private static async Task OfTwoInputs(StreamTestHarness harness, TestOutput<(double Start, long Count)> output, TestSource<Reading> left, TestSource<Reading> right)
    {
        left.Add(new(5), new(35));
        await harness.RunUntilIdleAsync();
        Assert.That(output.Result, Is.Empty, "right has not spoken");
        right.Add(new Reading(12));
        await harness.RunUntilIdleAsync();
        Assert.That(output.Result, Is.EqualTo(new[] { (0.0, 1L) }));
        harness.Advance(Minute);
        left.Add(new Reading(36));
        await harness.RunUntilIdleAsync();
        Assert.That(output.Result.Skip(1), Is.EqualTo(new[] { (10.0, 1L) }), "right is idle");
        right.Add(new(13), new(36));        // the first is late
        await harness.RunUntilIdleAsync();
        left.Add(new Reading(70));
        await harness.RunUntilIdleAsync();
        Assert.That(output.Result, Has.Count.EqualTo(2), "right is back");
        Assert.That(output.Query.RecentProgress.Sum(p => p.LateRows), Is.EqualTo(1));
        await harness.CrashAndRecoverAsync();
        right.Add(new Reading(14));
        await harness.RunUntilIdleAsync();
        Assert.That(output.Query.RecentProgress.Sum(p => p.LateRows), Is.EqualTo(1), "what had passed has passed after a restart as well");
        await right.CompleteAsync();
        Assert.That(output.Result.Skip(2), Is.EqualTo(new[] { (30.0, 3L) }), "an input that has ended holds nothing back");
        await left.CompleteAsync();
        Assert.That(output.Result.Skip(3), Is.EqualTo(new[] { (70.0, 1L) }));
    }

    [Test]
    public async Task Rows_that_went_through_distinct_are_of_the_partition_they_came_from()
    {
        await using var harness = new StreamTestHarness();
        var (a, b) = (harness.Source<Reading>("a"), harness.Source<Reading>("b"));
        var output = await harness.StartAsync(Tens(b.Rows.Merge(a.Rows.DistinctBy(r => r.Value)).WithEventTime(r => r.Time, TimeSpan.Zero)));
        b.Add(new Reading(5));
        a.Add(new Reading(35, Value: 1));
        await harness.RunUntilIdleAsync();
        Assert.That(output.Watermark, Is.EqualTo(Seconds(5)));
        b.Add(new Reading(6));
        a.Add(new Reading(55, Value: 2));
        await harness.RunUntilIdleAsync();
        Assert.That(output.Watermark, Is.EqualTo(Seconds(6)));
        b.Add(new Reading(50));
        await harness.RunUntilIdleAsync();
        Assert.That(output.Watermark, Is.EqualTo(Seconds(50)));
    }

    [Test]
    public async Task Rows_of_a_processor_move_the_watermark_at_once()
    {
        await using var harness = new StreamTestHarness();
        var source = new PartitionedSource<Reading>("p", "q");
        var output = await harness.StartAsync(Tens(StreamSource.From(source, "rows").Process(r => r.Name, () => new Same()).WithEventTime(r => r.Time, TimeSpan.Zero)));
        source.Add("p", new(5), new(15));
        await harness.RunUntilIdleAsync();
        Assert.That(output.Watermark, Is.EqualTo(Seconds(15)));
    }

    private sealed class Same : StatefulProcessor<string, Reading, Reading>
    {
        public override void OnRow(string key, Reading row, IProcessContext<Reading> context) => context.Emit(row);
    }
}
