// Spark's cases of one call of a stateful function: what state and which timeout it leaves. Here the timeout is a timer, and what is left is seen from outside: a row asks for the state, time that moves on fires the timer.
using System.Text.Json;
using NUnit.Framework;
using static StreamLinq.Tests.Conformance.CaseTime;

namespace StreamLinq.Tests.Conformance;

public sealed class TimeoutCases
{
    private static readonly DateTimeOffset Now = AtMs(1000);

    [Case("spark/FlatMapGroupsWithState/timeout-without-state")]
    public Task Timer_without_state(string id) => RunAsync(id, before: null, "after 5000");

    [Case("spark/FlatMapGroupsWithState/timeout-after-remove")]
    public Task Timer_after_the_state_is_gone(string id) => RunAsync(id, "state 0", "remove; after 5000");

    [Case("spark/FlatMapGroupsWithState/timed-out-update")]
    public Task State_written_by_a_timer(string id) => RunTimerAsync(id, "state 5");

    [Case("spark/FlatMapGroupsWithState/timed-out-remove")]
    public Task State_removed_by_a_timer(string id) => RunTimerAsync(id, "remove");

    [Case("spark/FlatMapGroupsWithState/timed-out-rearm")]
    [Case("spark/FlatMapGroupsWithState/timed-out-rearm-event")]
    public Task Timer_set_by_a_timer(string id) => RunTimerAsync(id, id.EndsWith("event", StringComparison.Ordinal) ? "at 5000" : "at 3000");

    // The call is that of a row.
    private static async Task RunAsync(string id, string? before, string call)
    {
        await using var run = await Run.StartAsync(byClock: true, "");
        if (before is not null) await run.RowAsync(before);
        await run.MoveAsync(Now);
        await run.RowAsync(call);
        await ExpectAsync(id, run, called: false);
    }

    // The call is that of a timer, by the clock and in event time as the case says.
    private static async Task RunTimerAsync(string id, string call)
    {
        foreach (var tag in ConformanceCase.Of(id).Features.Where(f => f is "processingtime" or "eventtime"))
        {
            await using var run = await Run.StartAsync(tag == "processingtime", call);
            await run.RowAsync("state 5; at 999");
            await run.MoveAsync(Now);
            await ExpectAsync(id, run, called: true);
        }
    }

    private static async Task ExpectAsync(string id, Run run, bool called)
    {
        var expected = ConformanceCase.Of(id).Steps.Single().GetProperty("expectStateAfterCall");
        Assert.That(called, Is.EqualTo(expected.TryGetProperty("called", out var value) && value.GetBoolean()));
        Assert.That(run.Answers(), Is.EqualTo(called ? ["called"] : Array.Empty<string>()));
        await run.RowAsync("tell");
        Assert.That(run.Answers(), Is.EqualTo(new[] { $"state {expected.GetProperty("state").Deserialize<int?>()}" }));
        if (expected.GetProperty("timeout").Deserialize<long?>() is not { } timeout)
        {
            await run.MoveAsync(Now + Hours(1));
            Assert.That(run.Answers(), Is.Empty);
            return;
        }

        await run.MoveAsync(AtMs(timeout - 1));
        Assert.That(run.Answers(), Is.Empty);
        await run.MoveAsync(AtMs(timeout));
        Assert.That(run.Answers(), Is.EqualTo(new[] { "called" }));
    }

    private sealed class Run : IAsyncDisposable
    {
        private readonly StreamTestHarness _harness = new();
        private readonly bool _byClock;
        private readonly TestSource<string> _rows;
        private TestOutput<string>? _output;

        private Run(bool byClock)
        {
            _byClock = byClock;
            _rows = _harness.Source<string>();
        }

        internal static async Task<Run> StartAsync(bool byClock, string atTimer)
        {
            var run = new Run(byClock);
            var rows = byClock ? run._rows.Rows : run._rows.Rows.WithEventTime(row => Now + Hours(2), WatermarkStrategy.From(() => new ByHand<string>()));
            run._output = await run._harness.StartAsync(rows.Process(row => 0, () => new Scripted(atTimer)));
            return run;
        }

        internal Task RowAsync(string script) => _rows.EpochAsync(script);

        internal async Task MoveAsync(DateTimeOffset to)
        {
            if (!_byClock)
            {
                await _harness.AdvanceWatermarkAsync(to);
                return;
            }

            _harness.Advance(to - _harness.Time.GetUtcNow());
            await _harness.RunUntilIdleAsync();
        }

        internal string[] Answers() => [.. _output!.Take().Select(c => c.Row)];

        public ValueTask DisposeAsync() => _harness.DisposeAsync();
    }

    /// <summary>Does what its rows say, and what the test says when its first timer fires.</summary>
    private sealed class Scripted : StatefulProcessor<int, string, string>
    {
        private readonly ValueState<int> _state;
        private readonly ValueState<bool> _fired;
        private readonly string _atTimer;

        internal Scripted(string atTimer)
        {
            _state = Value<int>("state");
            _fired = Value<bool>("fired");
            _atTimer = atTimer;
        }

        public override void OnRow(int key, string row, IProcessContext<string> context) => Do(row, context);

        public override void OnTimer(int key, DateTimeOffset time, IProcessContext<string> context)
        {
            context.Emit("called");
            if (!_fired.Exists) Do(_atTimer, context);
            _fired.Value = true;
        }

        private void Do(string script, IProcessContext<string> context)
        {
            foreach (var words in script.Split(';', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).Select(s => s.Split(' ')))
            {
                switch (words)
                {
                    case ["state", var value]:
                        _state.Value = int.Parse(value);
                        break;
                    case ["remove"]:
                        _state.Clear();
                        break;
                    case ["after", var delay]:
                        context.SetTimer(context.Time + Ms(int.Parse(delay)));
                        break;
                    case ["at", var time]:
                        context.SetTimer(AtMs(int.Parse(time)));
                        break;
                    default:
                        context.Emit(_state.Exists ? $"state {_state.Value}" : "state ");
                        break;
                }
            }
        }
    }
}
