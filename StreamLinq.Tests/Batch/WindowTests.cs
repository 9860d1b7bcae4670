// Event time and windows over finite rows: where windows lie, what sessions join, and whose time the results have.
using NUnit.Framework;

namespace StreamLinq.Tests.Batch;

public sealed class WindowTests
{
    private static readonly DateTimeOffset Epoch = DateTimeOffset.UnixEpoch;

    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    public sealed record Event(double At, string Key, int Value = 0)
    {
        public DateTimeOffset Time { get; } = Epoch.AddSeconds(At);
    }

    [Test]
    public void Tumbling_windows_floor_before_1970_and_an_offset_may_be_longer_than_the_window()
    {
        Assert.That(Windows(Windowing.Tumbling(10 * Second), [-0.001, -10, -10.001, 0, 9.999]), Is.EqualTo(["-20..-10 1", "-10..0 2", "0..10 2"]));
        Assert.That(Windows(Windowing.Tumbling(10 * Second, 23 * Second), [0, 3, -7]), Is.EqualTo(["-7..3 2", "3..13 1"]));
        Assert.That(Windows(Windowing.Tumbling(10 * Second, -23 * Second), [0, 7, -3]), Is.EqualTo(["-3..7 2", "7..17 1"]));
    }

    [Test]
    public void A_row_is_in_every_hopping_window_that_covers_it_also_where_the_hop_does_not_divide_the_size() =>
        Assert.That(Windows(Windowing.Hopping(10 * Second, 4 * Second), [0, 5]), Is.EqualTo(["-8..2 1", "-4..6 2", "0..10 2", "4..14 1"]));

    [Test]
    public void Cumulating_windows_share_a_start() =>
        Assert.That(Windows(Windowing.Cumulating(3 * Second, Second), [0.5, 2, -1]), Is.EqualTo(["-3..0 1", "0..1 1", "0..2 1", "0..3 2"]));

    [Test]
    public void Sessions_that_touch_are_one_and_a_late_comer_joins_two()
    {
        Assert.That(Windows(Windowing.Session(2 * Second), [0, 2, 4.001]), Is.EqualTo(["0..4 2", "4.001..6.001 1"]));
        Assert.That(Windows(Windowing.Session(2 * Second), [0, 4, 2]), Is.EqualTo(["0..6 3"]));
    }

    [Test]
    public void A_row_with_a_gap_of_its_own_holds_its_session_open_and_one_without_a_gap_is_dropped()
    {
        var query = Timed().SessionWindow(e => TimeSpan.FromSeconds((double)e.Value)).GroupBy(e => e.Key).Select(g => g.Key + Text(g.Window) + " " + g.Count());
        Assert.That(query.Over((Event[])[new(0, "a", 10), new(1, "a", 1), new(3, "b", 5), new(4, "a", 0), new(9, "a", 3), new(20, "a", -1)]).ToList(), Is.EqualTo(["b3..8 1", "a0..12 3"]));
    }

    [TestCase("Europe/Berlin", "2024-03-31T10:00Z", "2024-03-30T23:00Z", 23)]
    [TestCase("Europe/Berlin", "2024-10-27T22:59Z", "2024-10-26T22:00Z", 25)]
    [TestCase("America/Sao_Paulo", "2018-11-04T12:00Z", "2018-11-04T03:00Z", 23)]
    [TestCase("America/Sao_Paulo", "2018-11-04T02:59Z", "2018-11-03T03:00Z", 24)]
    [TestCase("America/St_Johns", "2010-11-07T03:00Z", "2010-11-07T02:30Z", 25)]
    [TestCase("Pacific/Apia", "2011-12-30T10:00Z", "2011-12-30T10:00Z", 24)]
    [TestCase("Pacific/Apia", "2011-12-30T09:59Z", "2011-12-29T10:00Z", 24)]
    [TestCase("UTC", "1969-12-31T23:59Z", "1969-12-31T00:00Z", 24)]
    public void A_calendar_day_is_as_long_as_it_is(string zone, string at, string start, int hours)
    {
        var day = Over([DateTimeOffset.Parse(at, null)], Windowing.CalendarDay(TimeZoneInfo.FindSystemTimeZoneById(zone))).Single();
        Assert.That(day.Start, Is.EqualTo(DateTimeOffset.Parse(start, null)));
        Assert.That(day.Size, Is.EqualTo(TimeSpan.FromHours(hours)));
    }

    [Test]
    public void Windows_beyond_the_years_1_to_9999_do_not_exist()
    {
        var (first, last) = (DateTimeOffset.MinValue, DateTimeOffset.MaxValue);
        Assert.That(Over([first], Windowing.Tumbling(TimeSpan.FromDays(1))), Is.EqualTo([new Window(first, first.AddDays(1))]));
        Assert.That(Over([first, last], Windowing.Tumbling(TimeSpan.FromDays(7))), Is.Empty);
        Assert.That(Over([first, last], Windowing.Tumbling(TimeSpan.FromMilliseconds(1), TimeSpan.MaxValue - TimeSpan.FromTicks(TimeSpan.MaxValue.Ticks % 10_000))), Is.EqualTo([new Window(first, first.AddMilliseconds(1))]));
        Assert.That(Over([first.AddHours(1)], Windowing.Hopping(TimeSpan.FromDays(1), TimeSpan.FromHours(12))), Is.EqualTo([new Window(first, first.AddDays(1))]));
        Assert.That(Over([last], Windowing.Session(Second)), Is.Empty);
        Assert.That(Over([last], Windowing.Cumulating(2 * Second, Second)), Is.Empty);
        Assert.That(Over([first, last], Windowing.CalendarDay(TimeZoneInfo.FindSystemTimeZoneById("Asia/Tokyo"))), Is.Empty);
        Assert.That(Over([first, last], Windowing.CalendarDay(TimeZoneInfo.FindSystemTimeZoneById("America/New_York"))), Is.Empty);
        Assert.That(Over([first, last], Windowing.CalendarDay(TimeZoneInfo.Utc)), Is.EqualTo([new Window(first, first.AddDays(1))]));
    }

    [Test]
    public void Windows_come_by_end_then_by_start_then_by_the_first_row_of_the_group()
    {
        var query = Timed().Window(Windowing.Cumulating(2 * Second, Second)).GroupBy(e => e.Key).Select(g => g.Key + Text(g.Window));
        Assert.That(query.Over((Event[])[new(3, "c"), new(1, "b"), new(0, "a"), new(1, "a")]).ToList(), Is.EqualTo(["a0..1", "b0..2", "a0..2", "c2..4"]));
    }

    [Test]
    public void A_window_on_windows_takes_the_window_its_rows_carry()
    {
        var counts = Timed().Window(Windowing.Hopping(10 * Second, 5 * Second)).GroupBy(e => e.Key).Select(g => new { g.Key, Num = g.Count(), g.Window });
        var hot = from c in counts.Window(c => c.Window)
                  group c by 0 into all
                  from c in all.OrderByDescending(c => c.Num).TakeWithTies(1)
                  select c.Key + c.Num + Text(c.Window);
        Assert.That(hot.Over((Event[])[new(0, "a"), new(1, "a"), new(2, "b"), new(7, "b")]).ToList(), Is.EqualTo(["a2-5..5", "a2" + "0..10", "b2" + "0..10", "b1" + "5..15"]));
    }

    [Test]
    public void The_result_of_a_window_has_its_last_instant_as_its_time()
    {
        var minutes = Timed().Window(Windowing.Tumbling(10 * Second)).GroupBy(e => 0).Select(g => g.Count()).Where(n => n > 0);
        var query = minutes.Window(Windowing.Tumbling(20 * Second)).GroupBy(n => 0).Select(g => Text(g.Window) + " " + g.Sum());
        Assert.That(query.Over((Event[])[new(19, "a"), new(20, "a"), new(5, "a")]).ToList(), Is.EqualTo(["0..20 2", "20..40 1"]));
    }

    [Test]
    public void First_and_Last_go_by_time_and_of_equal_times_by_arrival()
    {
        Event[] rows = [new(2, "a", 1), new(1, "a", 2), new(3, "a", 3), new(1, "a", 4), new(3, "a", 5)];
        Assert.That(Timed().GroupBy(e => e.Key).Select(g => g.First().Value * 10 + g.Last().Value).Over(rows).ToList(), Is.EqualTo([23]));
        Assert.That(Timed().Where(e => e.Value != 2).GroupBy(e => e.Key, e => e.Value).Select(g => g.First() * 100 + g.Where(v => v != 3).Last() * 10 + g.OrderBy(v => -v).First()).Over(rows).ToList(), Is.EqualTo([455]));
        Assert.That(Timed().Window(Windowing.Tumbling(10 * Second)).GroupBy(e => e.Key).Select(g => g.First().Value * 10 + g.Last().Value).Over(rows).ToList(), Is.EqualTo([23]));
        Assert.That(Timed().Window(Windowing.Tumbling(10 * Second)).GroupBy(e => e.Key).Select(g => string.Join(",", g.ToList().Select(e => e.Value))).Over(rows).ToList(), Is.EqualTo(["1,2,3,4,5"]));
        Assert.That(Timed().Unbounded().GroupBy(e => e.Key).Select(g => g.First().Value * 10 + g.Last().Value).Over(rows).ToList(), Is.EqualTo([15]));
        Assert.That(Timed().GroupBy(e => e.Key).Select(g => g.Where(e => e.Value > 9).First()).Over(rows).ToList(), Is.EqualTo(new Event?[] { null }));
    }

    [Test]
    public void Rows_keep_their_time_and_their_windows_through_other_operators()
    {
        var other = Rows.Of<Event>("other");
        var merged = Timed().Named("first").Merge(other.WithEventTime(e => e.Time, WatermarkStrategy.Monotonic)).Distinct().DistinctBy(e => e.Value)
            .SelectMany(e => Enumerable.Repeat(e.Value, 2)).SelectMany(v => new[] { v }, (v, same) => same).Where(v => v != 4).Select(v => v * 10);
        var windows = merged.Window(Windowing.Tumbling(10 * Second));
        var query = windows.Merge(windows.Where(v => v > 10)).Select(v => v + 1).SelectMany(v => new[] { v, v }).GroupBy(v => 0).Select(g => Text(g.Window) + " " + g.Sum());
        Event[] rows = [new(1, "a", 1), new(1, "a", 1), new(11, "b", 2), new(12, "c", 2)];
        Assert.That(query.Over(Rows1, rows).Over(other, [new(2, "x", 3), new(3, "y", 4)]).ToList(), Is.EqualTo([$"0..10 {4 * 11 + 8 * 31}", $"10..20 {8 * 21}"]));
    }

    [Test]
    public void Running_windows_are_the_same_rows_as_a_table_and_no_row_is_late()
    {
        var windows = Timed().Window(Windowing.Tumbling(10 * Second)).GracePeriod(Second);
        Event[] rows = [new(100, "a"), new(1, "a"), new(2, "b")];
        Assert.That(windows.EmitOnUpdate().Where(e => e.At > 1).GroupBy(e => e.Key, e => e.At).Select(g => Text(g.Window) + g.Key + g.Min()).OrderBy(text => text).Over(rows).ToList(), Is.EqualTo(["0..10b2", "100..110a100"]));
        Assert.That(windows.LateRows().Over(rows).ToList(), Is.Empty);
    }

    [Test]
    public void DistinctBy_within_goes_by_the_row_kept_and_repeats_do_not_extend_it()
    {
        Event[] rows = [new(10, "a", 1), new(14, "a", 2), new(14.999, "a", 3), new(3, "a", 4), new(15, "a", 5), new(16, "b", 6), new(19, "a", 7), new(21, "a", 8)];
        Assert.That(Timed().DistinctBy(e => e.Key, 5 * Second).Select(e => e.Value).Over(rows).ToList(), Is.EqualTo([1, 5, 6, 8]));
        Assert.That(Timed().DistinctBy(e => e.Key, TimeSpan.MaxValue).Select(e => e.Value).Over(rows).ToList(), Is.EqualTo([1, 6]));
        Assert.That(Timed().DistinctBy(e => (string?)null, 5 * Second).Window(Windowing.Tumbling(10 * Second)).GroupBy(e => 0).Select(g => Text(g.Window) + " " + g.Count()).Over(rows).ToList(), Is.EqualTo(["10..20 2", "20..30 1"]));
    }

    [Test]
    public void LatestBy_goes_by_time_and_of_equal_times_by_the_later_arrival()
    {
        Event[] rows = [new(2, "a", 1), new(5, "b", 2), new(3, "a", 3), new(3, "a", 4), new(1, "b", 5)];
        Assert.That(Timed().LatestBy(e => e.Key).Select(e => e.Value).Over(rows).ToList(), Is.EqualTo([4, 2]));
    }

    private static readonly IStreamQueryable<Event, AppendOnly> Rows1 = Rows.Of<Event>("events");

    private static IStreamQueryable<Event, EventTime> Timed() => Rows1.WithEventTime(e => e.Time, Second);

    private static string Text(Window window) => $"{(window.Start - Epoch).TotalSeconds}..{(window.End - Epoch).TotalSeconds}";

    private static IReadOnlyList<string> Windows(Windowing windowing, double[] times) =>
        Timed().Window(windowing).GroupBy(e => 0).Select(g => Text(g.Window) + " " + g.Count()).Over(times.Select(t => new Event(t, "a"))).ToList();

    private static IReadOnlyList<Window> Over(DateTimeOffset[] times, Windowing windowing) =>
        Rows.Of<DateTimeOffset>().WithEventTime(t => t, Second).Window(windowing).GroupBy(t => 0).Select(g => g.Window).Over(times).ToList();
}
