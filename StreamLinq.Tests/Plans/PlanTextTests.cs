// What the binder makes of queries, and what the rules make of that, as text: the plans are read in the diff of this file.
using NUnit.Framework;

namespace StreamLinq.Tests.Plans;

[TestFixture]
public sealed class PlanTextTests
{
    private sealed record Click(string User, string Country, int Amount, string[] Tags);

    private static readonly IStreamQueryable<Click, AppendOnly> Clicks = StreamSource.From(new MemorySource<Click>(), "clicks");

    private static void Logical(IStreamQueryable query, string expected) => Assert.That(query.Explain(), Is.EqualTo(expected.ReplaceLineEndings("\n")));

    private static void Optimized(IStreamQueryable query, string expected) => Assert.That(query.Explain(ExplainLevel.Optimized), Is.EqualTo(expected.ReplaceLineEndings("\n")));

    [Test]
    public void Transparent_identifiers_and_renames_leave_no_trace() => Logical(
        from c in Clicks
        let twice = c.Amount * 2
        from tag in c.Tags
        where tag.Length > 0 && twice > 4
        select new { c.User, Tag = tag, Twice = twice },
        """
        Stream of new { User = user, Tag = tag, Twice = twice }
          Project tag, twice, user = row.User
            Filter tag.Length > 0 && twice > 4
              Flatten tag in row.Tags
                Project row, twice = row.Amount * 2
                  Source clicks: memory of Click as row (Click)
        """);

    [Test]
    public void What_is_asked_of_a_group_is_computed_once() => Logical(
        from c in Clicks
        group c by new { c.Country, c.User } into g
        let n = g.Count()
        let big = g.Where(c => c.Amount > 10)
        where n > 1 && g.Count() < 100
        select new { g.Key.Country, Count = n, Big = big.Count(), Sum = big.Sum(c => c.Amount) },
        """
        Table by country, user of new { Country = country, Count = count, Big = count#2, Sum = sum }
          Filter count > 1 && count < 100
            Aggregate by country = row.Country, user = row.User: count = Count(), count#2 = Count() where row.Amount > 10, sum = Sum(row.Amount) where row.Amount > 10
              Source clicks: memory of Click as row (Click)
        """);

    [Test]
    public void A_captured_variable_is_a_constant()
    {
        var least = 3;
        string[] countries = ["NL", "BE"];
        Logical(
            Clicks.Where(c => c.Amount > least && countries.Contains(c.Country)).Select(c => c.User),
            """
            Stream of user
              Project user = row.User
                Filter row.Amount > 3 && ["NL", "BE"].Contains(row.Country)
                  Source clicks: memory of Click as row (Click)
            """);
    }

    [Test]
    public void A_group_of_a_group_reads_the_inner_groups_columns() => Logical(
        from c in Clicks
        group c.Amount by c.User into g
        select new { User = g.Key, Most = g.Max() } into top
        group top.Most by top.Most / 10 into g
        select new { Tens = g.Key, Users = g.Count(), Average = g.Average() },
        """
        Table by key of new { Tens = key, Users = count, Average = average }
          Aggregate by key = max / 10: count = Count(), average = Average(max)
            Aggregate by user = row.User: max = Max(row.Amount)
              Source clicks: memory of Click as row (Click)
        """);

    [Test]
    public void Merge_takes_rows_apart_where_both_are_made_alike() => Logical(
        Clicks.Select(c => new { c.User, N = c.Amount }).Merge(Clicks.Where(c => c.Amount < 0).Select(c => new { User = c.Country, N = -c.Amount })),
        """
        Stream of new { User = user#3, N = n#3 }
          Merge user#3, n#3
            Project user = row.User, n = row.Amount
              Source clicks: memory of Click as row (Click)
            Project user#2 = row.Country, n#2 = -row.Amount
              Filter row.Amount < 0
                Source clicks: memory of Click as row (Click)
        """);

    [Test]
    public void Distinct_of_a_stream_keeps_first_rows_and_of_a_table_is_a_group()
    {
        Logical(Clicks.DistinctBy(c => new { c.User, c.Country }).Named("seen"),
            """
            Stream of row
              Distinct by row.User, row.Country named 'seen'
                Source clicks: memory of Click as row (Click)
            """);
        Logical((from c in Clicks group c by c.User into g select new { Many = g.Count() > 1 }).Distinct(),
            """
            Table by many#2 of new { Many = many#2 }
              Aggregate by many#2 = many
                Project user, many = count > 1
                  Aggregate by user = row.User: count = Count()
                    Source clicks: memory of Click as row (Click)
            """);
    }

    [Test]
    public void A_top_n_is_an_array_that_is_gone_through_and_its_rank_is_a_key() => Logical(
        from c in Clicks
        group c by c.Country into g
        where g.Count() > 1
        from top in g.Where(c => c.Amount > 0).OrderByDescending(c => c.Amount).ThenBy(c => c.User).Take(3).Select((c, rank) => new { c.User, Rank = rank + 1 })
        select new { g.Key, top.User, top.Rank },
        """
        Table by country, rank#2 of new { Key = country, User = user, Rank = rank#2 }
          Project country, rank, user = item.User, rank#2 = rank + 1
            Flatten item, rank in rows
              Filter count > 1
                Aggregate by country = row.Country: count = Count(), rows = Rows(row) order by row.Amount descending, row.User take 3 where row.Amount > 0
                  Source clicks: memory of Click as row (Click)
        """);

    [Test]
    public void Rows_with_ties_are_numbered_to_tell_them_apart() => Optimized(
        from c in Clicks group c by 0 into all from c in all.OrderBy(c => c.Amount).TakeWithTies(1) select new { c.User, c.Amount },
        """
        Table by rank of new { User = user, Amount = amount }
          Project rank, user = c.User, amount = c.Amount
            Flatten c, rank in rows
              Aggregate by key = 0: rows = Rows(row) order by row.Amount take 1 with ties
                Source clicks: memory of Click as row (Click)
        """);

    [Test]
    public void First_of_an_order_is_asked_for_once() => Logical(
        from c in Clicks
        group c by c.User into g
        select new { g.Key, Most = g.MaxBy(c => c.Amount).Country, Again = g.OrderByDescending(c => c.Amount).First().Tags, Least = g.MinBy(c => c.Country), Three = g.OrderBy(c => c.Amount).Take(3).Sum(c => c.Amount), Sum = g.OrderBy(c => c.User).Sum(c => c.Amount) },
        """
        Table by user of new { Key = user, Most = most, Again = again, Least = minBy, Three = sum, Sum = sum#2 }
          Project user, minBy, sum, sum#2, most = maxBy.Country, again = maxBy.Tags
            Aggregate by user = row.User: maxBy = First(row) order by row.Amount descending, minBy = First(row) order by row.Country == null, row.Country, sum = Sum(row.Amount) order by row.Amount take 3, sum#2 = Sum(row.Amount)
              Source clicks: memory of Click as row (Click)
        """);

    [Test]
    public void An_order_is_the_root() => Logical(
        from c in Clicks group c by c.User into g orderby g.Count() descending, g.Key select new { g.Key, Sum = g.Sum(c => c.Amount) },
        """
        Table by user of new { Key = user, Sum = sum }
          Order by count descending, user
            Aggregate by user = row.User: count = Count(), sum = Sum(row.Amount)
              Source clicks: memory of Click as row (Click)
        """);

    [Test]
    public void A_condition_on_the_key_is_asked_before_grouping() => Optimized(
        from c in Clicks group c by c.Amount into g where g.Key > 3 where g.Count() > 1 select new { g.Key, N = g.Count() },
        """
        Table by amount of new { Key = amount, N = count }
          Filter count > 1
            Aggregate by amount = row.Amount: count = Count()
              Filter row.Amount > 3
                Source clicks: memory of Click as row (Click)
        """);

    [Test]
    public void A_condition_that_can_throw_stays_above_the_group() => Optimized(
        from c in Clicks group c by c.Amount into g where 12 / g.Key > 3 select new { g.Key },
        """
        Table by amount of new { Key = amount }
          Filter 12 / amount > 3
            Aggregate by amount = row.Amount
              Source clicks: memory of Click as row (Click)
        """);

    [Test]
    public void Filters_in_a_row_are_one() => Optimized(
        Clicks.Where(c => c.Amount > 1).Where(c => c.User != "bot").Select(c => c.Country),
        """
        Stream of country
          Project country = row.Country
            Filter row.Amount > 1 && row.User != "bot"
              Source clicks: memory of Click as row (Click)
        """);

    [Test]
    public void What_nobody_reads_is_not_computed() => Optimized(
        from x in Clicks.Select(c => new { c.User, Free = 1 + 2, Length = c.User.Length })
        group x by x.User into g
        let unused = g.Sum(x => x.Length)
        select new { g.Key, N = g.Count() },
        """
        Table by user#2 of new { Key = user#2, N = count }
          Aggregate by user#2 = user: count = Count()
            Project user = row.User, length = row.User.Length
              Source clicks: memory of Click as row (Click)
        """);

    [Test]
    public void The_bound_of_the_state_is_told()
    {
        Bound("state bounded by the number of keys", from c in Clicks group c by c.User into g select new { g.Key, A = g.MaxBy(c => c.Amount), B = g.OrderBy(c => c.Amount).Last(), C = g.Min(c => c.Amount) });
        Bound("state bounded by 3 rows per key", from c in Clicks group c by c.User into g from top in g.OrderBy(c => c.Amount).Take(3) select top);
        Bound("state bounded by 1 row per key and their ties", from c in Clicks group c by c.User into g from top in g.OrderBy(c => c.Amount).TakeWithTies(1) select top);
        Bound("state unbounded: all rows of a group are kept", from c in Clicks group c by c.User into g select new { g.Key, All = g.ToList() });
        Bound("state unbounded: all rows of a group are kept", from c in Clicks group c by c.User into g from row in g.OrderBy(c => c.Amount).Select((c, rank) => rank) select row);
        Bound("state unbounded: all different values of a group are kept", from c in Clicks group c by c.User into g select new { g.Key, N = g.CountDistinct(c => c.Country) });
        var perUser = from c in Clicks group c by c.User into g select new { g.Key, N = g.Count() };
        Bound("state unbounded: all rows of a group are kept", from u in perUser group u by u.N into g from row in g.OrderBy(u => u.Key).Take(1) select row);
        Bound("state unbounded: all different values of a group are kept", from u in perUser group u by 0 into g select new { N = g.Max(u => u.N) });
    }

    private static void Bound<T>(string expected, IStreamQueryable<T, Table> query) =>
        Assert.That(query.WriteTo(SinkOf.Rows(query), OutputMode.Changelog).Explain(), Does.Contain($"[{expected}]"));

    [Test]
    public void Stages_end_where_state_begins()
    {
        var query = from c in Clicks from tag in c.Tags where tag != "" group tag by tag into g where g.Count() > 1 select new { g.Key, N = g.Count() };
        Assert.That(query.WriteTo(SinkOf.Rows(query), OutputMode.Update).Explain(), Is.EqualTo("""
            Stage 1: source clicks (memory of Click) -> group-1
              Flatten tag in row.Tags
              Filter tag != ""
              Aggregate by tag#2 = tag: count = Count() [state bounded by the number of keys]
            Stage 2: changes of group-1 -> Update to memory [rows come and go]
              Filter count > 1
              Emit new { Key = tag#2, N = count }
            """.ReplaceLineEndings("\n")));
    }

    private sealed record Visit(string User, string Country, int Amount, DateTimeOffset At);

    private static readonly IStreamQueryable<Visit, Windowed> Minutes = StreamSource.From(new MemorySource<Visit>(), "visits").Where(v => v.Amount > 0)
        .WithEventTime(v => v.At, TimeSpan.FromSeconds(5)).Window(Windowing.Hopping(TimeSpan.FromMinutes(10), TimeSpan.FromMinutes(1))).GracePeriod(TimeSpan.FromSeconds(30));

    [Test]
    public void A_windowed_query_has_its_time_and_windows_as_columns() => Logical(
        from v in Minutes where v.Country != "XX" group v.Amount by v.User into g select new { User = g.Key, g.Window.Start, Sum = g.Sum() },
        """
        Stream of new { User = user, Start = start, Sum = sum }
          Project user, sum, time#2, start = window.Start
            Aggregate by user = row.User in window = Hopping(10 min, 1 min) on time, grace 30 s: sum = Sum(row.Amount)
              Filter row.Country != "XX"
                EventTime time = row.At, watermarks BoundedOutOfOrderness(5 s)
                  Filter row.Amount > 0
                    Source visits: memory of Visit as row (Visit)
        """);

    [Test]
    public void A_window_upon_a_window_keeps_it() => Logical(
        (from v in Minutes group v by v.User into g select new { g.Window, Count = g.Count() }).Window(c => c.Window).GroupBy(_ => 0).Select(g => new { g.Window.End, Most = g.Max(c => c.Count) }),
        """
        Stream of new { End = end, Most = max }
          Project max, time#3, end = window#2.End
            Aggregate by key = 0 in window#2 = the window window on time#2: max = Max(count)
              Aggregate by user = row.User in window = Hopping(10 min, 1 min) on time, grace 30 s: count = Count()
                EventTime time = row.At, watermarks BoundedOutOfOrderness(5 s)
                  Filter row.Amount > 0
                    Source visits: memory of Visit as row (Visit)
        """);

    [Test]
    public void Late_rows_are_read_where_the_window_is() => Logical(
        Minutes.Where(v => v.Country != "XX").LateRows().Select(v => v.User),
        """
        Stream of user
          Project user = row.User
            LateRows of Hopping(10 min, 1 min) on time, grace 30 s
              Filter row.Country != "XX"
                EventTime time = row.At, watermarks BoundedOutOfOrderness(5 s)
                  Filter row.Amount > 0
                    Source visits: memory of Visit as row (Visit)
        """);

    [Test]
    public void Sessions_calendar_days_and_the_clock_say_what_they_are()
    {
        var visits = StreamSource.From(new MemorySource<Visit>(), "visits");
        Logical(visits.WithProcessingTime().SessionWindow(v => TimeSpan.FromSeconds(v.Amount)).EmitOnUpdate().GroupBy(v => v.User).Select(g => g.Count()),
            """
            Table by user, window of count
              Aggregate by user = row.User in window = Session(gap) on time, shown while open: count = Count()
                Project row, time, gap = TimeSpan.FromSeconds(row.Amount)
                  EventTime time = the clock of the epoch
                    Source visits: memory of Visit as row (Visit)
            """);
        Logical(visits.WithEventTime(v => v.At, WatermarkStrategy.Monotonic).Window(Windowing.CalendarDay(TimeZoneInfo.Utc)).GroupBy(v => v.User).Select(g => g.Count()),
            """
            Stream of count
              Aggregate by user = row.User in window = CalendarDay(UTC) on time: count = Count()
                EventTime time = row.At, watermarks Monotonic
                  Source visits: memory of Visit as row (Visit)
            """);
    }
}

internal static class SinkOf
{
    /// <summary>A memory sink for rows of a query's anonymous type.</summary>
    internal static MemorySink<T> Rows<T>(IStreamQueryable<T> query) => new();
}
