// `nexmark-bench`: how many events per second each query of Nexmark takes from memory, on one worker. Events are made before the clock starts, and what comes out is counted.
// A query runs in a process that has run it on some events before, over state that begins empty.
using System.Globalization;
using System.Text.Json;

namespace StreamLinq.Benchmarks.Nexmark;

public sealed class NexmarkBench
{
    private const int WarmUps = 2;
    private const int WarmUpEvents = 400_000;
    private const ulong Seed = 20150715;

    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };

    private int _events = 10_000_000;
    private double _minutes = 60;
    private int _workers = 1;
    private string? _json;
    private NexmarkQuery[] _queries = [.. NexmarkQuery.All];

    public static string Usage { get; } = """
        nexmark-bench [QUERY,...] [--events N] [--minutes M] [--workers N] [--json FILE]
              Events per second of each query of Nexmark, from memory to a sink that counts: 10,000,000 events over 60 minutes of event
              time, one worker. The generator is not counted. Events per second of the clock, and per second of a processor with
              everything that runs beside, the garbage collector too; bytes allocated per event; what the query keeps at the end.
        """;

    /// <summary>Handles the arguments after `nexmark-bench`. 0: done; 2: the arguments are wrong.</summary>
    public static async Task<int> RunAsync(string[] arguments, TextWriter output, TextWriter errors)
    {
        var bench = new NexmarkBench();
        if (bench.Read(arguments) is { } wrong)
        {
            await errors.WriteLineAsync($"{wrong}\n\n{Usage}");
            return 2;
        }

        await output.WriteLineAsync(string.Create(CultureInfo.InvariantCulture, $"{bench._events:N0} events over {bench._minutes:N0} minutes, {bench._workers} worker(s); million events per second of the clock and of a processor"));
        var events = new EventGenerator(bench._events, TimeSpan.FromMinutes(bench._minutes), Seed).Make();
        var results = new List<Result>();
        foreach (var query in bench._queries)
        {
            var result = await bench.MeasureAsync(query, events);
            results.Add(result);
            await output.WriteLineAsync(result.ToString());
        }

        if (bench._json is not null) await File.WriteAllTextAsync(bench._json, JsonSerializer.Serialize(results, Indented));
        return 0;
    }

    // What is wrong with the arguments; null if nothing is.
    private string? Read(string[] arguments)
    {
        for (var i = 0; i < arguments.Length; i++)
        {
            var value = i + 1 < arguments.Length ? arguments[i + 1] : "";
            switch (arguments[i])
            {
                case "--events" when int.TryParse(value, CultureInfo.InvariantCulture, out _events) && _events > 0: break;
                case "--minutes" when double.TryParse(value, CultureInfo.InvariantCulture, out _minutes) && _minutes > 0: break;
                case "--workers" when int.TryParse(value, CultureInfo.InvariantCulture, out _workers) && _workers > 0: break;
                case "--json" when value.Length > 0: _json = value; break;
                case var names when i == 0 && !names.StartsWith('-'):
                    _queries = [.. NexmarkQuery.All.Where(q => names.Split(',').Contains(q.Name))];
                    if (_queries.Length != names.Split(',').Length) return $"Not all of {names} are queries.";
                    continue;
                default: return $"nexmark-bench does not know '{arguments[i]} {value}'.";
            }

            i++;
        }

        return null;
    }

    private async Task<Result> MeasureAsync(NexmarkQuery query, Event[] events)
    {
        for (var i = 0; i < WarmUps; i++) await RunAsync(query, events, Math.Min(WarmUpEvents, events.Length));
        return await RunAsync(query, events, events.Length);
    }

    private async Task<Result> RunAsync(NexmarkQuery query, Event[] events, int count)
    {
        long rows = 0;
        await using var running = await MeasuredQuery<Event>.StartAsync(
            events, q => query.Counted(new Streams(q.Source) { SideInput = query.ReadsSideInput ? Q13.Rows() : [] }, n => rows += n), workers: _workers);
        var measured = await Measurement.OfAsync(() => running.RunAsync(count));
        return new Result(query.Name, count / measured.Wall.TotalSeconds, count / measured.Processor.TotalSeconds, measured.Bytes / (double)count, rows, running.Epochs, running.StateRows);
    }

    private sealed record Result(string Query, double EventsPerSecond, double EventsPerProcessorSecond, double BytesPerEvent, long RowsOut, long Epochs, long StateRows)
    {
        public override string ToString() => string.Create(
            CultureInfo.InvariantCulture, $"{Query,4} {EventsPerSecond / 1e6,7:F2} {EventsPerProcessorSecond / 1e6,7:F2}   {BytesPerEvent,6:F0} bytes/event, {RowsOut:N0} rows out, {Epochs} epochs, {StateRows:N0} rows of state");
    }
}
