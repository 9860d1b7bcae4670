// A query in a process of its own whose state outgrows its budget by far; what the process has held in memory at most is its answer.
using System.Diagnostics;
using System.Globalization;
using System.Runtime.CompilerServices;

namespace StreamLinq.Tests.Memory;

/// <summary>What is added up.</summary>
/// <param name="Key">One of many.</param>
/// <param name="Value">Some number.</param>
public readonly record struct Amount(long Key, long Value);

internal static class GrowingProcess
{
    private const int Batch = 4096;
    private const long HeapBesideBudget = 80_000_000;

    // The garbage collector is that of a small service: workstation, not concurrent, told to keep the heap small (GCConserveMemory 8) and within the budget and 80 MB; the rest of the process is not on the heap.
    internal static async Task<(long PeakBytes, long OnDisk, long Count, string Errors)> StartAsync(int keys, long budget, string folder)
    {
        var host = Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet";
        var start = new ProcessStartInfo(host, ["exec", typeof(GrowingProcess).Assembly.Location, "grow", keys.ToString(CultureInfo.InvariantCulture), budget.ToString(CultureInfo.InvariantCulture), folder])
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["DOTNET_gcServer"] = "0";
        start.Environment["DOTNET_gcConcurrent"] = "0";
        start.Environment["DOTNET_GCConserveMemory"] = "8";
        start.Environment["DOTNET_GCHeapHardLimit"] = string.Create(CultureInfo.InvariantCulture, $"0x{(budget * 5 / 4) + HeapBesideBudget:X}");
        using var process = Process.Start(start)!;
        var errors = process.StandardError.ReadToEndAsync();
        var answer = (await process.StandardOutput.ReadToEndAsync()).Split(' ');
        await process.WaitForExitAsync();
        return process.ExitCode == 0 ? (Number(0), Number(1), Number(2), await errors) : (0, 0, 0, await errors);

        long Number(int at) => long.Parse(answer[at], CultureInfo.InvariantCulture);
    }

    /// <summary>What the process does: every key once, then every third again.</summary>
    internal static async Task<int> RunAsync(int keys, long budget, string folder)
    {
        long onDisk = 0, count = 0;
        await using var engine = new StreamEngine();
        var totals = StreamSource.From(RowsAsync(keys)).GroupBy(r => r.Key)
            .Select(g => new { g.Key, Count = g.Count(), Sum = g.Sum(r => r.Value), Least = g.Min(r => r.Value), Most = g.Max(r => r.Value) })
            .WriteTo((batch, _) =>
            {
                foreach (var change in batch.Changes.Span) count += change.Row.Count;
                return ValueTask.CompletedTask;
            }, OutputMode.Update);
        var query = await engine.StartAsync(totals, new StreamingQueryOptions { MemoryBudget = budget, CheckpointLocation = folder.Length == 0 ? null : folder });
        await query.Completion;
        onDisk = query.LastProgress!.StateOperators[0].RowsOnDisk;
        await Console.Out.WriteAsync(string.Create(CultureInfo.InvariantCulture, $"{Peak()} {onDisk} {count}"));
        return 0;
    }

    private static async IAsyncEnumerable<Amount> RowsAsync(int keys, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        for (var i = 0; i < keys + (keys / 3); i++)
        {
            if (i % Batch == 0) await Task.Yield();
            cancellationToken.ThrowIfCancellationRequested();
            yield return new Amount((i < keys ? i : (i - keys) * 3L) * 7919, i);
        }
    }

    private static long Peak() => 1024 * long.Parse(File.ReadLines("/proc/self/status").First(l => l.StartsWith("VmHWM:", StringComparison.Ordinal))[6..^2], CultureInfo.InvariantCulture);
}
