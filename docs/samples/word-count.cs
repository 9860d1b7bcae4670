#:project ../../StreamLinq.Providers/StreamLinq.Providers.csproj
// Counts the words of files, or of the lines a TCP server sends, while they come:
//
//     dotnet run docs/samples/word-count.cs -- README.md
//
// The query is the heart; around it are where the rows come from, where the table goes, and a command line.
using System.Diagnostics;
using StreamLinq;

const string Usage = """
    Counts the words of files, or of the lines that a TCP server sends.

    dotnet run docs/samples/word-count.cs -- FILE... [options]
    dotnet run docs/samples/word-count.cs -- --socket HOST:PORT [--reconnect] [options]

      --socket HOST:PORT    read lines from a server; ends when the server closes the connection
      --reconnect           connect again instead, until Ctrl+C
      --mode MODE           complete: the whole table whenever it changed (the default)
                            update: the rows that changed; changelog: old rows out, new rows in
      --trigger MS          an epoch every MS milliseconds, instead of as soon as there are rows
      --rows-per-epoch N    epochs of exactly N lines (of each file), the last one aside
      --checkpoint DIR      keep the state in DIR and go on from there at the next start
      --json FILE           write a JSON object per row to FILE instead of a table to the console
      --help                print this

    Ctrl+C ends the running epoch, commits it and prints how fast it went; a second one ends at once.
    """;

if (args.Contains("--help"))
{
    Console.WriteLine(Usage);
    return 0;
}

Arguments arguments;
try
{
    arguments = Arguments.Parse(args);
}
catch (ArgumentException wrong)
{
    Console.Error.WriteLine($"{wrong.Message}\n\n{Usage}");
    return 2;
}

using var stop = new CancellationTokenSource();
Console.CancelKeyPress += (_, key) =>
{
    key.Cancel = !stop.IsCancellationRequested;
    stop.Cancel();
};

var lines = arguments.Socket is { } server
    ? StreamSource.Socket(server.Host, server.Port, new SocketOptions { OnClose = arguments.Reconnect ? SocketClosePolicy.Reconnect : SocketClosePolicy.End })
    : arguments.Files
        .Select(file => StreamSource.Text(file, new TextOptions { Follow = false }, name: file))
        .Aggregate((first, second) => first.Merge(second));

var counts = from line in lines
             from word in line.Text.Split(' ')
             where word.Length > 0
             group word by word into words
             select new { Word = words.Key, Count = words.Count() };

// The first rows of the whole table say the most; of changes none can be left out. Only a whole table has an order.
var sink = arguments.Json is { } json ? StreamSink.JsonLines(json)
    : StreamSink.Console(arguments.Mode == OutputMode.Complete ? 20 : int.MaxValue);
var output = arguments.Mode == OutputMode.Complete
    ? counts.OrderByDescending(row => row.Count).ThenBy(row => row.Word).WriteTo(sink, arguments.Mode)
    : counts.WriteTo(sink, arguments.Mode);

var options = new StreamingQueryOptions { Name = "word-count", Trigger = arguments.Trigger, CheckpointLocation = arguments.Checkpoint };
if (arguments.RowsPerEpoch is { } rows)
    options = options with { MaxRowsPerEpoch = rows, MaxLatency = Timeout.InfiniteTimeSpan };

await using var engine = new StreamEngine();
var meter = new Meter();
using var listening = engine.AddListener(meter);
try
{
    Console.Error.WriteLine($"waiting for the first line of {arguments.Input}; Ctrl+C ends");
    await engine.RunAsync(output, options, stop.Token);
}
catch (OperationCanceledException) when (stop.IsCancellationRequested)
{
    // Ctrl+C before the query had started.
}
catch (Exception failure) when (failure is StreamLinqException or IOException or UnauthorizedAccessException)
{
    Console.Error.WriteLine(failure.Message);
    return 1;
}

Console.Error.WriteLine(meter);
return 0;

/// <summary>Adds up what the epochs did.</summary>
sealed class Meter : IStreamingQueryListener
{
    private readonly Stopwatch _time = Stopwatch.StartNew();
    private long _epochs, _lines, _rows;

    public void OnStarted(StreamingQuery query) => _time.Restart();

    public void OnProgress(StreamingQuery query, StreamingQueryProgress progress)
    {
        _epochs++;
        _lines += progress.InputRows;
        _rows += progress.Sinks.Sum(sink => sink.OutputRows);
    }

    public override string ToString()
    {
        var seconds = _time.Elapsed.TotalSeconds;
        return FormattableString.Invariant($"{_lines} lines in, {_rows} rows out, {_epochs} epochs in {seconds:F2} s: {_lines / seconds:F0} lines/s");
    }
}

/// <summary>The command line. <see cref="Parse"/> throws an ArgumentException that says what is wrong with it.</summary>
sealed class Arguments
{
    public List<string> Files { get; } = [];
    public (string Host, int Port)? Socket { get; private set; }
    public bool Reconnect { get; private set; }
    public OutputMode Mode { get; private set; } = OutputMode.Complete;
    public Trigger Trigger { get; private set; } = Trigger.Default;
    public long? RowsPerEpoch { get; private set; }
    public string? Checkpoint { get; private set; }
    public string? Json { get; private set; }
    public string Input => Socket is { } server ? $"{server.Host}:{server.Port}" : string.Join(", ", Files);

    public static Arguments Parse(string[] args)
    {
        var parsed = new Arguments();
        var rest = new Queue<string>(args);
        while (rest.TryDequeue(out var name))
        {
            switch (name)
            {
                case "--socket": parsed.Socket = Server(Value()); break;
                case "--reconnect": parsed.Reconnect = true; break;
                case "--mode": parsed.Mode = ModeOf(Value()); break;
                case "--trigger": parsed.Trigger = Trigger.ProcessingTime(TimeSpan.FromMilliseconds(Number(least: 0))); break;
                case "--rows-per-epoch": parsed.RowsPerEpoch = Number(least: 1); break;
                case "--checkpoint": parsed.Checkpoint = Value(); break;
                case "--json": parsed.Json = Value(); break;
                case ['-', ..]: throw new ArgumentException($"there is no option {name}");
                default: parsed.Files.Add(name); break;
            }

            string Value() => rest.TryDequeue(out var value) && value is not ("" or ['-', '-', ..]) ? value : throw new ArgumentException($"{name} needs a value");
            int Number(int least) => int.TryParse(Value(), out var number) && number >= least ? number : throw new ArgumentException($"{name} needs a whole number of at least {least}");
        }

        if (parsed.Files.Count == 0 == parsed.Socket is null) throw new ArgumentException("give either files or --socket");
        if (parsed.Files.Contains("")) throw new ArgumentException("a file has no name");
        if (parsed.Files.Distinct().Count() < parsed.Files.Count) throw new ArgumentException("give each file once");
        if (parsed.Reconnect && parsed.Socket is null) throw new ArgumentException("--reconnect goes with --socket");
        return parsed;
    }

    private static OutputMode ModeOf(string text) => text switch
    {
        "complete" => OutputMode.Complete,
        "update" => OutputMode.Update,
        "changelog" => OutputMode.Changelog,
        _ => throw new ArgumentException("--mode is complete, update or changelog"),
    };

    private static (string Host, int Port) Server(string text)
    {
        var colon = text.LastIndexOf(':');
        return colon > 0 && int.TryParse(text[(colon + 1)..], out var port) && port is > 0 and <= 65535
            ? (text[..colon].Trim('[', ']'), port) : throw new ArgumentException("--socket needs HOST:PORT, the port 1 to 65535");
    }
}
