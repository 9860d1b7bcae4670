// The paired runner: hand-written loop, engine and whoever else take turns in one process, so that a slow minute of the machine hits all. Ratios are the result; times belong to the machine.
using System.Diagnostics;
using System.Globalization;
using System.Text.Json;

namespace StreamLinq.Benchmarks;

internal sealed class Ratios(bool quick)
{
    private const int FewestWarmUps = 3;
    private const int MostWarmUps = 12;
    private static readonly TimeSpan WarmUp = TimeSpan.FromSeconds(4);

    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };

    private readonly int _rows = quick ? 2_000_000 : 10_000_000;
    private readonly int _repetitions = quick ? 5 : 7;

    /// <summary>Handles `ratios [--quick] [--only NAME] [--json FILE] [--plot FILE.svg]`.</summary>
    internal static async Task<int> RunAsync(string[] arguments)
    {
        var quick = false;
        string? only = null, json = null, plot = null;
        for (var i = 0; i < arguments.Length; i++)
        {
            if (arguments[i] == "--quick") quick = true;
            else if (arguments[i] == "--only" && i + 1 < arguments.Length) only = arguments[++i];
            else if (arguments[i] == "--json" && i + 1 < arguments.Length) json = arguments[++i];
            else if (arguments[i] == "--plot" && i + 1 < arguments.Length) plot = arguments[++i];
            else return await WrongAsync($"ratios does not know '{arguments[i]}'. It takes --quick, --only NAME, --json FILE and --plot FILE.svg.");
        }

        if (only == Latency.Name) return await Latency.RunAsync(quick, json);
        if (only == StartUp.Name) return await StartUp.RunAsync(json);
        if (only == Growth.Name) return await Growth.RunAsync(quick, json);
        if (only == KafkaRatios.Name) return await KafkaRatios.RunAsync(quick, json);
        if (only is not null && StateRatios.Names.Contains(only)) return await StateRatios.RunAsync(only, quick, json);
        if (only is not null && WorkerRatios.Names.Contains(only)) return await WorkerRatios.RunAsync(only, quick, json);
        var chosen = Scenario.All.Where(s => only is null || s.Name == only || s.Name.StartsWith(only + "-", StringComparison.Ordinal)).ToList();
        if (chosen.Count == 0) return await WrongAsync($"There is no scenario '{only}'. There are: {string.Join(", ", Scenario.All.Select(s => s.Name).Concat(StateRatios.Names).Concat(WorkerRatios.Names).Concat([KafkaRatios.Name, Latency.Name, StartUp.Name, Growth.Name]))}.");
        var runner = new Ratios(quick);
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{runner._rows:N0} rows per repetition ({JoinScenarios.RowsOfBoth:N0} for joins), {runner._repetitions} repetitions, medians. Ratio: loop / contestant in processor time; 1 is the loop."));
        Console.WriteLine("                                  ns/row          ratio to the loop      ns/row   bytes    rows out           start, ms");
        Console.WriteLine("scenario                       loop  engine     median   (min .. max)     wall    /row      /epoch  epochs   (to first commit)");
        var results = new List<RatioResult>();
        foreach (var scenario in chosen)
        {
            var result = await runner.MeasureAsync(scenario);
            Console.WriteLine(result.ToString());
            results.Add(result);

            // What one scenario leaves behind is not the next one's to collect.
            GC.Collect();
        }

        if (json is not null) await File.WriteAllTextAsync(json, JsonSerializer.Serialize(results, Indented));
        if (plot is not null) await File.WriteAllTextAsync(plot, RatioPlot.Of(results));
        return 0;
    }

    private static async Task<int> WrongAsync(string message)
    {
        await Console.Error.WriteLineAsync(message);
        return 2;
    }

    private async Task<RatioResult> MeasureAsync(Scenario scenario)
    {
        var started = Stopwatch.GetTimestamp();
        await using var contest = await scenario.Start(_rows);
        await contest.Query.RunAsync(Rows.Batch);
        var start = Stopwatch.GetElapsedTime(started);

        // Warm: all keys are known and all code is compiled as far as it will be.
        await contest.Query.RunAsync(contest.Rows - Rows.Batch);
        await LoopsAsync(contest);
        started = Stopwatch.GetTimestamp();
        for (var i = 0; i < FewestWarmUps || (i < MostWarmUps && Stopwatch.GetElapsedTime(started) < WarmUp); i++)
        {
            // The JIT compiles anew what runs often, in the background, and waits for a pause to do it.
            await Task.Delay(TimeSpan.FromMilliseconds(200));
            contest.MoveOn();
            await contest.Query.RunAsync(contest.Rows);
            await LoopsAsync(contest);
        }

        var (limit, engine, others) = (new List<Measurement>(), new List<Measurement>(), contest.Others.Select(_ => new List<Measurement>()).ToList());
        var (changes, epochs) = (contest.Query.Changes, contest.Query.Epochs);
        for (var i = 0; i < _repetitions; i++)
        {
            contest.MoveOn();
            limit.Add(await Measurement.OfAsync(contest.Limit));
            engine.Add(await Measurement.OfAsync(() => contest.Query.RunAsync(contest.Rows)));
            for (var o = 0; o < others.Count; o++) others[o].Add(await Measurement.OfAsync(contest.Others[o].Run));
        }

        contest.Check();
        changes = contest.Query.Changes - changes;
        epochs = contest.Query.Epochs - epochs;
        var ratios = Sorted(limit, engine);
        return new RatioResult(
            scenario.Name, contest.Rows, _repetitions, PerRow(limit, m => m.Processor.TotalNanoseconds), PerRow(engine, m => m.Processor.TotalNanoseconds), Middle(ratios), ratios[0], ratios[^1],
            PerRow(engine, m => m.Wall.TotalNanoseconds), PerRow(engine, m => m.Bytes), (double)changes / epochs, (double)epochs / _repetitions, start.TotalMilliseconds,
            [.. contest.Others.Zip(others, (o, m) => new OtherResult(o.Name, PerRow(m, x => x.Processor.TotalNanoseconds), Middle(Sorted(limit, m)), Middle(Sorted(m, engine)), PerRow(m, x => x.Bytes)))]);

        double PerRow(List<Measurement> measured, Func<Measurement, double> value) => measured.Select(value).Order().ElementAt(measured.Count / 2) / contest.Rows;
    }

    private static async Task LoopsAsync(Contest contest)
    {
        await contest.Limit();
        foreach (var (_, run) in contest.Others) await run();
    }

    private static double[] Sorted(List<Measurement> of, List<Measurement> to) => [.. of.Zip(to, (l, e) => l.Processor / e.Processor).Order()];

    private static double Middle(double[] sorted) => sorted[sorted.Length / 2];
}
