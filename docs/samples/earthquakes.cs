#:project ../../StreamLinq.Providers/StreamLinq.Providers.csproj
// How many earthquakes per day and region, and how strong was the strongest? Reports come hours or days after the ground shook, and some too late to count:
//
//     dotnet run docs/samples/earthquakes.cs -- all_week.geojson
//
// The file is a feed of the US Geological Survey (earthquake.usgs.gov, GeoJSON). Event time, a window per day, and the late rows as a result of their own.
using System.Text.Json;
using StreamLinq;

const string Usage = """
    Counts the earthquakes of a feed per UTC day and region, with the magnitude of the strongest. Reports arrive in the order of their last update.
    A day is told when a report has come of an earthquake 48 hours after its end; reports that come later are shown as late.

    dotnet run docs/samples/earthquakes.cs -- FILE [options]

      --rows-per-epoch N    epochs of exactly N reports, the last one aside (the default: 100)
      --json DIR            write DIR/days.jsonl and DIR/late.jsonl instead of tables to the console
      --help                print this

    Ctrl+C ends after the running epoch.
    """;

if (args.Contains("--help"))
{
    Console.WriteLine(Usage);
    return 0;
}

string? file = null, json = null;
var rowsPerEpoch = 100;
for (var i = 0; i < args.Length; i++)
{
    if (args[i] == "--json" && i + 1 < args.Length && args[i + 1].Length > 0) json = args[++i];
    else if (args[i] == "--rows-per-epoch" && i + 1 < args.Length && int.TryParse(args[i + 1], out rowsPerEpoch) && rowsPerEpoch > 0) i++;
    else if (file is null && args[i] is not ("" or ['-', ..])) file = args[i];
    else return Wrong($"this is not understood: {args[i]}");
}

if (file is null) return Wrong("give the file of a feed");

using var stop = new CancellationTokenSource();
Console.CancelKeyPress += (_, key) =>
{
    key.Cancel = !stop.IsCancellationRequested;
    stop.Cancel();
};

try
{
    var reports = new MemorySource<Earthquake>();
    reports.Add(await Earthquake.ReadAsync(file, stop.Token));
    reports.Complete();

    var perDay = reports.AsStreamQueryable("reports")
        .WithEventTime(quake => quake.Time, maxDelay: TimeSpan.FromHours(48))
        .Window(Windowing.Tumbling(TimeSpan.FromDays(1)));

    var days = from quake in perDay
               group quake by quake.Region into region
               select new { Day = DateOnly.FromDateTime(region.Window.Start.UtcDateTime), Region = region.Key, Count = region.Count(), Strongest = region.Max(quake => quake.Magnitude) };

    var late = from quake in perDay.LateRows()
               select new { Late = quake.Place, quake.Magnitude, quake.Time, quake.Updated };

    StreamOutput[] outputs = json is null
        ? [days.WriteTo(StreamSink.Console(int.MaxValue)), late.WriteTo(StreamSink.Console(int.MaxValue))]
        : [days.WriteTo(StreamSink.JsonLines(Path.Combine(json, "days.jsonl"))), late.WriteTo(StreamSink.JsonLines(Path.Combine(json, "late.jsonl")))];

    await using var engine = new StreamEngine();
    await engine.RunAsync(outputs, new StreamingQueryOptions { Name = "earthquakes", MaxRowsPerEpoch = rowsPerEpoch, MaxLatency = Timeout.InfiniteTimeSpan }, stop.Token);
    return 0;
}
catch (OperationCanceledException) when (stop.IsCancellationRequested)
{
    // Ctrl+C before the query had started.
    return 0;
}
catch (Exception failure) when (failure is StreamLinqException or IOException or UnauthorizedAccessException or JsonException or ArgumentOutOfRangeException)
{
    Console.Error.WriteLine(failure.Message);
    return 1;
}

static int Wrong(string message)
{
    Console.Error.WriteLine($"{message}\n\n{Usage}");
    return 2;
}

/// <summary>A report of an earthquake. The magnitude may be unknown.</summary>
sealed record Earthquake(string Place, string Region, double? Magnitude, DateTimeOffset Time, DateTimeOffset Updated)
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web) { RespectRequiredConstructorParameters = true, RespectNullableAnnotations = true };

    /// <summary>The reports of a feed, in the order in which they were last updated.</summary>
    public static async Task<Earthquake[]> ReadAsync(string file, CancellationToken stop)
    {
        await using var stream = File.OpenRead(file);
        var feed = await JsonSerializer.DeserializeAsync<Feed>(stream, Json, stop) ?? throw new JsonException($"{file} is no feed of earthquakes.");
        return [.. feed.Features.Select(feature => feature.Properties).OrderBy(report => report.Updated).Select(Of)];
    }

    private static Earthquake Of(Properties report)
    {
        var place = report.Place ?? "";
        var comma = place.LastIndexOf(", ", StringComparison.Ordinal);
        return new Earthquake(place, comma < 0 ? place : place[(comma + 2)..], report.Mag, DateTimeOffset.FromUnixTimeMilliseconds(report.Time), DateTimeOffset.FromUnixTimeMilliseconds(report.Updated));
    }

    // The parts of the feed that are read.
    private sealed record Feed(Feature[] Features);

    private sealed record Feature(Properties Properties);

    private sealed record Properties(long Time, long Updated, string? Place = null, double? Mag = null);
}
