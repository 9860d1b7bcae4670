// ssh-alerts.cs beside a count that looks at every window of every minute by itself, on a real log and on one that is made to be difficult.
using System.Globalization;
using System.Text.Json;
using NUnit.Framework;
using StreamLinq.Tests.Language;
using StreamLinq.Tests.Sinks;

namespace StreamLinq.Tests.Samples;

public sealed class SshAlertsTests
{
    private const string Sample = "ssh-alerts.cs";

    [Test]
    public async Task A_real_log_gives_the_alerts_that_counting_by_hand_gives()
    {
        var log = Path.Combine(Repository.Shared("data"), "openssh.log");
        using var folder = new TempFolder();
        var (code, output, errors) = await SampleRun.ToEndAsync(Sample, folder.Path, log, "--year", "2017", "--json", "alerts.jsonl");
        Assert.That(code, Is.Zero, errors);
        Assert.That(output + errors, Is.Empty);
        var alerts = InFile(folder["alerts.jsonl"]);
        Assert.That(alerts, Is.EquivalentTo(Expected(await File.ReadAllLinesAsync(log), 2017)));
        Assert.That(alerts, Is.Not.Empty);
    }

    [Test]
    public async Task Lines_out_of_order_repeated_messages_and_odd_names_are_counted_right()
    {
        var seed = Environment.TickCount;
        await TestContext.Out.WriteLineAsync($"seed {seed}");
        var random = new Random(seed);
        var lines = Made(random);
        using var folder = new TempFolder();
        await File.WriteAllLinesAsync(folder["auth.log"], lines);
        var (code, output, errors) = await SampleRun.ToEndAsync(Sample, folder.Path, "auth.log", "--year", "2024", "--json", "alerts.jsonl");
        Assert.That(code, Is.Zero, errors);
        Assert.That(output + errors, Is.Empty);
        Assert.That(InFile(folder["alerts.jsonl"]), Is.EquivalentTo(Expected(lines, 2024)));
    }

    [Test]
    public async Task A_followed_log_gives_an_alert_when_it_is_past_its_end_and_ctrl_c_ends_it()
    {
        using var folder = new TempFolder();
        await File.WriteAllLinesAsync(folder["auth.log"], Enumerable.Range(0, 5).Select(second => Line(new DateTime(2024, 3, 1, 10, 0, second), "Failed password for root from 10.0.0.1 port 22 ssh2")));
        await using var run = await SampleRun.StartAsync(Sample, folder.Path, ["auth.log", "--year", "2024", "--delay", "0", "--follow", "--json", "alerts.jsonl"]);
        await File.AppendAllLinesAsync(folder["auth.log"], [Line(new DateTime(2024, 3, 1, 10, 2, 0), "Failed password for root from 10.0.0.2 port 22 ssh2")]);
        await SampleRun.UntilAsync(() => File.Exists(folder["alerts.jsonl"]) && new FileInfo(folder["alerts.jsonl"]).Length > 0, "an alert");
        await run.InterruptAsync();
        var (code, _, errors) = await run.EndAsync();
        Assert.That(code, Is.Zero, errors);
        Assert.That(InFile(folder["alerts.jsonl"]), Is.EqualTo(new[]
        {
            new Alert("10.0.0.1", new DateTime(2024, 3, 1, 9, 56, 0), new DateTime(2024, 3, 1, 10, 1, 0), 5),
            new Alert("10.0.0.1", new DateTime(2024, 3, 1, 9, 57, 0), new DateTime(2024, 3, 1, 10, 2, 0), 5),
        }));
    }

    [Test]
    public async Task Lines_that_came_too_late_are_told()
    {
        using var folder = new TempFolder();
        await AppendAsync(0, 0, 0, 0, 0, 30);
        await using var run = await SampleRun.StartAsync(Sample, folder.Path, ["auth.log", "--year", "2024", "--delay", "30", "--follow", "--json", "alerts.jsonl"]);
        await SampleRun.UntilAsync(() => Alerts() == 5, "the alerts of the first minutes");
        await AppendAsync(0, 31, 31, 31, 31, 31, 50);
        await SampleRun.UntilAsync(() => Alerts() == 10, "the alerts of the later minutes");
        await run.InterruptAsync();
        var (code, _, errors) = await run.EndAsync();
        Assert.That(code, Is.Zero, errors);
        Assert.That(errors, Does.Contain("1 lines came too late for every window"));

        Task AppendAsync(params int[] minutes) =>
            File.AppendAllLinesAsync(folder["auth.log"], minutes.Select(minute => Line(new DateTime(2024, 3, 1, 10, minute, 0), "Failed password for root from 10.0.0.1 port 22 ssh2")));

        int Alerts() => File.Exists(folder["alerts.jsonl"]) ? File.ReadAllText(folder["alerts.jsonl"]).Count(c => c == '\n') : 0;
    }

    [TestCase("", "give the file of a log")]
    [TestCase("a b", "give one file")]
    [TestCase("a --colour", "there is no option --colour")]
    [TestCase("a --year", "--year needs a value")]
    [TestCase("a --year MMXVII", "--year needs a whole number from 1 to 9998")]
    [TestCase("a --delay -1", "--delay needs a whole number from 0")]
    public async Task Wrong_arguments_print_what_is_wrong_and_the_usage(string args, string message)
    {
        using var folder = new TempFolder();
        var (code, output, errors) = await SampleRun.ToEndAsync(Sample, folder.Path, args.Split(' ', StringSplitOptions.RemoveEmptyEntries));
        Assert.That(code, Is.EqualTo(2));
        Assert.That(output, Is.Empty);
        Assert.That(errors, Does.StartWith(message).And.Contain("--year YEAR"));
    }

    [Test]
    public async Task A_file_that_is_not_there_is_told_by_its_code()
    {
        using var folder = new TempFolder();
        var (code, _, errors) = await SampleRun.ToEndAsync(Sample, folder.Path, "nowhere.log");
        Assert.That(code, Is.EqualTo(1));
        Assert.That(errors, Does.Contain("SLQ2010"));
    }

    // Every minute, every address, every line.
    private static List<Alert> Expected(string[] lines, int year)
    {
        var failures = lines.Select(line => Failure(line, year)).Where(f => f.Times > 0).ToList();
        var alerts = new List<Alert>();
        var first = failures.Min(f => f.Time);
        for (var start = first.Date.AddHours(first.Hour).AddMinutes(first.Minute - 5); start <= failures.Max(f => f.Time); start = start.AddMinutes(1))
        {
            var end = start.AddMinutes(5);
            foreach (var address in failures.Where(f => f.Time >= start && f.Time < end).Select(f => f.Address).Distinct())
            {
                var times = failures.Where(f => f.Address == address && f.Time >= start && f.Time < end).Sum(f => f.Times);
                if (times >= 5) alerts.Add(new Alert(address, start, end, times));
            }
        }

        return alerts;
    }

    private static (string Address, DateTime Time, long Times) Failure(string line, int year)
    {
        var start = line.IndexOf("]: ", StringComparison.Ordinal);
        if (start < 0 || !line[..start].Contains(" sshd", StringComparison.Ordinal)) return default;
        var text = line[(start + 3)..].TrimEnd();
        var times = 1L;
        if (text.StartsWith("message repeated ", StringComparison.Ordinal))
        {
            times = long.Parse(text.Split(' ')[2], CultureInfo.InvariantCulture);
            text = text[(text.IndexOf('[', StringComparison.Ordinal) + 1)..].Trim(' ', ']');
        }

        if (!text.StartsWith("Failed password for ", StringComparison.Ordinal)) return default;
        var words = text.Split(' ');
        return (words[Array.LastIndexOf(words, "from") + 1], DateTime.ParseExact(line[..15].Replace("  ", " 0", StringComparison.Ordinal) + " " + year, "MMM dd HH:mm:ss yyyy", CultureInfo.InvariantCulture), times);
    }

    // Two hours around the end of February in a leap year, up to 59 seconds out of order.
    private static string[] Made(Random random)
    {
        string[] users = ["root", "invalid user x", "invalid user  0101", "a from 9.9.9.9 port 9", "from", "Ünï"];
        string[] addresses = ["10.0.0.1", "10.0.0.2", "fe80::1", "ns.example.com"];
        var start = new DateTime(2024, 2, 29, 23, 0, 0);
        return
        [
            .. from number in Enumerable.Range(0, 1500)
               let time = start.AddSeconds(random.Next(7200))
               orderby time.AddSeconds(random.Next(59))
               let user = users[random.Next(users.Length)]
               let address = addresses[random.Next(addresses.Length)]
               select random.Next(8) switch
               {
                   0 => Line(time, $"Accepted password for {user} from {address} port 22 ssh2"),
                   1 => Line(time, $"message repeated {random.Next(1, 9)} times: [ Failed password for {user} from {address} port 22 ssh2]"),
                   2 => Line(time, $"Invalid user x from {address}"),
                   3 => Line(time, $"Failed password for {user} from {address} port 22 ssh2").Replace("sshd[", "cron[", StringComparison.Ordinal),
                   _ => Line(time, $"Failed password for {user} from {address} port {random.Next(1, 65536)} ssh2"),
               },
        ];
    }

    private static string Line(DateTime time, string text) => string.Create(CultureInfo.InvariantCulture, $"{time:MMM} {time.Day,2} {time:HH:mm:ss} host sshd[{time.Second + 1}]: {text}");

    private static List<Alert> InFile(string path)
    {
        var alerts = new List<Alert>();
        foreach (var line in File.ReadLines(path))
        {
            using var row = JsonDocument.Parse(line);
            alerts.Add(new Alert(row.RootElement.GetProperty("address").GetString()!, Time("start"), Time("end"), row.RootElement.GetProperty("failures").GetInt64()));

            DateTime Time(string name) => DateTimeOffset.Parse(row.RootElement.GetProperty(name).GetString()!, CultureInfo.InvariantCulture).UtcDateTime;
        }

        return alerts;
    }

    private sealed record Alert(string Address, DateTime Start, DateTime End, long Failures);
}
