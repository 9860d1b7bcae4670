// A query in a process of its own, to be killed: it reads sales from a file and writes them, their totals and how many customers have how many to PostgreSQL, in many small epochs.
using System.Diagnostics;
using Npgsql;

namespace StreamLinq.Tests.Databases;

internal sealed record SoldItem(int Number, string Customer, int Amount);

internal sealed record SoldTotal(string Customer, long Count, long Sum);

internal sealed record SoldSize(long Count, long Customers);

internal sealed class SellingProcess : IAsyncDisposable
{
    private readonly Process _process;
    private readonly Task<string> _errors;

    private SellingProcess(Process process) => (_process, _errors) = (process, process.StandardError.ReadToEndAsync());

    internal bool HasExited => _process.HasExited;

    internal static SellingProcess Start(string connectionString, string folder)
    {
        var host = Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet";
        return new(Process.Start(new ProcessStartInfo(host, ["exec", typeof(SellingProcess).Assembly.Location, "sell", connectionString, folder]) { UseShellExecute = false, RedirectStandardOutput = true, RedirectStandardError = true })!);
    }

    /// <summary>The epoch that this process has committed first; null if it has ended without one.</summary>
    internal async Task<long?> FirstEpochAsync() => await _process.StandardOutput.ReadLineAsync().WaitAsync(TimeSpan.FromMinutes(3)) is { } line ? long.Parse(line) : null;

    internal async Task<string> KillAsync()
    {
        _process.Kill();
        await _process.WaitForExitAsync();
        return await _errors;
    }

    internal async Task<(int Code, string Errors)> EndAsync()
    {
        var output = _process.StandardOutput.ReadToEndAsync();
        await _process.WaitForExitAsync().WaitAsync(TimeSpan.FromMinutes(10));
        await output;
        return (_process.ExitCode, await _errors);
    }

    public async ValueTask DisposeAsync()
    {
        using (_process)
        {
            if (!_process.HasExited) await KillAsync();
        }
    }

    /// <summary>What the process does.</summary>
    internal static async Task<int> RunAsync(string connectionString, string folder)
    {
        await using var database = NpgsqlDataSource.Create(connectionString);
        await using var engine = new StreamEngine();
        engine.AddListener(new Printer());
        var sales = StreamSource.JsonLines<SoldItem>(Path.Combine(folder, "sales.jsonl"), name: "sales");
        var totals = from s in sales group s by s.Customer into g select new SoldTotal(g.Key, g.Count(), g.Sum(s => s.Amount));
        var sizes = from t in totals group t by t.Count into g select new SoldSize(g.Key, g.Count());
        StreamOutput[] outputs =
        [
            sales.WriteTo(StreamSink.Database(database, "sales")),
            totals.WriteTo(StreamSink.Database(database, "totals"), OutputMode.Update),
            totals.WriteTo(StreamSink.Database(database, "logged"), OutputMode.Changelog),
            sizes.WriteTo(StreamSink.Database(database, "sizes"), OutputMode.Complete),
        ];
        var options = new StreamingQueryOptions { Name = "sell", Trigger = Trigger.AvailableNow, CheckpointLocation = Path.Combine(folder, "state"), MaxRowsPerEpoch = 25 };
        await using var query = await engine.StartAsync(outputs, options);
        await query.Completion;
        return 0;
    }

    private sealed class Printer : IStreamingQueryListener
    {
        public void OnProgress(StreamingQuery query, StreamingQueryProgress progress) => Console.WriteLine(progress.Epoch);
    }
}
