// `ratios --only durable-10k` and its kin: what it costs to keep state, beside the same query without a checkpoint or beside bare FASTER. The two take turns in one process.
using System.Globalization;
using System.Text.Json;

namespace StreamLinq.Benchmarks;

internal sealed class StateRatios(bool quick)
{
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };

    private const int EpochsInStretch = 4;

    private readonly int _repetitions = quick ? 3 : 7;

    private static Dictionary<string, Func<StateRatios, Task<Result>>> Scenarios { get; } = new()
    {
        ["durable-10k"] = r => r.DurableAsync("durable-10k", 10_000),
        ["durable-1M"] = r => r.DurableAsync("durable-1M", 1_000_000),
        ["larger-than-memory-uniform"] = r => r.LargerAsync("larger-than-memory-uniform", zipf: false),
        ["larger-than-memory-zipf"] = r => r.LargerAsync("larger-than-memory-zipf", zipf: true),
        ["checkpoint-1pc"] = _ => ChangedPartAsync("checkpoint-1pc"),
        ["recovery-10M"] = r => r.RecoveryAsync("recovery-10M"),
    };

    internal static IEnumerable<string> Names => Scenarios.Keys;

    internal static async Task<int> RunAsync(string name, bool quick, string? json)
    {
        var result = await Scenarios[name](new StateRatios(quick));
        Console.WriteLine(result.ToString());
        if (json is not null) await File.WriteAllTextAsync(json, JsonSerializer.Serialize(result, Indented));
        return 0;
    }

    // Epochs of about a second, several of them in one stretch, as a stream brings them: ten million rows are one. The same query, the same rows, once with a checkpoint.
    private async Task<Result> DurableAsync(string name, int keys)
    {
        var rows = Rows.Uniform(quick ? 2_000_000 : 10_000_000, keys);
        var stretch = EpochsInStretch * rows.Length;
        await using var plain = await StateQuery.StartAsync(rows, checkpoint: null, budget: null, rows.Length);
        await using var durable = await StateQuery.StartAsync(rows, StateQuery.NewFolder(), budget: null, rows.Length);
        await plain.RunAsync(stretch);
        await durable.RunAsync(stretch);
        return await PairAsync(name, "the same query without a checkpoint", stretch, () => plain.RunAsync(stretch), () => durable.RunAsync(stretch));
    }

    // Four aggregates per key; the table of all keys would take four times the budget. FASTER gets the budget too, for its index and the pages of its log.
    private async Task<Result> LargerAsync(string name, bool zipf)
    {
        var keys = quick ? 2_000_000 : 4_000_000;
        var budget = keys * StateQuery.BytesPerKey / 4;
        var numbers = new KeyNumbers(keys, zipf);
        await using var query = await StateQuery.StartAsync(Rows.Of(keys, i => i), checkpoint: null, budget);
        await query.RunAsync(keys);
        using var store = new FasterTotals(budget, keys);
        store.Add(Rows.Of(keys, i => i));
        var count = quick ? 400_000 : 1_000_000;
        query.Rows = Rows.Of(count, _ => numbers.Next());
        for (var i = 0; i < 2; i++) await BothAsync();
        var result = await PairAsync(name, $"bare FASTER RMW, {FasterTotals.MostOutstanding} outstanding", count, () => { store.Add(query.Rows); return Task.CompletedTask; }, () => query.RunAsync(count), () => query.Rows = Rows.Of(count, _ => numbers.Next()));
        return result with { Note = string.Create(CultureInfo.InvariantCulture, $"{keys:N0} keys, budget {budget / 1e6:N0} MB, {query.RowsOnDisk:N0} keys on disk") };

        async Task BothAsync()
        {
            await query.RunAsync(count);
            store.Add(query.Rows);
        }
    }

    // What the process writes when one key in a hundred has changed, beside what it writes when all have.
    private static async Task<Result> ChangedPartAsync(string name)
    {
        const int Keys = 1_000_000;
        await using var query = await StateQuery.StartAsync(Rows.Of(Keys, i => i), StateQuery.NewFolder(), budget: null);
        await query.RunAsync(Keys);
        var all = await WrittenAsync(Keys);
        var part = await WrittenAsync(Keys / 100);
        return new Result(name, "an epoch that changes all keys", part / (double)all, 0, 0, 0, 0, 0, string.Create(CultureInfo.InvariantCulture, $"{all:N0} bytes written for {Keys:N0} changed keys, {part:N0} for {Keys / 100:N0}"));

        async Task<long> WrittenAsync(int rows)
        {
            query.Rows = Rows.Of(rows, i => i);
            var before = Written();
            await query.RunAsync(rows);
            return Written() - before;
        }
    }

    private async Task<Result> RecoveryAsync(string name)
    {
        var keys = quick ? 2_000_000 : 10_000_000;
        var folder = StateQuery.NewFolder();
        await using (var first = await StateQuery.StartAsync(Rows.Of(keys, i => i), folder, budget: null))
        {
            await first.RunAsync(keys);
            first.KeepsFolder = true;
        }

        var seconds = new List<double>();
        for (var i = 0; i < _repetitions; i++)
        {
            // From the start of the query to the commit of its first epoch, of a thousand rows of old keys.
            var measured = await Measurement.OfAsync(async () =>
            {
                await using var again = await StateQuery.StartAsync(Rows.Of(1_000, n => n * 997 % keys), folder, budget: null);
                await again.RunAsync(1_000);
                again.KeepsFolder = true;
            });
            seconds.Add(measured.Wall.TotalSeconds);
        }

        Directory.Delete(folder, recursive: true);
        seconds.Sort();
        return new Result(name, "", 0, 0, 0, 0, 0, seconds[seconds.Count / 2], string.Create(CultureInfo.InvariantCulture, $"seconds from start to the first commit and the end, {keys:N0} keys, {seconds[0]:F2} to {seconds[^1]:F2}"));
    }

    private async Task<Result> PairAsync(string name, string limit, int rows, Func<Task> one, Func<Task> other, Action? between = null)
    {
        var (limits, engines) = (new List<Measurement>(), new List<Measurement>());
        for (var i = 0; i < _repetitions; i++)
        {
            between?.Invoke();
            limits.Add(await Measurement.OfAsync(one));
            engines.Add(await Measurement.OfAsync(other));
        }

        var wall = limits.Zip(engines, (l, e) => l.Wall / e.Wall).Order().ToArray();
        var processor = limits.Zip(engines, (l, e) => l.Processor / e.Processor).Order().ToArray();
        return new Result(name, limit, wall[wall.Length / 2], wall[0], wall[^1], processor[processor.Length / 2],
            Median(limits) / rows, Median(engines) / rows, "");

        static double Median(List<Measurement> all) => all.Select(m => m.Wall.TotalNanoseconds).Order().ElementAt(all.Count / 2);
    }

    private static long Written() => !File.Exists("/proc/self/io") ? 0
        : long.Parse(File.ReadLines("/proc/self/io").First(l => l.StartsWith("wchar", StringComparison.Ordinal)).AsSpan(7), CultureInfo.InvariantCulture);

    private sealed record Result(string Scenario, string Beside, double Ratio, double LowestRatio, double HighestRatio, double ProcessorRatio, double LimitNanosecondsPerRow, double EngineNanosecondsPerRow, string Note)
    {
        public override string ToString() => Beside.Length == 0
            ? string.Create(CultureInfo.InvariantCulture, $"{Scenario}: {EngineNanosecondsPerRow:F2} {Note}")
            : string.Create(CultureInfo.InvariantCulture, $"{Scenario}: {Ratio:F3} of {Beside} ({LowestRatio:F2} .. {HighestRatio:F2}, processor time {ProcessorRatio:F2}); ns/row {LimitNanosecondsPerRow:F0} and {EngineNanosecondsPerRow:F0}. {Note}");
    }
}
