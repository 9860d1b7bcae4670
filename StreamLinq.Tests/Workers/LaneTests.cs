// A lane does one thing after the other, whoever's thread it is; what fails is told once, and it is what one worker would have met first.
using NUnit.Framework;
using StreamLinq.Embedded;

namespace StreamLinq.Tests.Workers;

[TestFixture]
public sealed class LaneTests
{
    private Lanes? _lanes;

    [TearDown]
    public void TearDown() => _lanes?.Stop();

    private Lanes Lanes(int count) => _lanes = new Lanes(count, new StageContext { OnRowError = RowErrorPolicy.Fail });

    [Test]
    public void Each_lane_does_everything_in_the_order_it_was_given([Values(true, false)] bool begins)
    {
        var lanes = Lanes(3);
        var done = new List<int>[3];
        for (var lane = 0; lane < 3; lane++) done[lane] = [];
        for (var i = 0; i < 10_000; i++)
        {
            var (lane, number) = (i % 3, i);
            lanes.Post(lane, new Work(() => done[lane].Add(number)), begins);
            if (i % 1000 == 999) lanes.Finish();
        }

        lanes.Finish();
        for (var lane = 0; lane < 3; lane++) Assert.That(done[lane], Is.EqualTo(Enumerable.Range(0, 10_000).Where(i => i % 3 == lane)));
    }

    [Test]
    public void A_lane_that_falls_behind_holds_up_whoever_gives_it_work()
    {
        var lanes = Lanes(2);
        int given = 0, done = 0, most = 0;
        for (; given < 200; given++)
        {
            most = Math.Max(most, given - Volatile.Read(ref done));
            lanes.Post(1, new Work(() => Interlocked.Increment(ref done)), begins: true);
        }

        lanes.Finish();
        Assert.That(done, Is.EqualTo(200));
        Assert.That(most, Is.LessThan(16));
    }

    [Test]
    public void Of_several_failures_the_one_at_the_earliest_row_is_told()
    {
        var lanes = Lanes(3);
        lanes.Post(0, new Work(() => throw new InvalidOperationException("of row 20"), at: 20), begins: false);
        lanes.Post(1, new Work(() => throw new InvalidOperationException("of row 7"), at: 7), begins: false);
        lanes.Post(2, new Work(() => { }), begins: false);
        Assert.That(lanes.Finish, Throws.InvalidOperationException.With.Message.EqualTo("of row 7"));
    }

    [Test]
    public void A_lane_that_has_failed_does_nothing_more()
    {
        var lanes = Lanes(2);
        var done = 0;
        lanes.Post(1, new Work(() => throw new InvalidOperationException("failed")), begins: false);
        lanes.Post(1, new Work(() => done++), begins: false);
        Assert.That(lanes.Finish, Throws.InvalidOperationException);
        Assert.That(done, Is.Zero);
    }

    [Test]
    public void A_stop_forgets_what_has_not_begun()
    {
        var lanes = Lanes(2);
        var done = 0;
        lanes.Post(0, new Work(() => done++), begins: false);
        lanes.Stop();
        Assert.That(done, Is.Zero);
        lanes.Finish();
        Assert.That(done, Is.Zero);
    }

    [Test]
    public void Row_errors_of_all_lanes_are_counted_together()
    {
        var context = new StageContext();
        var lanes = _lanes = new Lanes(2, context);
        lanes.ForEach(atOnce: false, lane =>
        {
            lanes[lane].Context.RowErrors += lane + 1;
            lanes[lane].Context.FirstRowError = new InvalidOperationException($"of lane {lane}");
        });
        Assert.That(context.RowErrors, Is.EqualTo(3));
        Assert.That(context.FirstRowError!.Message, Is.EqualTo("of lane 0"));
        lanes.ForEach(atOnce: true, _ => { });
        Assert.That(context.RowErrors, Is.EqualTo(3), "they are counted once");
    }

    private sealed class Work(Action action, long at = 0) : ILaneWork
    {
        public long At => at;

        public void Run() => action();
    }
}
