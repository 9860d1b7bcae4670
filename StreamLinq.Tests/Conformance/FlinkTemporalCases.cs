// Flink's cases of joins with a table as of a time. Their orders are themselves corrected, which a stream here is not: the orders are those that are left in the end, as the cases' notes allow.
using NUnit.Framework;
using static StreamLinq.Tests.Conformance.CaseTime;

namespace StreamLinq.Tests.Conformance;

[TestFixture(Disturbance.None)]
[TestFixture(Disturbance.Crash)]
[TestFixture(Disturbance.Replay)]
public sealed class FlinkTemporalCases(Disturbance disturbance)
{
    [Case("flink/TemporalJoinITCase/left")]
    public async Task Rates_that_come_and_go(string id)
    {
        await using var run = new CaseRun(id, disturbance);
        var changes = run.Input<RateChange>("rates").Select(r => new Change<Rate>(r.Change == "+I" || r.Change == "+U" ? ChangeKind.Upsert : ChangeKind.Delete, new Rate(r.Currency, r.Number, r.Value, r.Time)));
        var rates = changes.WithEventTime(c => c.Row.Time, Seconds(10)).ToTable(r => r.Currency);
        await run.RunAsync(Orders(run).LeftJoin(
            rates.AsOf(), o => o.Currency, r => r.Currency, (o, r) => new { o.Id, o.Currency, o.Amount, o.Time, Rate = r == null ? null : (long?)r.Value, Since = r == null ? null : (DateTimeOffset?)r.Time }));
    }

    [Case("flink/TemporalJoinITCase/first-row-view")]
    public async Task The_first_rate_of_each_currency(string id)
    {
        await using var run = new CaseRun(id, disturbance);
        var rates = run.Input<Rate>("history").WithEventTime(r => r.Time, Ms(1)).DistinctBy(r => r.Currency).LatestBy(r => r.Currency);
        await run.RunAsync(Orders(run).LeftJoin(
            rates.AsOf(), o => o.Currency, r => r.Currency, (o, r) => new { o.Id, o.Currency, o.Amount, o.Time, Rate = r == null ? null : (long?)r.Value, Since = r == null ? null : (DateTimeOffset?)r.Time }));
    }

    [Case("flink/TemporalJoinITCase/last-row-view")]
    public async Task The_last_rate_of_each_currency(string id)
    {
        await using var run = new CaseRun(id, disturbance);
        var rates = run.Input<Rate>("history").WithEventTime(r => r.Time, Ms(1)).LatestBy(r => r.Currency);
        await run.RunAsync(from o in Orders(run) join r in rates.AsOf() on o.Currency equals r.Currency select new { o.Id, o.Currency, o.Amount, o.Time, Rate = r.Value, Since = r.Time });
    }

    private static IStreamQueryable<Order, EventTime> Orders(CaseRun run) =>
        run.Input<Order>("orders").Where(o => o.Change == "+U" || (o.Change == "+I" && o.Id != 2 && o.Id != 6)).WithEventTime(o => o.Time, TimeSpan.Zero);

    private sealed record Order(string Change, long Id, string Currency, string Number, long Amount, DateTimeOffset Time);

    private sealed record RateChange(string Change, string Currency, string Number, long Value, DateTimeOffset Time);

    private sealed record Rate(string Currency, string Number, long Value, DateTimeOffset Time);
}
