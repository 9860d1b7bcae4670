// `ratios --only growth-10M`: how long the stream stands still while a table grows from nothing to ten million groups. What counts is the longest time that one batch of rows takes.
using System.Diagnostics;
using System.Globalization;
using System.Text.Json;

namespace StreamLinq.Benchmarks;

internal static class Growth
{
    internal const string Name = "growth-10M";

    private const int RowsPerEpoch = 1_000_000;
    private const int BatchRows = 256;
    private const int Told = 5;

    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };

    internal static async Task<int> RunAsync(bool quick, string? json)
    {
        var rows = Rows.Of(quick ? 2_000_000 : 10_000_000, i => i);
        var results = new List<Result>();
        for (var i = 0; i < (quick ? 3 : 5); i++) results.Add(await MeasureAsync(rows));
        foreach (var result in results) Console.WriteLine(result.ToString());
        if (json is not null) await File.WriteAllTextAsync(json, JsonSerializer.Serialize(results, Indented));
        return 0;
    }

    // Every row has a key of its own. What is measured lies between two batches of one epoch: rows and the table, and nothing that an epoch does at its end.
    private static async Task<Result> MeasureAsync(Row[] rows)
    {
        var took = new List<(double Milliseconds, double Collector)>(rows.Length / BatchRows);
        var (at, pauses) = (0L, TimeSpan.Zero);
        var source = new RowsSource<Row>(rows) { Reading = Read, BatchRows = BatchRows };
        await using var engine = new StreamEngine();
        var sums = source.AsStreamQueryable().GroupBy(r => r.Key).Select(g => new Sum(g.Key, g.Sum(r => r.Value)));
        await engine.StartAsync(sums.WriteTo(new CountingSink<Sum>(static _ => { }), OutputMode.Update), new StreamingQueryOptions { MaxRowsPerEpoch = RowsPerEpoch });
        GC.Collect();
        await source.ReleaseAsync(rows.Length);
        var longest = took.OrderByDescending(t => t.Milliseconds).ToList();
        return new Result(took.Count, longest[took.Count / 2].Milliseconds, longest[took.Count / 1000].Milliseconds, [.. longest.Take(Told).Select(t => t.Milliseconds)], [.. longest.Take(Told).Select(t => t.Collector)]);

        void Read(bool isFirst)
        {
            var (now, paused) = (Stopwatch.GetTimestamp(), GC.GetTotalPauseDuration());
            if (!isFirst) took.Add((Stopwatch.GetElapsedTime(at, now).TotalMilliseconds, (paused - pauses).TotalMilliseconds));
            (at, pauses) = (now, paused);
        }
    }

    private readonly record struct Sum(long Key, long Value);

    private sealed record Result(int Batches, double Median, double Of999, double[] Longest, double[] Collector)
    {
        public override string ToString() => string.Create(CultureInfo.InvariantCulture,
            $"{Name}: a batch of {BatchRows} new groups takes {Median:F3} ms, 999 of a thousand at most {Of999:F1} ms; the longest of {Batches}: {Text(Longest)} ms, of which the collector paused {Text(Collector)} ms.");

        private static string Text(double[] all) => string.Join(", ", all.Select(m => m.ToString("F1", CultureInfo.InvariantCulture)));
    }
}
