// What only shows from close by: which timers fire when, what an epoch writes, and what is let go.
using NUnit.Framework;
using StreamLinq.Embedded;

namespace StreamLinq.Tests.Processing;

public sealed class ProcessOperatorTests
{
    private static DateTimeOffset At(long ticks) => new(ticks, TimeSpan.Zero);

    // Sets timers at the ticks its row names; says what fires; sets another one where it is told to.
    private sealed class Timers : StatefulProcessor<string, long[], string>
    {
        private readonly Func<long, long?> _another;

        public Timers(Func<long, long?>? another = null) => _another = another ?? (_ => null);

        public IProcessContext<string>? Context { get; private set; }

        public override void OnRow(string key, long[] row, IProcessContext<string> context)
        {
            Context = context;
            foreach (var at in row)
            {
                if (at < 0) context.DeleteTimer(At(-at));
                else context.SetTimer(At(at));
            }
        }

        public override void OnTimer(string key, DateTimeOffset time, IProcessContext<string> context)
        {
            context.Emit($"{key}{time.Ticks}");
            if (_another(time.Ticks) is { } at) context.SetTimer(At(at));
        }
    }

    private sealed class Log : StatefulProcessor<string, string, int>
    {
        private readonly ListState<string> _lines;

        public Log() => _lines = List<string>("lines");

        public override void OnRow(string key, string row, IProcessContext<int> context)
        {
            if (row.Length == 0) _lines.Clear();
            else _lines.Add(row);
            context.Emit(_lines.Count);
        }
    }

    private static OperatorRun<string, long[], string> Run(Func<long, long?>? another = null, bool hasEventTime = true) => new(() => new Timers(another), hasEventTime);

    private static IEnumerable<string> Fired(IReadOnlyList<(string Row, DateTimeOffset Time)> emitted) => emitted.Select(e => e.Row);

    [Test]
    public void Timers_fire_by_time_and_then_by_key_whatever_was_set_first()
    {
        var run = Run();
        run.Epoch(10, ("b", [30, 20, 30], At(15)), ("c", [20], At(15)), ("a", [30], At(16)));
        Assert.That(run.Operator.DueAt, Is.EqualTo(20));
        Assert.That(run.Operator.DueAtClock, Is.Null);
        run.Crash();
        var emitted = run.Epoch(30);
        Assert.That(Fired(emitted), Is.EqualTo(new[] { "b20", "c20", "a30", "b30" }));
        Assert.That(emitted.Select(e => e.Time), Is.EqualTo(new[] { At(20), At(20), At(30), At(30) }));
        Assert.That((run.Stored, run.Operator.Rows, run.Operator.DueAt), Is.EqualTo((0, 0L, (long?)null)));
    }

    [Test]
    public void A_timer_that_is_due_when_it_is_set_fires_in_the_next_epoch()
    {
        var run = Run();
        Assert.That(run.Epoch(10, ("a", [10, 11], At(12))), Is.Empty);
        Assert.That(run.Operator.DueAt, Is.EqualTo(10));
        Assert.That(Fired(run.Epoch(10)), Is.EqualTo(new[] { "a10" }));
        Assert.That(Fired(run.Epoch(11)), Is.EqualTo(new[] { "a11" }));
    }

    [Test]
    public void A_timer_that_sets_one_that_is_due_does_not_keep_its_epoch_from_ending()
    {
        var run = Run(at => at);
        run.Epoch(10, ("a", [11], At(12)));
        Assert.That(Fired(run.Epoch(20)), Is.EqualTo(new[] { "a11" }));
        run.Crash();
        Assert.That(Fired(run.Epoch(20)), Is.EqualTo(new[] { "a11" }));
    }

    [Test]
    public void A_timer_taken_back_does_not_fire_even_if_it_is_due()
    {
        var run = Run();
        run.Epoch(10, ("a", [20, 21], At(12)));
        Assert.That(Fired(run.Epoch(25, ("a", [-20, -99], At(15)))), Is.EqualTo(new[] { "a21" }));
    }

    [Test]
    public void The_end_of_the_input_fires_all_timers_with_their_own_time_and_ends()
    {
        var run = Run(at => at + 1);
        run.Epoch(10, ("a", [500], At(12)));
        Assert.That(Fired(run.Epoch(EpochTime.EndOfTime, ("b", [700, 5], At(20)))), Is.EqualTo(new[] { "b5", "a500", "b700" }));
        Assert.That((run.Operator.DueAt, run.Operator.Rows, run.Stored), Is.EqualTo(((long?)null, 0L, 0)));
    }

    [Test]
    public void Clock_timers_are_due_by_the_clock_and_not_at_the_end_of_the_input()
    {
        var run = Run(hasEventTime: false);
        run.Epoch(EpochTime.NoWatermark, 100, [("a", [200], default)]);
        Assert.That((run.Operator.DueAt, run.Operator.DueAtClock), Is.EqualTo(((long?)null, (long?)200)));
        Assert.That(run.Epoch(EpochTime.EndOfTime, 199, []), Is.Empty);
        Assert.That(Fired(run.Epoch(EpochTime.NoWatermark, 200, [])), Is.EqualTo(new[] { "a200" }));
    }

    [Test]
    public void An_epoch_writes_the_items_it_added_and_no_others()
    {
        var run = new OperatorRun<string, string, int>(() => new Log(), hasEventTime: true);
        run.Epoch(0, [.. Enumerable.Range(0, 50).Select(i => ("a", $"line {i}", At(1)))]);
        Assert.That(run.Written, Is.EqualTo(50));
        run.Crash();
        Assert.That(run.Epoch(0, ("a", "x", At(1)), ("b", "y", At(1))).Select(e => e.Row), Is.EqualTo(new[] { 51, 1 }));
        Assert.That((run.Written, run.Stored, run.Operator.Rows, run.Operator.RowsUpdated), Is.EqualTo((2L, 52, 2L, 2L)));
        run.Epoch(0, ("b", "", At(1)), ("b", "z", At(1)), ("c", "gone", At(1)), ("c", "", At(1)));
        Assert.That((run.Stored, run.Operator.Rows, run.Operator.RowsRemoved), Is.EqualTo((52, 2L, 0L)));
        run.Epoch(0, ("a", "", At(1)), ("b", "", At(1)));
        Assert.That((run.Stored, run.Operator.Rows), Is.EqualTo((0, 0L)));
    }

    [Test]
    public void What_has_lived_long_enough_is_freed_without_a_row_of_its_key()
    {
        var run = new OperatorRun<int, Command, string>(() => new Journal(lives: true), hasEventTime: true);
        run.Epoch(0, (1, new Command(Do.AddItem, 1), At(100)), (1, new Command(Do.SetValue, 1), At(101)), (2, new Command(Do.SetEntry, 1), At(100)));
        Assert.That((run.Operator.Rows, run.Stored), Is.EqualTo((2L, 3)));
        run.Crash();
        run.Epoch(109);
        Assert.That((run.Operator.Rows, run.Stored), Is.EqualTo((2L, 2)), "the item, at 106");
        run.Epoch(112);
        Assert.That((run.Operator.Rows, run.Stored), Is.EqualTo((0L, 0)));
    }

    [Test]
    public void Tables_are_named_after_the_operator_and_the_states()
    {
        var tables = new OperatorRun<int, Command, string>(() => new Journal(lives: true), hasEventTime: true).Operator.Tables;
        Assert.That(tables.Select(t => t.Name), Is.EqualTo(new[] { "process-1", "process-1/value", "process-1/items", "process-1/entries" }));
        Assert.That(tables.Select(t => t.Schema), Is.Unique);
    }

    [Test]
    public void State_and_context_are_of_no_use_outside_a_call()
    {
        var processor = new Timers();
        var run = new OperatorRun<string, long[], string>(() => processor, hasEventTime: true);
        run.Epoch(0, ("a", [], At(1)));
        Assert.Multiple(() =>
        {
            Assert.That(() => processor.Context!.Emit("x"), Throws.InvalidOperationException.With.Message.Contains("during OnRow and OnTimer only"));
            Assert.That(() => processor.Context!.SetTimer(At(1)), Throws.InvalidOperationException);
            Assert.That(() => processor.Context!.Time, Throws.InvalidOperationException);
        });
    }
}
