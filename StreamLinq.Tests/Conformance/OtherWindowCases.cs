// The windowed cases of Arroyo (answers at the end of the input), Feldera (changes with their weights) and Streamiz (a grace period that is a delay).
using System.Text.Json.Serialization;
using NUnit.Framework;
using static StreamLinq.Tests.Conformance.CaseTime;
using static StreamLinq.Windowing;

namespace StreamLinq.Tests.Conformance;

[TestFixture(Disturbance.None)]
[TestFixture(Disturbance.Crash)]
[TestFixture(Disturbance.Replay)]
[TestFixture(Disturbance.Workers)]
public sealed class OtherWindowCases(Disturbance disturbance)
{
    [Case("arroyo/smoke/hourly-end")]
    public async Task Cars_by_the_hour(string id)
    {
        await using var run = new CaseRun(id, disturbance);
        await run.RunAsync(
            from car in run.Input<Car>("cars").WithEventTime(car => car.Timestamp, TimeSpan.Zero).Window(Tumbling(Hours(1)))
            group car by 0 into g
            select new { g.Window.End, Count = g.Count() });
    }

    [Case("arroyo/smoke/window-of-window")]
    public async Task Busy_drivers_by_the_hour(string id)
    {
        await using var run = new CaseRun(id, disturbance);
        var busy =
            from car in run.Input<Car>("cars").WithEventTime(car => car.Timestamp, Seconds(1)).Where(car => car.EventType == "pickup").Window(Tumbling(Hours(1)))
            group car by car.DriverId into g
            where g.Count() > 2
            select g.Key;
        await run.RunAsync(
            from driver in busy.Window(Tumbling(Hours(1)))
            group driver by 0 into g
            select new { g.Window.Start, g.Window.End, Drivers = g.CountDistinct(d => d) });
    }

    [Case("arroyo/smoke/top-driver-sliding-unaligned")]
    public async Task Busiest_driver_of_an_hour(string id)
    {
        await using var run = new CaseRun(id, disturbance);
        var counts =
            from car in run.Input<Car>("cars").WithEventTime(car => car.Timestamp, Seconds(1)).Window(Hopping(Hours(1), Minutes(40)))
            group car by car.DriverId into g
            select new { Driver = g.Key, Count = g.Count(), g.Window };
        await run.RunAsync(
            from count in counts.Window(count => count.Window)
            group count by 0 into all
            from top in all.OrderByDescending(c => c.Count).ThenByDescending(c => c.Driver).Take(1)
            select new { top.Driver, top.Count, top.Window.Start, top.Window.End });
    }

    [Case("arroyo/smoke/session-keyed")]
    public async Task Sessions_by_key(string id)
    {
        await using var run = new CaseRun(id, disturbance);
        await run.RunAsync(
            from i in run.Input<Impulse>("impulse").WithEventTime(i => i.Timestamp, Seconds(1)).Window(Session(Seconds(20)))
            group i by i.Counter % 10 == 0 ? 0 : i.Counter into g
            select new { g.Window.Start, g.Window.End, User = g.Key, Count = g.Count() });
    }

    [Case("arroyo/smoke/session-global")]
    public async Task Sessions_without_a_key(string id)
    {
        await using var run = new CaseRun(id, disturbance);
        await run.RunAsync(
            from i in run.Input<Impulse>("impulse").WithEventTime(i => i.Timestamp, TimeSpan.Zero).Window(Session(Seconds(20)))
            group i by 0 into g
            select new { g.Window.Start, g.Window.End, Count = g.Count() });
    }

    [Case("feldera/StreamingTests/tumbling-avg-lateness")]
    public async Task Average_of_a_day_as_it_changes(string id)
    {
        await using var run = new CaseRun(id, disturbance);
        await run.RunAsync(
            from row in run.Input<Trip>("series").WithEventTime(row => row.Pickup, Hours(1)).Window(Tumbling(Hours(24))).EmitOnUpdate()
            group row by 0 into g
            select new { Average = g.Average(r => r.Distance), g.Window.Start });
    }

    [Case("feldera/StreamingTests/session-lateness")]
    public async Task Sessions_as_they_change(string id)
    {
        await using var run = new CaseRun(id, disturbance);
        await run.RunAsync(
            from row in run.Input<Visit>("events").WithEventTime(row => row.Ts, Hours(1)).Window(Session(Minutes(10))).EmitOnUpdate()
            group row by row.Uid into g
            select new { Uid = g.Key, Count = g.Count(), g.Window.Start, g.Window.End });
    }

    [Case("streamiz/KTableSuppress/final-with-grace")]
    public Task Windows_with_a_delay(string id) => SuppressAsync(id, Minutes(1));

    [Case("streamiz/KTableSuppress/final-same-key-next-window")]
    public Task Windows_without_a_delay(string id) => SuppressAsync(id, TimeSpan.Zero);

    private async Task SuppressAsync(string id, TimeSpan delay)
    {
        await using var run = new CaseRun(id, disturbance);
        await run.RunAsync(
            from row in run.Input<Message>("input").WithEventTime(row => row.Ts, delay).Window(Tumbling(Minutes(1)))
            group row by row.Key into g
            select new { g.Key, Count = g.Count() });
    }

    private sealed record Car(DateTimeOffset Timestamp, [property: JsonPropertyName("driver_id")] long DriverId, [property: JsonPropertyName("event_type")] string EventType);

    private sealed record Impulse(DateTimeOffset Timestamp, long Counter);

    private sealed record Trip(double Distance, DateTimeOffset Pickup);

    private sealed record Visit(DateTimeOffset Ts, string Uid);

    private sealed record Message(string Key, string Value, DateTimeOffset Ts);
}
