// The paired runner: hand-written loop and engine take turns in one process, so that a slow minute of the machine hits both. Ratios are the result; times belong to the machine.
using System.Diagnostics;
using System.Globalization;
using System.Text.Json;

namespace StreamLinq.Benchmarks;

internal sealed class Ratios(bool quick)
{
    private const int WarmUps = 12;
    private const int JoinRows = 512 * Rows.Batch;

    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };

    private readonly int _rows = quick ? 2_000_000 : 10_000_000;
    private readonly int _repetitions = quick ? 5 : 7;

    /// <summary>Handles `ratios [--quick] [--only NAME] [--json FILE]`.</summary>
    internal static async Task<int> RunAsync(string[] arguments)
    {
        var quick = false;
        string? only = null, json = null;
        for (var i = 0; i < arguments.Length; i++)
        {
            if (arguments[i] == "--quick") quick = true;
            else if (arguments[i] == "--only" && i + 1 < arguments.Length) only = arguments[++i];
            else if (arguments[i] == "--json" && i + 1 < arguments.Length) json = arguments[++i];
            else return await WrongAsync($"ratios does not know '{arguments[i]}'. It takes --quick, --only NAME and --json FILE.");
        }

        if (only == KafkaRatios.Name) return await KafkaRatios.RunAsync(quick, json);
        if (only is not null && StateRatios.Names.Contains(only)) return await StateRatios.RunAsync(only, quick, json);
        if (only is not null && WorkerRatios.Names.Contains(only)) return await WorkerRatios.RunAsync(only, quick, json);
        var chosen = Scenario.All.Where(s => only is null || s.Name == only).ToList();
        if (chosen.Count == 0) return await WrongAsync($"There is no scenario '{only}'. There are: {string.Join(", ", Scenario.All.Select(s => s.Name).Concat(StateRatios.Names).Concat(WorkerRatios.Names).Append(KafkaRatios.Name))}.");
        var runner = new Ratios(quick);
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{runner._rows:N0} rows per repetition ({JoinRows:N0} for joins), {runner._repetitions} repetitions, medians. Ratio: loop / StreamLinq in processor time; 1 is the loop."));
        Console.WriteLine("                       ns/row          ratio to the loop        ratio to        ns/row  bytes  changes        start, ms");
        Console.WriteLine("scenario             loop  engine   median    (min .. max)   count+sum loop     wall   /row  /epoch  epochs  (to first commit)");
        await WarmLoopsAsync();
        var results = new List<Result>();
        foreach (var scenario in chosen)
        {
            var result = await runner.MeasureAsync(scenario);
            Console.WriteLine(result.ToString());
            results.Add(result);
        }

        if (json is not null) await File.WriteAllTextAsync(json, JsonSerializer.Serialize(results, Indented));
        return 0;
    }

    private static async Task<int> WrongAsync(string message)
    {
        await Console.Error.WriteLineAsync(message);
        return 2;
    }

    private async Task<Result> MeasureAsync(Scenario scenario)
    {
        var rows = Rows.Uniform(scenario.Joined ? JoinRows : _rows, scenario.Keys);
        var loops = scenario.Joined ? HandWritten.Pairs() : scenario.Windowed ? HandWritten.PerWindow() : HandWritten.PerKey();
        var started = Stopwatch.GetTimestamp();
        await using IMeasuredQuery query = scenario.Joined ? await JoinQuery.StartAsync(rows) : await GroupByQuery.StartAsync(rows, scenario.Durable, scenario.Windowed);
        await query.RunAsync(Rows.Batch);
        var start = Stopwatch.GetElapsedTime(started);

        // Warm: all keys are known and all code is compiled as far as it will be.
        await query.RunAsync(rows.Length - Rows.Batch);
        await Add(rows, loops.Limit);
        await Add(rows, loops.SameWork);
        for (var i = 0; i < WarmUps; i++)
        {
            // The JIT compiles anew what runs often, in the background, and waits for a pause to do it.
            await Task.Delay(TimeSpan.FromMilliseconds(200));
            Rows.MoveOn(rows);
            await query.RunAsync(rows.Length);
            await Add(rows, loops.Limit);
            await Add(rows, loops.SameWork);
        }

        var (limit, same, engine) = (new List<Measurement>(), new List<Measurement>(), new List<Measurement>());
        var (changes, epochs) = (query.Changes, query.Epochs);
        for (var i = 0; i < _repetitions; i++)
        {
            Rows.MoveOn(rows);
            limit.Add(await Measurement.OfAsync(() => Add(rows, loops.Limit)));
            engine.Add(await Measurement.OfAsync(() => query.RunAsync(rows.Length)));
            same.Add(await Measurement.OfAsync(() => Add(rows, loops.SameWork)));
        }

        loops.Check(query.Changes);
        changes = query.Changes - changes;
        epochs = query.Epochs - epochs;
        var ratios = Ratio(limit, engine);
        return new Result(
            scenario.Name, rows.Length, _repetitions, PerRow(limit, m => m.Processor.TotalNanoseconds), PerRow(engine, m => m.Processor.TotalNanoseconds), ratios[ratios.Length / 2], ratios[0], ratios[^1],
            Ratio(same, engine)[_repetitions / 2], PerRow(engine, m => m.Wall.TotalNanoseconds), PerRow(engine, m => m.Bytes), (double)changes / epochs, (double)epochs / _repetitions, start.TotalMilliseconds);

        double PerRow(List<Measurement> measured, Func<Measurement, double> value) => measured.Select(value).Order().ElementAt(measured.Count / 2) / rows.Length;
    }

    // The JIT compiles a loop anew while it runs and takes its time about it; the loops must be at their best before the first comparison.
    private static async Task WarmLoopsAsync()
    {
        var rows = Rows.Uniform(200_000, 1000);
        HandWritten[] all = [HandWritten.PerKey(), HandWritten.PerWindow(), HandWritten.Pairs()];
        for (var i = 0; i < 5; i++)
        {
            foreach (var loops in all)
            {
                await Add(rows, loops.Limit);
                await Add(rows, loops.SameWork);
            }

            Rows.MoveOn(rows);
            await Task.Delay(TimeSpan.FromMilliseconds(200));
        }
    }

    private static Task Add(Row[] rows, BatchLoop add)
    {
        for (var from = 0; from < rows.Length; from += Rows.Batch) add(rows.AsSpan(from, Math.Min(Rows.Batch, rows.Length - from)));
        return Task.CompletedTask;
    }

    private static double[] Ratio(List<Measurement> loop, List<Measurement> engine) => [.. loop.Zip(engine, (l, e) => l.Processor / e.Processor).Order()];

    private delegate void BatchLoop(ReadOnlySpan<Row> rows);

    /// <summary>The loops that the query of a scenario is measured against.</summary>
    /// <param name="Limit">The least that such a query can cost.</param>
    /// <param name="SameWork">What the query does.</param>
    /// <param name="Check">Throws if the loops do not agree with each other, or with the rows that the query has written.</param>
    private sealed record HandWritten(BatchLoop Limit, BatchLoop SameWork, Action<long> Check)
    {
        internal static HandWritten PerKey()
        {
            var (sum, both) = (new HandWrittenSum(), new HandWrittenCountAndSum());
            return new(sum.Add, both.Add, _ => Agree(sum.Total == both.Total && sum.Keys == both.Keys));
        }

        internal static HandWritten PerWindow()
        {
            var (one, two) = (new HandWrittenTumbling(), new HandWrittenTumbling());
            return new(one.Add, two.Add, changes => Agree(one.Emitted == two.Emitted && one.Total == two.Total && one.Late == 0 && one.Emitted == changes));
        }

        internal static HandWritten Pairs()
        {
            var (one, two) = (new HandWrittenJoin(), new HandWrittenJoin());
            return new(one.Add, two.Add, changes => Agree(one.Pairs == two.Pairs && one.Total == two.Total && one.Pairs == changes));
        }

        private static void Agree(bool agree)
        {
            if (!agree) throw new InvalidOperationException("The hand-written loops do not agree, with each other or with the query.");
        }
    }

    private sealed record Result(
        string Scenario, int Rows, int Repetitions, double LoopNanoseconds, double EngineNanoseconds, double Ratio, double LowestRatio, double HighestRatio,
        double RatioToSameWork, double EngineWallNanoseconds, double BytesPerRow, double ChangesPerEpoch, double EpochsPerRepetition, double StartMilliseconds)
    {
        public override string ToString() => string.Create(CultureInfo.InvariantCulture,
            $"{Scenario,-20} {LoopNanoseconds,5:F1} {EngineNanoseconds,6:F1}    {Ratio,6:F2}   ({LowestRatio:F2} .. {HighestRatio:F2})   {RatioToSameWork,6:F2}        {EngineWallNanoseconds,6:F1}  {BytesPerRow,5:F2}  {ChangesPerEpoch,7:F0}  {EpochsPerRepetition,5:F1}    {StartMilliseconds:F0}");
    }
}
