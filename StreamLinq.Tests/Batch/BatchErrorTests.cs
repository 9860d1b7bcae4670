// What the batch provider refuses, and that its words say what to do.
using NUnit.Framework;

namespace StreamLinq.Tests.Batch;

public sealed class BatchErrorTests
{
    private static readonly IStreamQueryable<int, AppendOnly> First = Rows.Of<int>("first");
    private static readonly IStreamQueryable<int, AppendOnly> Second = Rows.Of<int>("second");

    [Test]
    public void Rows_of_a_type_no_source_has_are_refused() =>
        Assert.That(() => First.Over(["a"]), Refused("SLQ1015: the query has no source of String; its sources are 'first' of Int32. Give rows of that type."));

    [Test]
    public void Rows_for_one_of_two_sources_need_its_name() =>
        Assert.That(() => First.Merge(Second).Over([1]), Refused("SLQ1015: the query has 2 sources of Int32: 'first' of Int32, 'second' of Int32. Say which with Over(source, rows)."));

    [Test]
    public void A_source_the_query_does_not_read_is_refused() =>
        Assert.That(() => First.Over(Second, [1]), Refused("SLQ1015: the query does not read 'second' of Int32; its sources are 'first' of Int32. Pass one of them."));

    [Test]
    public void A_query_in_place_of_a_source_is_refused() =>
        Assert.That(() => First.Over(First.Where(x => x > 1), [1]), Refused("SLQ1015: Over takes a source as AsStreamQueryable gave it, not a query made of it. Keep the source in a variable and pass that."));

    [Test]
    public void A_source_without_rows_is_named() =>
        Assert.That(() => First.Merge(Second).Over(First, [1]).ToList(), Refused("SLQ1015: no rows were given for 'second' of Int32. Add Over(source, rows) for each."));

    [Test]
    public void Rows_given_twice_are_refused() =>
        Assert.That(() => First.Over([1]).Over(First, [2]), Refused("SLQ1015: the rows of 'first' of Int32 were given already. Give the rows of each source once."));

    [Test]
    public void One_source_object_is_one_source()
    {
        var source = new RowsSource<int>();
        var query = source.AsStreamQueryable("a").Merge(source.AsStreamQueryable("b"));
        Assert.That(query.Over([1]).ToList(), Is.EqualTo([1, 1]));
        Assert.That(query.Over(source.AsStreamQueryable(), [1]).ToList(), Is.EqualTo([1, 1]));
    }

    [Test]
    public void Rows_of_a_derived_type_serve_a_source_of_its_base() =>
        Assert.That(Rows.Of<object>().Select(o => o.ToString()).Over(new List<string> { "a" }).ToList(), Is.EqualTo(["a"]));

    [Test]
    public void ThenBy_after_a_Select_is_refused() =>
        Assert.That(() => First.Unbounded().OrderBy(x => x).Select(x => x + 1).ThenBy(x => x).Over([1]).ToList(),
            Refused("SLQ1009: ThenBy must come before a Select: its rows no longer hold what they were ordered by. Put ThenBy directly behind OrderBy."));

    [Test]
    public void A_cut_of_a_group_to_no_rows_is_refused()
    {
        Assert.That(() => First.GroupBy(x => 0).SelectMany(g => g.OrderBy(x => x).Take(0), (_, x) => x).Over([1]).ToList(), Throws.TypeOf<ArgumentOutOfRangeException>());
        Assert.That(() => First.GroupBy(x => 0).SelectMany(g => g.OrderBy(x => x).TakeWithTies(-1), (_, x) => x).Over([1]).ToList(), Throws.TypeOf<ArgumentOutOfRangeException>());
    }

    [Test]
    public void Operators_not_run_yet_are_named()
    {
        NotRun(First.WithEventTime(x => DateTimeOffset.UnixEpoch, TimeSpan.Zero).Match(x => x, rows => rows, match => match.Key).Over([1]), "Match");

        static void NotRun<T>(BatchQuery<T> query, string name) =>
            Assert.That(query.ToList, Throws.TypeOf<QueryTranslationException>().With.Message.EqualTo($"SLQ1100: {name} is part of the language but not run by this version yet: leave it out, or use a version that runs it."));
    }

    [Test]
    public void What_needs_the_time_of_a_row_is_refused_over_the_clock()
    {
        var clocked = First.WithProcessingTime();
        var timed = Second.WithEventTime(x => DateTimeOffset.UnixEpoch, TimeSpan.Zero);
        NoClock(clocked.Window(Windowing.Tumbling(TimeSpan.FromMinutes(1))).GroupBy(x => x).Select(g => g.Count()).Over([1]), "Window");
        NoClock(clocked.Where(x => x > 0).Named("kept").SessionWindow(x => TimeSpan.FromMinutes(x)).EmitOnUpdate().GroupBy(x => x).Select(g => g.Count()).Over([1]), "SessionWindow");
        NoClock(timed.Merge(clocked).DistinctBy(x => x, TimeSpan.FromMinutes(1)).Over(First, [1]).Over(Second, [1]), "DistinctBy");
        NoClock(clocked.LatestBy(x => x).Over([1]), "LatestBy");
        Assert.That(clocked.WithEventTime(x => DateTimeOffset.UnixEpoch, TimeSpan.Zero).LatestBy(x => x).Over([1]).ToList(), Is.EqualTo([1]));

        static void NoClock<T>(BatchQuery<T> query, string name) => Assert.That(query.ToList, Throws.TypeOf<QueryTranslationException>().With.Message.EqualTo(
            $"SLQ1100: {name} needs the time of each row, and a batch has no clock to take the time of WithProcessingTime from: give the rows a time with WithEventTime, or test the query with StreamTestHarness, which has a clock."));
    }

    [Test]
    public void Null_arguments_are_refused()
    {
        Assert.That(() => First.Over<int, int>(null!), Throws.ArgumentNullException);
        Assert.That(() => First.Over(null!, [1]), Throws.ArgumentNullException);
        Assert.That(() => First.Over([1]).Over<int>(null!, []), Throws.ArgumentNullException);
    }

    private static NUnit.Framework.Constraints.Constraint Refused(string message) => Throws.TypeOf<StreamLinqException>().With.Message.EqualTo(message);
}
