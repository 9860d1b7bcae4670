#:project ../../StreamLinq.Providers/StreamLinq.Providers.csproj
// Who is guessing passwords? Reads the log of an SSH server and reports each address with 5 or more failed logins within 5 minutes:
//
//     dotnet run docs/samples/ssh-alerts.cs -- /var/log/auth.log --follow
//
// Event time, a hopping window, and a `where` on a group.
using System.Globalization;
using System.Text.RegularExpressions;
using StreamLinq;

const string Usage = """
    Reports each address with 5 or more failed logins within 5 minutes, from the log of an SSH server. The windows begin at each full minute.

    dotnet run docs/samples/ssh-alerts.cs -- FILE [options]

      --year YEAR           the year of the log, whose lines name none (the default: this one); times are UTC
      --delay SECONDS       how far lines may be out of order (the default: 60); a window is reported when the log is so far past its end
      --follow              wait for more lines at the end of the file, until Ctrl+C
      --checkpoint DIR      keep the state in DIR and go on from there at the next start
      --json FILE           write a JSON object per alert to FILE instead of a table to the console
      --help                print this

    Ctrl+C ends the running epoch and commits it; a second one ends at once.
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

var year = arguments.Year;
var failures = from line in StreamSource.Text(arguments.File, new TextOptions { Follow = arguments.Follow }, name: "log")
               let failure = FailedLogin.In(line.Text, year)
               where failure != null
               select failure;

var alerts = from failure in failures.WithEventTime(f => f.Time, maxDelay: arguments.Delay).Window(Windowing.Hopping(size: TimeSpan.FromMinutes(5), hop: TimeSpan.FromMinutes(1)))
             group failure.Times by failure.Address into address
             where address.Sum() >= 5
             select new { Address = address.Key, address.Window.Start, address.Window.End, Failures = address.Sum() };

var output = arguments.Json is { } json ? alerts.WriteTo(StreamSink.JsonLines(json)) : alerts.WriteTo(StreamSink.Console(int.MaxValue));

await using var engine = new StreamEngine();
var late = new LateRows();
using var listening = engine.AddListener(late);
try
{
    await engine.RunAsync(output, new StreamingQueryOptions { Name = "ssh-alerts", CheckpointLocation = arguments.Checkpoint }, stop.Token);
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

if (late.Count > 0) Console.Error.WriteLine($"{late.Count} lines came too late for every window; give a longer --delay");
return 0;

/// <summary>A failed login, or several that the log has drawn together.</summary>
sealed partial record FailedLogin(string Address, DateTimeOffset Time, long Times)
{
    /// <summary>The failed login that a line tells of; null if it tells of something else, or its date does not exist.</summary>
    public static FailedLogin? In(string line, int year)
    {
        if (Line().Match(line) is not { Success: true } found) return null;
        // Syslog pads the day with a space.
        if (!DateTimeOffset.TryParseExact($"{year:D4} {found.Groups["time"].Value}", "yyyy MMM d HH:mm:ss", CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AllowInnerWhite, out var time)) return null;
        return new FailedLogin(found.Groups["address"].Value, time, found.Groups["times"] is { Success: true } times ? long.Parse(times.Value, CultureInfo.InvariantCulture) : 1);
    }

    // A user may call himself "x from 10.0.0.1 port 1"; the address is what follows the last "from".
    [GeneratedRegex(@"^(?<time>\w{3} [ \d]\d \d\d:\d\d:\d\d) \S+ sshd(-session)?\[\d+\]: (message repeated (?<times>\d{1,9}) times: \[ ?)?Failed password for .* from (?<address>\S+) port \d+( ssh2)?\]?\s*$", RegexOptions.ExplicitCapture)]
    private static partial Regex Line();
}

/// <summary>Counts what came too late.</summary>
sealed class LateRows : IStreamingQueryListener
{
    public long Count { get; private set; }

    public void OnProgress(StreamingQuery query, StreamingQueryProgress progress) => Count += progress.LateRows;
}

/// <summary>The command line. <see cref="Parse"/> throws an ArgumentException that says what is wrong with it.</summary>
sealed class Arguments
{
    public string File { get; private set; } = "";
    public int Year { get; private set; } = DateTime.UtcNow.Year;
    public TimeSpan Delay { get; private set; } = TimeSpan.FromMinutes(1);
    public bool Follow { get; private set; }
    public string? Checkpoint { get; private set; }
    public string? Json { get; private set; }

    public static Arguments Parse(string[] args)
    {
        var parsed = new Arguments();
        var rest = new Queue<string>(args);
        while (rest.TryDequeue(out var name))
        {
            switch (name)
            {
                case "--year": parsed.Year = Number(1, 9998); break;
                case "--delay": parsed.Delay = TimeSpan.FromSeconds(Number(0, int.MaxValue)); break;
                case "--follow": parsed.Follow = true; break;
                case "--checkpoint": parsed.Checkpoint = Value(); break;
                case "--json": parsed.Json = Value(); break;
                case ['-', ..]: throw new ArgumentException($"there is no option {name}");
                default: parsed.File = parsed.File.Length == 0 ? name : throw new ArgumentException("give one file"); break;
            }

            string Value() => rest.TryDequeue(out var value) && value is not ("" or ['-', '-', ..]) ? value : throw new ArgumentException($"{name} needs a value");
            int Number(int least, int most) => int.TryParse(Value(), out var number) && number >= least && number <= most ? number : throw new ArgumentException($"{name} needs a whole number from {least} to {most}");
        }

        return parsed.File.Length > 0 ? parsed : throw new ArgumentException("give the file of a log");
    }
}
