// Spark's cases of state and timers per key, of its older and its newer interface: both are Process here.
using NUnit.Framework;
using static StreamLinq.Tests.Conformance.CaseTime;
using static StreamLinq.Windowing;

namespace StreamLinq.Tests.Conformance;

[TestFixture(Disturbance.None)]
[TestFixture(Disturbance.Crash)]
[TestFixture(Disturbance.Replay)]
[TestFixture(Disturbance.Workers)]
public sealed class ProcessorCases(Disturbance disturbance)
{
    [Case("spark/FlatMapGroupsWithState/running-count")]
    [Case("spark/TransformWithState/running-count")]
    [Case("spark/TransformWithState/batch")]
    public async Task Running_count(string id)
    {
        await using var run = new CaseRun(id, disturbance);
        await run.RunAsync(run.Input<string>("input").Process(value => value, () => new RunningCount()));
    }

    [Case("spark/TransformWithState/three-inputs")]
    public async Task Running_count_over_three_inputs(string id)
    {
        await using var run = new CaseRun(id, disturbance);
        var rows = run.Input<string>("input1").Merge(run.Input<string>("input2")).Merge(run.Input<string>("input3"));
        await run.RunAsync(rows.Process(value => value, () => new RunningCount()));
    }

    [Case("spark/FlatMapGroupsWithState/stateful-then-agg-complete")]
    public async Task Group_behind_a_processor(string id)
    {
        await using var run = new CaseRun(id, disturbance);
        await run.RunAsync(from row in run.Input<string>("input").Process(value => value, () => new RunningCount("-1")) group row by row.Key into g select new { g.Key, Count = g.Count() });
    }

    // Sources in memory have one partition, so the number of partitions stays; what is left is that the state is found again.
    [Case("spark/FlatMapGroupsWithState/union-with-stateful-restart")]
    public async Task Merge_with_a_processor(string id)
    {
        await using var run = new CaseRun(id, disturbance);
        var counts = run.Input<string>("input2").Process(value => value, () => new EndlessCount());
        await run.RunAsync((from value in run.Input<string>("input1") select new KeyAndText(value, value)).Merge(counts));
    }

    [Case("spark/FlatMapGroupsWithState/processing-time-timeout")]
    public async Task Timeout_by_the_clock(string id)
    {
        await using var run = new CaseRun(id, disturbance);
        await run.RunAsync(run.Input<string>("input").Process(value => value, () => new CountUntilSilence()));
    }

    [Case("spark/TransformWithState/timer-replace")]
    public async Task Timer_that_is_replaced(string id)
    {
        await using var run = new CaseRun(id, disturbance);
        await run.RunAsync(run.Input<string>("input").Process(value => value, () => new CountWithTimer()));
    }

    [Case("spark/TransformWithMapStateTTL/evict-per-entry")]
    public async Task Entries_that_are_forgotten(string id)
    {
        await using var run = new CaseRun(id, disturbance);
        await run.RunAsync(run.Input<MapAction>("input").Process(row => row.Key, () => new MapForAMinute()));
    }

    [Case("spark/TransformWithState/create-state-too-late")]
    public async Task State_declared_too_late(string id)
    {
        await using var run = new CaseRun(id, disturbance);
        await run.RunAsync(run.Input<string>("input").Process(value => value, () => new LateDeclaration()));
    }

    [Case("spark/TransformWithStateChaining/processor-to-window")]
    public async Task Window_behind_a_processor(string id)
    {
        await using var run = new CaseRun(id, disturbance);
        var rows = run.Input<Happening>("input").WithEventTime(row => row.EventTime, Minutes(1)).Process(row => row.Key, () => new KeyOf<Happening>());
        await run.RunAsync(from key in rows.Window(Tumbling(Minutes(1))) group key by 0 into g select new { g.Window.Start, g.Window.End, Count = g.Count() });
    }

    [Case("spark/TransformWithStateChaining/processor-to-processor")]
    public async Task Processor_behind_a_processor(string id)
    {
        await using var run = new CaseRun(id, disturbance);
        var rows = run.Input<Happening>("input").WithEventTime(row => row.EventTime, Minutes(1)).Process(row => row.Key, () => new KeyOf<Happening>());
        await run.RunAsync(rows.Process(key => key, () => new One<string>()));
    }

    [Case("spark/UnsupportedOperations/stateful-append-before-agg")]
    public async Task Window_behind_a_processor_is_accepted(string id)
    {
        await using var run = new CaseRun(id, disturbance);
        var rows = run.Input<int>("input").WithEventTime(a => At(a), TimeSpan.Zero).Process(a => $"{a}", () => new One<int>());
        await run.RunAsync(from one in rows.Window(Tumbling(Ms(1))) group one by 0 into g select g.Count());
    }
}
