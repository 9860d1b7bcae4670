#:project ../../StreamLinq.Providers/StreamLinq.Providers.csproj
#:project ../../StreamLinq.Providers.Kafka/StreamLinq.Providers.Kafka.csproj
// Clicks from a Kafka topic, counted per page in windows of 10 seconds, into another topic, exactly once. With a broker at hand:
//
//     dotnet run docs/samples/kafka-clicks.cs -- localhost:9092 --demo
//
// Another terminal may watch the result: kafka-console-consumer.sh --bootstrap-server localhost:9092 --topic clicks-per-page --isolation-level read_committed --property print.key=true
using System.Text.Json;
using Confluent.Kafka;
using Confluent.Kafka.Admin;
using StreamLinq;

const string Usage = """
    Reads clicks as JSON, {"page": "/home", "at": "2026-01-31T12:00:00Z"}, counts them per page in windows of 10 seconds, and writes each count under the key of page and window, so that the topic may be compacted.

    dotnet run docs/samples/kafka-clicks.cs -- HOST:PORT [options]

      --input TOPIC       the clicks (the default: clicks)
      --output TOPIC      the counts (the default: clicks-per-page)
      --checkpoint DIR    keep state and offsets in DIR, so that the next run goes on (the default: none)
      --demo              make the topics if they are not there, and clicks, about 100 a second
      --seconds N         end by itself N seconds after its start
      --help              print this

    Ctrl+C ends after the running epoch.
    """;

if (args.Contains("--help"))
{
    Console.WriteLine(Usage);
    return 0;
}

string? servers = null, checkpoint = null;
var (input, output, demo, seconds) = ("clicks", "clicks-per-page", false, 0);
for (var i = 0; i < args.Length; i++)
{
    if (args[i] == "--demo") demo = true;
    else if (args[i] == "--input" && i + 1 < args.Length) input = args[++i];
    else if (args[i] == "--output" && i + 1 < args.Length) output = args[++i];
    else if (args[i] == "--checkpoint" && i + 1 < args.Length) checkpoint = args[++i];
    else if (args[i] == "--seconds" && i + 1 < args.Length && int.TryParse(args[i + 1], out seconds) && seconds > 0) i++;
    else if (servers is null && args[i] is not ("" or ['-', ..])) servers = args[i];
    else return Wrong($"this is not understood: {args[i]}");
}

if (servers is null) return Wrong("give the address of a broker, HOST:PORT");

using var stop = new CancellationTokenSource();
Console.CancelKeyPress += (_, key) =>
{
    key.Cancel = !stop.IsCancellationRequested;
    stop.Cancel();
};

try
{
    var clicks = KafkaSource.From<Click>(servers, input, options: new KafkaSourceOptions { GroupId = "kafka-clicks" }, name: "clicks");
    var counts = from click in clicks
                     .WithEventTime(click => click.At, maxDelay: TimeSpan.FromSeconds(2))
                     .Window(Windowing.Tumbling(TimeSpan.FromSeconds(10)))
                     .EmitOnUpdate()
                 group click by click.Page into page
                 select new PageCount(page.Window, page.Key, page.Count());
    var topic = KafkaSink.To<PageCount>(servers, output).WithKey(count => $"{count.Page} {count.Window.Start:O}");

    if (demo) await Demo.CreateTopicsAsync(servers, input, output);
    var demonstration = demo ? Demo.ClickAsync(servers, input, stop.Token) : Task.CompletedTask;
    await using var engine = new StreamEngine();
    var options = new StreamingQueryOptions { Name = "kafka-clicks", CheckpointLocation = checkpoint, Trigger = Trigger.ProcessingTime(TimeSpan.FromSeconds(1)) };
    await using var query = await engine.StartAsync([counts.WriteTo(topic, OutputMode.Update), counts.WriteTo(StreamSink.Console(), OutputMode.Update)], options, stop.Token);
    if (seconds > 0) stop.CancelAfter(TimeSpan.FromSeconds(seconds));
    await Task.WhenAny(query.Completion, Task.Delay(Timeout.Infinite, stop.Token));
    await query.StopAsync();
    await demonstration;
    if (query.Exception is { } failure) throw failure;
    return 0;
}
catch (OperationCanceledException) when (stop.IsCancellationRequested)
{
    // Ctrl+C before the query had started.
    return 0;
}
catch (Exception failure) when (failure is StreamLinqException or KafkaException or ArgumentException)
{
    Console.Error.WriteLine(failure.Message);
    return 1;
}

static int Wrong(string message)
{
    Console.Error.WriteLine($"{message}\n\n{Usage}");
    return 2;
}

sealed record Click(string Page, DateTimeOffset At);

sealed record PageCount(Window Window, string Page, long Clicks);

/// <summary>The other side: somebody clicks.</summary>
static class Demo
{
    private static readonly string[] Pages = ["/home", "/home", "/home", "/search", "/search", "/about"];

    public static async Task CreateTopicsAsync(string servers, params string[] topics)
    {
        using var admin = new AdminClientBuilder(new AdminClientConfig { BootstrapServers = servers }).SetLogHandler((_, _) => { }).Build();
        foreach (var topic in topics)
        {
            try
            {
                await admin.CreateTopicsAsync([new TopicSpecification { Name = topic, NumPartitions = 2 }]);
            }
            catch (CreateTopicsException error) when (error.Results[0].Error.Code == ErrorCode.TopicAlreadyExists)
            {
                // From an earlier run.
            }
        }
    }

    public static async Task ClickAsync(string servers, string topic, CancellationToken stop)
    {
        using var producer = new ProducerBuilder<Null, byte[]>(new ProducerConfig { BootstrapServers = servers }).SetLogHandler((_, _) => { }).Build();
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(10));
        try
        {
            while (await timer.WaitForNextTickAsync(stop))
                producer.Produce(topic, new Message<Null, byte[]> { Value = JsonSerializer.SerializeToUtf8Bytes(new Click(Pages[Random.Shared.Next(Pages.Length)], DateTimeOffset.UtcNow), JsonSerializerOptions.Web) });
        }
        catch (OperationCanceledException)
        {
            producer.Flush(TimeSpan.FromSeconds(10));
        }
    }
}
