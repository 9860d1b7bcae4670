// `ratios --only workers-1M` and its kin: the same query with one worker and with two, and the loop that one thread could run at best, in turns in one process. Times are those of the clock,
// because several workers are there to be done sooner; what they use of the processors stands beside them.
using System.Globalization;
using System.Text.Json;

namespace StreamLinq.Benchmarks;

internal static class WorkerRatios
{
    private const int Workers = 2;
    private const int WarmUps = 6;

    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };

    private static StreamingQueryOptions OneEpoch => new() { MaxLatency = Timeout.InfiniteTimeSpan };

    private static Dictionary<string, Func<int, Row[]>> Scenarios { get; } = new()
    {
        ["workers-100"] = count => Rows.Uniform(count, 100),
        ["workers-10k"] = count => Rows.Uniform(count, 10_000),
        ["workers-1M"] = count => Rows.Uniform(count, 1_000_000),
        ["workers-1M-skewed"] = count => HalfOnOneKey(Rows.Uniform(count, 1_000_000)),
    };

    internal static IEnumerable<string> Names => Scenarios.Keys;

    internal static async Task<int> RunAsync(string name, bool quick, string? json)
    {
        var result = await MeasureAsync(name, Scenarios[name](quick ? 2_000_000 : 10_000_000), quick ? 5 : 7);
        Console.WriteLine(result.ToString());
        if (json is not null) await File.WriteAllTextAsync(json, JsonSerializer.Serialize(result, Indented));
        return 0;
    }

    // All rows of a repetition are one epoch: what a worker has to do besides its rows, it does once.
    private static async Task<Result> MeasureAsync(string name, Row[] rows, int repetitions)
    {
        var count = rows.Length;
        var loop = new HandTable<GroupByScenarios.CountAndSum>();
        var halves = new TwoLoops(rows);
        await using var one = await GroupByScenarios.QueryAsync(rows, options: OneEpoch);
        await using var several = await GroupByScenarios.QueryAsync(rows, workers: Workers, options: OneEpoch);
        for (var i = 0; i < WarmUps; i++)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(200));
            await Loop();
            await halves.RunAsync();
            await one.RunAsync(count);
            await several.RunAsync(count);
        }

        var (loops, pairs, ones, severals) = (new List<Measurement>(), new List<Measurement>(), new List<Measurement>(), new List<Measurement>());
        for (var i = 0; i < repetitions; i++)
        {
            loops.Add(await Measurement.OfAsync(Loop));
            pairs.Add(await Measurement.OfAsync(() => halves.RunAsync()));
            ones.Add(await Measurement.OfAsync(() => one.RunAsync(count)));
            severals.Add(await Measurement.OfAsync(() => several.RunAsync(count)));
        }

        if (one.Changes != several.Changes) throw new InvalidOperationException("Two workers have not written what one has.");
        double[] ratios = [.. ones.Zip(severals, (o, s) => o.Wall / s.Wall).Order()];
        double[] ofLoops = [.. loops.Zip(pairs, (l, p) => l.Wall / p.Wall).Order()];
        double[] toLoop = [.. loops.Zip(severals, (l, s) => l.Wall / s.Wall).Order()];
        return new Result(name, count, repetitions, PerRow(loops, m => m.Wall), PerRow(ones, m => m.Wall), PerRow(severals, m => m.Wall), PerRow(ones, m => m.Processor), PerRow(severals, m => m.Processor),
            ratios[repetitions / 2], ratios[0], ratios[^1], toLoop[repetitions / 2], ofLoops[repetitions / 2], severals.Select(m => (double)m.Bytes / count).Order().ElementAt(repetitions / 2));

        Task Loop()
        {
            GroupByScenarios.Add(loop, rows);
            return Task.CompletedTask;
        }

        double PerRow(List<Measurement> measured, Func<Measurement, TimeSpan> time) => measured.Select(time).Order().ElementAt(repetitions / 2).TotalNanoseconds / count;
    }

    private static Row[] HalfOnOneKey(Row[] rows)
    {
        for (var i = 0; i < rows.Length; i += 2) rows[i] = rows[i] with { Key = rows[0].Key };
        return rows;
    }

    // What two cores of the machine can give: nothing is shared, and nothing has to be brought from one to the other.
    private sealed class TwoLoops(Row[] rows)
    {
        private readonly Row[][] _rows = [.. Enumerable.Range(0, Workers).Select(half => rows.Where(r => ((r.Key >> 20) & 1) == half).ToArray())];
        private readonly HandTable<GroupByScenarios.CountAndSum>[] _tables = [.. Enumerable.Range(0, Workers).Select(_ => new HandTable<GroupByScenarios.CountAndSum>())];

        internal Task RunAsync()
        {
            Thread[] threads = [.. Enumerable.Range(0, Workers).Select(half => new Thread(() => GroupByScenarios.Add(_tables[half], _rows[half])))];
            foreach (var thread in threads) thread.Start();
            foreach (var thread in threads) thread.Join();
            return Task.CompletedTask;
        }
    }

    private sealed record Result(
        string Scenario, int Rows, int Repetitions, double LoopNanoseconds, double OneNanoseconds, double SeveralNanoseconds, double OneProcessorNanoseconds, double SeveralProcessorNanoseconds,
        double Ratio, double LowestRatio, double HighestRatio, double RatioToLoop, double RatioOfLoops, double BytesPerRow)
    {
        public override string ToString() => string.Create(CultureInfo.InvariantCulture,
            $"{Scenario}: {Workers} workers are {Ratio:F2} times as fast as one ({LowestRatio:F2} .. {HighestRatio:F2}) and {RatioToLoop:F2} times as fast as the loop of one thread; two such loops, each with half of the keys and their rows to itself, are {RatioOfLoops:F2} times as fast as one. ns/row: loop {LoopNanoseconds:F1}, one worker {OneNanoseconds:F1} (processor {OneProcessorNanoseconds:F1}), {Workers} workers {SeveralNanoseconds:F1} (processors {SeveralProcessorNanoseconds:F1}); {BytesPerRow:F2} bytes/row.");
    }
}
