// Several workers answer exactly as one does: the same rows in the same order, whatever the number, and also where it is another one after each restart. The rows are many enough for the workers to run at once.
using NUnit.Framework;

namespace StreamLinq.Tests.Workers;

public sealed record Trip(int Id, string City, long Car, int Fare, double Tip, DateTimeOffset At);

[TestFixture]
public sealed class SharedKeysTests
{
    private const int Epochs = 4;
    private const int PerEpoch = 3_000;

    private static readonly Trip[] Trips = Drawn();

    private static Dictionary<string, Func<TestSource<Trip>, IStreamSink<string>, StreamOutput>> Queries { get; } = new()
    {
        ["sums"] = (t, to) => t.Rows.GroupBy(r => r.Car).Select(g => new { g.Key, Count = g.Count(), Tip = g.Sum(r => r.Tip), Mean = g.Average(r => r.Fare) }).Select(r => $"{r.Key} {r.Count} {r.Tip:R} {r.Mean:R}").WriteTo(to, OutputMode.Changelog),
        ["no aggregate"] = (t, to) => t.Rows.GroupBy(r => r.City).Select(g => g.Key).WriteTo(to, OutputMode.Changelog),
        ["one group"] = (t, to) => t.Rows.GroupBy(_ => 0).Select(g => $"{g.Count()} {g.Sum(r => r.Tip):R} {g.First().Id} {g.Last().Id}").WriteTo(to, OutputMode.Changelog),
        ["rows of a group"] = (t, to) => t.Rows.GroupBy(r => r.Car % 500).Select(g => new { g.Key, First = g.First().Id, Top = g.OrderByDescending(r => r.Fare).Take(3).ToList(), Cities = g.CountDistinct(r => r.City) })
            .Select(r => $"{r.Key} {r.First} {string.Join(",", r.Top.Select(x => x.Id))} {r.Cities}").WriteTo(to, OutputMode.Changelog),
        ["filters"] = (t, to) => t.Rows.Where(r => r.Fare % 3 != 0).GroupBy(r => new { r.City, r.Fare }).Select(g => new { g.Key, Big = g.Where(r => r.Tip > 50).Count(), Most = g.Where(r => r.Tip > 90).Max(r => (double?)r.Tip) })
            .Select(r => $"{r.Key.City} {r.Key.Fare} {r.Big} {r.Most}").WriteTo(to, OutputMode.Changelog),
        ["a group over a group"] = (t, to) => t.Rows.GroupBy(r => r.Car).Select(g => new { g.Key, Last = g.Last().City, Count = g.Count() }).GroupBy(r => r.Last)
            .Select(g => $"{g.Key} {g.Count()} {g.Max(r => r.Count)} {g.Min(r => r.Key)}").WriteTo(to, OutputMode.Changelog),
        ["the whole table"] = (t, to) => t.Rows.GroupBy(r => r.Car % 700).Select(g => $"{g.Key} {g.Count()}").WriteTo(to, OutputMode.Complete),
        ["few groups"] = (t, to) => t.Rows.Where(r => r.Fare % 5 != 0).Select(r => new { r.City, r.Id, Fare = r.Fare % 2 == 0 ? r.Fare : -r.Fare, Car = r.Car % 2 == 0 ? (long?)r.Car : null }).GroupBy(r => r.City)
            .Select(g => $"{g.Key} {g.Count()} {g.Sum(r => r.Fare)} {g.Min(r => r.Id)} {g.Where(r => r.Fare > 350).Max(r => (int?)r.Id)} {g.Average(r => r.Fare):R} {g.Sum(r => r.Car)} {g.Min(r => r.Car)}").WriteTo(to, OutputMode.Changelog),
        ["few groups, the whole table"] = (t, to) => t.Rows.GroupBy(r => new { r.City.Length, Even = r.Id % 2 }).Select(g => $"{g.Key} {g.Count()} {g.Max(r => r.Id)}").WriteTo(to, OutputMode.Complete),
        ["distinct, then first"] = (t, to) => t.Rows.DistinctBy(r => new { r.Car, r.City }).GroupBy(r => r.City).Select(g => $"{g.Key} {g.First().Id} {g.Last().Id} {g.Count()}").WriteTo(to, OutputMode.Changelog),
        ["distinct within a time"] = (t, to) => Timed(t.Rows).DistinctBy(r => r.Car, TimeSpan.FromSeconds(20)).Select(r => $"{r.Id}").WriteTo(to),
        ["tumbling"] = (t, to) => Timed(t.Rows).Window(Windowing.Tumbling(TimeSpan.FromSeconds(10))).GroupBy(r => r.Car).Select(g => $"{g.Window.Start:mm:ss} {g.Key} {g.Count()} {g.Sum(r => r.Tip):R} {g.First().Id}").WriteTo(to),
        ["hopping"] = (t, to) => Timed(t.Rows).Window(Windowing.Hopping(TimeSpan.FromSeconds(20), TimeSpan.FromSeconds(5))).GroupBy(r => r.City).Select(g => $"{g.Window.Start:mm:ss} {g.Key} {g.CountDistinct(r => r.Car)} {g.Last().Id}").WriteTo(to),
        ["windows, then first"] = (t, to) => Timed(t.Rows).Window(Windowing.Tumbling(TimeSpan.FromSeconds(10))).GroupBy(r => r.Car).Select(g => new { g.Window, g.Key, Count = g.Count() })
            .Window(r => r.Window).GroupBy(r => r.Count).Select(g => $"{g.Window.Start:mm:ss} {g.Key} {g.First().Key} {g.Last().Key}").WriteTo(to),
        ["running windows"] = (t, to) => Timed(t.Rows).Window(Windowing.Hopping(TimeSpan.FromSeconds(20), TimeSpan.FromSeconds(10))).EmitOnUpdate().GroupBy(r => r.Car % 900).Select(g => $"{g.Window.Start:mm:ss} {g.Key} {g.Count()}").WriteTo(to, OutputMode.Changelog),
        ["sessions"] = (t, to) => Timed(t.Rows).Window(Windowing.Session(TimeSpan.FromSeconds(4))).GroupBy(r => r.Car).Select(g => $"{g.Window.Start:mm:ss.fff} {g.Window.End:mm:ss.fff} {g.Key} {g.Count()} {g.First().Id}").WriteTo(to),
        ["growing sessions"] = (t, to) => Timed(t.Rows).Window(Windowing.Session(TimeSpan.FromSeconds(4))).EmitOnUpdate().GroupBy(r => r.Car % 300).Select(g => $"{g.Window.Start:mm:ss.fff} {g.Window.End:mm:ss.fff} {g.Key} {g.Count()}").WriteTo(to, OutputMode.Changelog),
        ["join"] = (t, to) => Timed(t.Rows).Where(r => r.Id % 2 == 0).LeftJoin(Timed(t.Rows).Where(r => r.Id % 3 == 0).Within(TimeSpan.FromSeconds(2), TimeSpan.FromSeconds(2)), l => l.Car, r => r.Car, (l, r) => new { l.Id, Other = r == null ? 0 : r.Id })
            .Select(p => $"{p.Id} {p.Other}").WriteTo(to),
        ["join in windows"] = (t, to) => Opened(t.Rows, 2).FullJoin(Opened(t.Rows, 3), l => l.Car, r => r.Car, (l, r) => new { Left = l == null ? 0 : l.Id, Right = r == null ? 0 : r.Id })
            .Select(p => $"{p.Left} {p.Right}").WriteTo(to),
        ["processor"] = (t, to) => Timed(t.Rows).Process(r => r.Car % 400, () => new Visits()).WriteTo(to),
        ["rows that fail"] = (t, to) => t.Rows.GroupBy(r => 1000 / (r.Fare % 40)).Select(g => $"{g.Key} {g.Count()}").WriteTo(to, OutputMode.Changelog),
    };

    private static IEnumerable<string> Names => Queries.Keys;

    private static IStreamQueryable<Trip, EventTime> Timed(IStreamQueryable<Trip, AppendOnly> trips) => trips.WithEventTime(r => r.At, TimeSpan.FromSeconds(2));

    private static IStreamQueryable<Trip, Windowed> Opened(IStreamQueryable<Trip, AppendOnly> trips, int of) => Timed(trips).Where(r => r.Id % of == 0).Window(Windowing.Hopping(TimeSpan.FromSeconds(6), TimeSpan.FromSeconds(3)));

    [TestCaseSource(nameof(Names))]
    public async Task The_rows_and_their_order_do_not_depend_on_the_workers(string query)
    {
        foreach (var crashes in (bool[])[false, true])
        {
            var (expected, progress) = await RunAsync(Queries[query], [1], crashes);
            Assert.That(expected, Is.Not.Empty);
            foreach (int[] workers in (int[][])(crashes ? [[16, 1, 2]] : [[2], [16]]))
            {
                var (actual, its) = await RunAsync(Queries[query], workers, crashes);
                Assert.That(actual, Is.EqualTo(expected), $"{string.Join(", ", workers)} workers");
                Assert.That(its, Is.EqualTo(progress), $"{string.Join(", ", workers)} workers");
            }
        }
    }

    private static async Task<(List<string> Rows, List<string> Progress)> RunAsync(Func<TestSource<Trip>, IStreamSink<string>, StreamOutput> query, int[] workers, bool crashes)
    {
        await using var harness = new StreamTestHarness(options: new() { OnRowError = RowErrorPolicy.SkipAndCount }) { Workers = workers };
        var source = harness.Source<Trip>();
        var sink = new MemorySink<string>();
        await harness.StartAsync(query(source, sink));
        var progress = new SortedDictionary<long, string>();
        for (var epoch = 0; epoch < Epochs; epoch++)
        {
            source.Add(Trips.AsSpan(epoch * PerEpoch, PerEpoch));
            await harness.RunUntilIdleAsync();
            Note();
            if (!crashes) continue;
            if (epoch % 2 == 0) await harness.ForgetLastCommitAsync();
            await harness.CrashAndRecoverAsync();
            await harness.RunUntilIdleAsync();
            Note();
        }

        await source.CompleteAsync();
        Note();
        return ([.. sink.Batches.SelectMany(b => b.Changes.Select(c => $"{b.Epoch} {c.Kind} {c.Row}"))], [.. progress.Values]);

        void Note()
        {
            foreach (var told in harness.Query.RecentProgress)
                progress[told.Epoch] = $"{told.Epoch}: {told.RowErrors} {string.Join(", ", told.StateOperators.Select(s => $"{s.Operator} {s.Rows} {s.RowsUpdated} {s.RowsRemoved} {s.RowsLate}"))}";
        }
    }

    private static Trip[] Drawn()
    {
        var random = new Random(11);
        var start = new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
        return [.. Enumerable.Range(1, Epochs * PerEpoch).Select(id => new Trip(
            id, $"city {random.Next(60)}", random.Next(2) == 0 ? random.Next(20) : random.Next(3_000), random.Next(1, 400), random.NextDouble() * 100, start.AddMilliseconds(id * 2 - random.Next(2_400))))];
    }

    // Says when a car has been seen ten times, and when it has not been seen for a while.
    private sealed class Visits : StatefulProcessor<long, Trip, string>
    {
        private readonly ValueState<int> _count;

        public Visits() => _count = Value<int>("count");

        public override void OnRow(long key, Trip row, IProcessContext<string> context)
        {
            _count.Value++;
            if (_count.Value % 10 == 0) context.Emit($"{key} {_count.Value} {row.Id}");
            context.SetTimer(row.At.AddSeconds(1));
        }

        public override void OnTimer(long key, DateTimeOffset time, IProcessContext<string> context)
        {
            if (_count.Value % 7 == 0) context.Emit($"{key} quiet at {time:mm:ss.fff}");
        }
    }
}
