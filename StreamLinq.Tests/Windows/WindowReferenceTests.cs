// The reference itself, on cases worked out by hand: what is late, what closes when, and what sessions do at their ends.
using NUnit.Framework;

namespace StreamLinq.Tests.Windows;

[TestFixture]
public sealed class WindowReferenceTests
{
    [Test]
    public void A_window_closes_after_the_epoch_that_moved_the_watermark_to_its_end()
    {
        var reference = Of(new(WindowKind.Tumbling, 10_000, 0, 0, null), delay: 5);
        Assert.That(Run(reference, 0, 9.999, 25), Is.EqualTo(["0..10 2"]));
        Assert.That(Run(reference, 29.999), Is.Empty);
        Assert.That(Run(reference, 35), Is.EqualTo(["20..30 2"]));
        Assert.That(End(reference).Select(Text), Is.EqualTo(["30..40 1"]));
    }

    [Test]
    public void Rows_of_an_epoch_are_not_late_for_each_other_but_for_the_next()
    {
        var reference = Of(new(WindowKind.Tumbling, 10_000, 0, 0, null), delay: 0);
        Assert.That(Run(reference, 100, 1), Is.EqualTo(["0..10 1"]));
        Assert.That(Run(reference, 99.999, 100), Is.Empty);
        Assert.That(reference.LateRows.Select(r => r.Id), Is.EqualTo([3]));
        Assert.That(reference.WindowsMissed, Is.EqualTo(1));
    }

    [Test]
    public void Grace_lets_rows_in_and_results_out_later()
    {
        var reference = Of(new(WindowKind.Tumbling, 10_000, 0, 0, null), delay: 0, grace: 5);
        Assert.That(Run(reference, 1, 14.999), Is.Empty);
        Assert.That(Run(reference, 2, 15), Is.EqualTo(["0..10 2"]));
        Assert.That(Run(reference, 3), Is.Empty);
        Assert.That(reference.LateRows.Select(r => r.Id), Is.EqualTo([5]));
    }

    [Test]
    public void A_row_may_be_late_for_one_hopping_window_and_not_for_the_next()
    {
        var reference = Of(new(WindowKind.Hopping, 10_000, 5000, 0, null), delay: 0);
        Run(reference, 10);
        Assert.That(Run(reference, 9, 4), Is.Empty);
        Assert.That(reference.WindowsMissed, Is.EqualTo(3));
        Assert.That(reference.LateRows.Select(r => r.Id), Is.EqualTo([3]));
        Assert.That(End(reference).Select(Text).Order(StringComparer.Ordinal), Is.EqualTo(["10..20 1", "5..15 2"]));
    }

    [Test]
    public void A_row_is_judged_by_its_own_part_of_a_session()
    {
        var reference = Of(new(WindowKind.Session, 5000, 0, 0, null), delay: 0);
        Run(reference, 14, 18, 20);
        Assert.That(Run(reference, 15, 15.001), Is.Empty);
        Assert.That(reference.LateRows.Select(r => r.Id), Is.EqualTo([4]));
        Assert.That(End(reference).Select(Text), Is.EqualTo(["14..25 4"]));
    }

    [Test]
    public void A_row_in_the_range_of_a_closed_session_opens_a_new_one()
    {
        var reference = Of(new(WindowKind.RowSession, 0, 0, 0, null), delay: 0);
        Assert.That(Feed(reference, Row(1, 0, gap: 10), Row(2, 11, gap: 0)).Select(Text), Is.EqualTo(["0..10 1"]));
        Assert.That(Feed(reference, Row(3, 8, gap: 5), Row(4, 8, gap: 3)), Is.Empty);
        Assert.That(reference.LateRows.Select(r => r.Id), Is.EqualTo([4]));
        Assert.That(End(reference).Select(Text), Is.EqualTo(["8..13 1"]));
        Assert.That(reference.Table().Values.Select(Text), Is.EqualTo(["0..10 1", "8..13 1"]));
    }

    [Test]
    public void The_watermark_is_rounded_down_to_milliseconds_also_before_1970()
    {
        var reference = Of(new(WindowKind.Session, 1, 0, 0, null), delay: 0);
        Assert.That(Run(reference, -10.0005, -9.9990001), Is.Empty, "the watermark is -10 s, and the first session ends at -9.9995 s");
        Assert.That(Run(reference, -9.998), Is.EqualTo(["-10.0005..-9.9995 1", "-9.9990001..-9.9980001 1"]));
    }

    [Test]
    public void Of_two_epochs_with_rows_the_second_has_the_watermark_of_the_first_for_what_is_late()
    {
        var reference = Of(new(WindowKind.Tumbling, 10_000, 0, 0, null), delay: 0);
        Assert.That(_epochs.After([Row(1, 1, 0), Row(2, 12, 0)], untilIdle: false).SelectMany(reference.Run), Is.Empty);
        Assert.That(_epochs.After([Row(3, 2, 0)], untilIdle: false).SelectMany(reference.Run).Select(Text), Is.EqualTo(["0..10 2"]));
        Assert.That(Feed(reference, Row(4, 3, 0)), Is.Empty);
        Assert.That(reference.LateRows.Select(r => r.Id), Is.EqualTo([4]));
    }

    private ReferenceEpochs _epochs = new(TimeSpan.Zero);
    private int _rows;

    private WindowReference Of(DrawnWindows windows, int delay, int grace = 0)
    {
        (_rows, _epochs) = (0, new ReferenceEpochs(TimeSpan.FromSeconds(delay)));
        return new WindowRun(windows, WindowRun.ByNothing, TimeSpan.Zero, TimeSpan.FromSeconds(grace), FiltersBefore: false, FiltersAfter: false, Having: false, Mode: 0, Rows: [], Cuts: []).Reference();
    }

    private string[] Run(WindowReference reference, params double[] times) => [.. Feed(reference, [.. times.Select(t => Row(++_rows, t, 0))]).Select(Text)];

    private List<Outcome> Feed(WindowReference reference, params Click[] rows) => [.. _epochs.After(rows, untilIdle: true).SelectMany(reference.Run)];

    private List<Outcome> End(WindowReference reference) => reference.Run(_epochs.End());

    private static Click Row(int id, double seconds, int gap) => new(id, "a", 0, DateTimeOffset.UnixEpoch.AddTicks((long)Math.Round(seconds * TimeSpan.TicksPerSecond)), TimeSpan.FromSeconds(gap));

    private static string Text(Outcome o) => $"{(o.Window.Start - DateTimeOffset.UnixEpoch).TotalSeconds}..{(o.Window.End - DateTimeOffset.UnixEpoch).TotalSeconds} {o.Count}";
}
