// Windows, windowings and watermark strategies are values: equal if they mean the same, and refused if they mean nothing.
using System.Text.Json;
using FsCheck;
using FsCheck.Fluent;
using NUnit.Framework;

namespace StreamLinq.Tests.Language;

public sealed class TimeValueTests
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);
    private static readonly DateTimeOffset Start = DateTimeOffset.UnixEpoch;

    [Test]
    public void A_window_contains_exactly_what_is_not_before_its_start_and_before_its_end() => Prop.ForAll<int, byte, int>((start, size, time) =>
    {
        var window = new Window(Start.AddSeconds(start), Start.AddSeconds(start + size + 1L));
        return window.Contains(Start.AddSeconds(time)) == (time >= start && time - start < size + 1L) && window.Contains(window.LastInstant) && !window.Contains(window.End);
    }).QuickCheckThrowOnFailure();

    [Test]
    public void A_window_is_in_utc_and_equal_to_itself_elsewhere()
    {
        var window = new Window(Start.ToOffset(TimeSpan.FromHours(2)), Start.Add(Second));
        Assert.That(window, Is.EqualTo(new Window(Start, Start.Add(Second))));
        Assert.That(window.Start.Offset, Is.EqualTo(TimeSpan.Zero));
        Assert.That(window.Size, Is.EqualTo(Second));
    }

    [Test]
    public void A_window_survives_json()
    {
        var window = new Window(Start, Start.Add(Second));
        Assert.That(JsonSerializer.Deserialize<Window>(JsonSerializer.Serialize(window)), Is.EqualTo(window));
    }

    [Test]
    public void A_window_without_time_in_it_is_refused() => Assert.That(() => new Window(Start, Start), Throws.InstanceOf<ArgumentOutOfRangeException>());

    [Test]
    public void Windowings_of_one_meaning_are_equal() =>
        Assert.Multiple(() =>
        {
            Assert.That(Windowing.Tumbling(60 * Second), Is.EqualTo(Windowing.Tumbling(TimeSpan.FromMinutes(1))));
            Assert.That(Windowing.Hopping(Second, Second), Is.Not.EqualTo(Windowing.Tumbling(Second)));
            Assert.That(Windowing.CalendarDay(TimeZoneInfo.FindSystemTimeZoneById("UTC")), Is.EqualTo(Windowing.CalendarDay(TimeZoneInfo.Utc)));
        });

    [Test]
    public void Windowings_say_what_they_are() =>
        Assert.Multiple(() =>
        {
            Assert.That(Windowing.Tumbling(90 * Second).ToString(), Is.EqualTo("Tumbling(90 s)"));
            Assert.That(Windowing.Hopping(TimeSpan.FromMinutes(1), Second, -2 * Second).ToString(), Is.EqualTo("Hopping(1 min, 1 s, offset -2 s)"));
            Assert.That(Windowing.Cumulating(TimeSpan.FromDays(1), TimeSpan.FromHours(1)).ToString(), Is.EqualTo("Cumulating(1 d, 1 h)"));
            Assert.That(Windowing.Session(TimeSpan.FromMilliseconds(1500)).ToString(), Is.EqualTo("Session(1500 ms)"));
            Assert.That(Windowing.CalendarDay(TimeZoneInfo.Utc).ToString(), Is.EqualTo("CalendarDay(UTC)"));
        });

    [Test]
    public void Senseless_windowings_are_refused() =>
        Assert.Multiple(() =>
        {
            Assert.That(() => Windowing.Tumbling(TimeSpan.Zero), Throws.InstanceOf<ArgumentOutOfRangeException>());
            Assert.That(() => Windowing.Tumbling(TimeSpan.FromTicks(10_001)), Throws.InstanceOf<ArgumentOutOfRangeException>().With.Message.Contains("whole milliseconds"));
            Assert.That(() => Windowing.Tumbling(Second, TimeSpan.FromTicks(1)), Throws.InstanceOf<ArgumentOutOfRangeException>());
            Assert.That(() => Windowing.Hopping(Second, TimeSpan.Zero), Throws.InstanceOf<ArgumentOutOfRangeException>());
            Assert.That(() => Windowing.Hopping(Second, 2 * Second), Throws.InstanceOf<ArgumentOutOfRangeException>());
            Assert.That(() => Windowing.Cumulating(5 * Second, 2 * Second), Throws.InstanceOf<ArgumentOutOfRangeException>().With.Message.Contains("divide"));
            Assert.That(() => Windowing.Session(-Second), Throws.InstanceOf<ArgumentOutOfRangeException>());
            Assert.That(() => Windowing.CalendarDay(null!), Throws.ArgumentNullException);
        });

    [Test]
    public void Strategies_are_values_too()
    {
        var strategy = WatermarkStrategy.BoundedOutOfOrderness(Second).WithIdleness(2 * Second).WithMaxAhead(TimeSpan.MaxValue);
        Assert.Multiple(() =>
        {
            Assert.That(strategy, Is.EqualTo(new DelayedWatermarks(Second) { IdleTimeout = 2 * Second, MaxAhead = TimeSpan.MaxValue }));
            Assert.That(WatermarkStrategy.Monotonic, Is.EqualTo(WatermarkStrategy.BoundedOutOfOrderness(TimeSpan.Zero)));
            Assert.That(() => WatermarkStrategy.BoundedOutOfOrderness(-Second), Throws.InstanceOf<ArgumentOutOfRangeException>());
            Assert.That(() => strategy.WithIdleness(TimeSpan.Zero), Throws.InstanceOf<ArgumentOutOfRangeException>());
            Assert.That(() => strategy.WithMaxAhead(-Second), Throws.InstanceOf<ArgumentOutOfRangeException>());
            Assert.That(() => WatermarkStrategy.From<string>(null!), Throws.ArgumentNullException);
        });
    }

    [Test]
    public void A_generator_of_a_base_type_fits_and_one_of_other_rows_does_not()
    {
        var rows = new StreamQuery<string, AppendOnly>(System.Linq.Expressions.Expression.Constant(null, typeof(IStreamQueryable<string, AppendOnly>)));
        Assert.That(rows.WithEventTime(_ => Start, WatermarkStrategy.From<object>(() => new Silent<object>())), Is.Not.Null);
        Assert.That(() => rows.WithEventTime(_ => Start, WatermarkStrategy.From<int>(() => new Silent<int>())), Throws.ArgumentException.With.Message.Contains("rows of int, the stream has string"));
    }

    private sealed class Silent<T> : IWatermarkGenerator<T>
    {
        public void OnRow(T row, DateTimeOffset time) { }

        public Watermark OnEpochEnd(DateTimeOffset clock) => Watermark.Minimum;
    }
}
