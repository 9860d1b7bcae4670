// The unwindowed cases of Feldera and Arroyo: changes of a table with their weights, and tables as they stand at the end of the input.
using System.Text.Json.Serialization;
using NUnit.Framework;

namespace StreamLinq.Tests.Conformance;

[TestFixture(Disturbance.None)]
[TestFixture(Disturbance.Crash)]
[TestFixture(Disturbance.Replay)]
[TestFixture(Disturbance.Workers)]
public sealed class OtherSuitesCases(Disturbance disturbance)
{
    [Case("feldera/StreamingTests/sum-max")]
    public async Task Sum_and_max(string id)
    {
        await using var run = new CaseRun(id, disturbance);
        await run.RunAsync(from row in run.Input<T>("T") group row by 0 into all select new { Sum = all.Sum(r => r.X), Max = all.Max(r => r.Ts * 2) });
    }

    [Case("feldera/StreamingTests/max-by-group")]
    public async Task Max_by_group(string id)
    {
        await using var run = new CaseRun(id, disturbance);
        await run.RunAsync(from row in run.Input<T>("T") group row by row.X into g select new { X = g.Key, Max = g.Max(r => r.Ts * 2) });
    }

    [Case("arroyo/smoke/agg-grouped")]
    public async Task Aggregates_by_group(string id)
    {
        await using var run = new CaseRun(id, disturbance);
        await run.RunAsync(
            from i in run.Input<Impulse>("impulse")
            group i.Counter by i.Counter % 5 into g
            select new { M = g.Key, Min = g.Min(), Max = g.Max(), Sum = g.Sum(), Count = g.Count(), Average = g.Average() });
    }

    [Case("arroyo/smoke/having-over-agg")]
    public async Task Groups_of_groups(string id)
    {
        await using var run = new CaseRun(id, disturbance);
        var drivers = from car in run.Input<Car>("cars") group car by car.Driver into g where g.Count() > 85 select g.Key;
        await run.RunAsync(from driver in drivers group driver by 0 into all select all.Count());
    }

    [Case("feldera/StreamingTests/group-count-delete")]
    public async Task Rows_that_go_from_one_group_to_another(string id)
    {
        await using var run = new CaseRun(id, disturbance);
        var customers = run.Changes<Customer>("customer").ToTable(c => c);
        await run.RunAsync(from c in customers group c by c.Zipcode into g select new { g.Key, Count = g.Count(c => c.Name != null) });
    }

    private sealed record Customer(string? Name, int Zipcode);

    private sealed record T(int? Ts, int? X);

    private sealed record Impulse(long Counter);

    private sealed record Car([property: JsonPropertyName("driver_id")] long Driver);
}
