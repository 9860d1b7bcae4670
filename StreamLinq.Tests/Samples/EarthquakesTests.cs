// earthquakes.cs beside a program that goes through the feed by hand, epoch by epoch: which rows are late depends on how the input is cut.
using System.Globalization;
using System.Text;
using System.Text.Json;
using NUnit.Framework;
using StreamLinq.Tests.Language;
using StreamLinq.Tests.Sinks;

namespace StreamLinq.Tests.Samples;

public sealed class EarthquakesTests
{
    private const string Sample = "earthquakes.cs";
    private const long Day = 86_400_000;

    [TestCase(100)]
    [TestCase(37)]
    [TestCase(5000)]
    public async Task The_feed_of_a_week_gives_what_going_through_it_by_hand_gives(int rowsPerEpoch)
    {
        var feed = Path.Combine(Repository.Shared("data"), "earthquakes.json");
        using var folder = new TempFolder();
        var arguments = new List<string> { feed, "--json", "out" };
        if (rowsPerEpoch != 100) arguments.AddRange(["--rows-per-epoch", rowsPerEpoch.ToString(CultureInfo.InvariantCulture)]);
        var (code, output, errors) = await SampleRun.ToEndAsync(Sample, folder.Path, [.. arguments]);
        Assert.That(code, Is.Zero, errors);
        Assert.That(output + errors, Is.Empty);
        var (days, late) = Expected(Reports(feed), rowsPerEpoch);
        Assert.That(Days(folder["out/days.jsonl"]), Is.EquivalentTo(days));
        Assert.That(Late(folder["out/late.jsonl"]), Is.EqualTo(late), "late rows, in the order they came");
        if (rowsPerEpoch == 100) Assert.That(late, Is.Not.Empty);
    }

    [Test]
    public async Task Reports_that_come_weeks_late_are_shown_as_late_and_not_counted()
    {
        var seed = Environment.TickCount;
        await TestContext.Out.WriteLineAsync($"seed {seed}");
        var random = new Random(seed);
        string?[] places = ["1 km W of Here, There", "There", "a, b, ", null, "Yonder, a, There"];
        var reports = new List<Report>();
        for (var i = 0; i < 600; i++)
        {
            var time = random.NextInt64(-10 * Day, 10 * Day);
            reports.Add(new Report(places[random.Next(places.Length)], random.Next(5) == 0 ? null : Math.Round((random.NextDouble() * 9) - 1, 1), time, time + (long)(Math.Pow(random.NextDouble(), 3) * 12 * Day)));
        }

        using var folder = new TempFolder();
        await WriteAsync(folder["feed.json"], reports);
        var (code, _, errors) = await SampleRun.ToEndAsync(Sample, folder.Path, "feed.json", "--json", "out", "--rows-per-epoch", "20");
        Assert.That(code, Is.Zero, errors);
        var (days, late) = Expected(reports, 20);
        Assert.That(late, Is.Not.Empty);
        Assert.That(Days(folder["out/days.jsonl"]), Is.EquivalentTo(days));
        Assert.That(Late(folder["out/late.jsonl"]), Is.EqualTo(late));
    }

    [Test]
    public async Task Both_results_are_printed_as_tables()
    {
        using var folder = new TempFolder();
        await WriteAsync(folder["feed.json"],
        [
            new Report("1 km W of Here, There", 2.5, 0, 1), new Report("2 km W of Here, There", 3.5, 5 * Day, 2), new Report("Far, Off", 1, 6 * Day, 3), new Report("Late, There", 4, 10, 4),
        ]);
        var (code, output, errors) = await SampleRun.ToEndAsync(Sample, folder.Path, "feed.json", "--rows-per-epoch", "1");
        Assert.That(code, Is.Zero, errors);
        Assert.That(output, Does.Contain("Day|Region|Count|Strongest|").And.Contain("Late, There"));
    }

    [TestCase("", "give the file of a feed")]
    [TestCase("a b", "this is not understood: b")]
    [TestCase("a --colour", "this is not understood: --colour")]
    [TestCase("a --json", "this is not understood: --json")]
    [TestCase("a --rows-per-epoch 0", "this is not understood: --rows-per-epoch")]
    public async Task Wrong_arguments_print_what_is_wrong_and_the_usage(string args, string message)
    {
        using var folder = new TempFolder();
        var (code, output, errors) = await SampleRun.ToEndAsync(Sample, folder.Path, args.Split(' ', StringSplitOptions.RemoveEmptyEntries));
        Assert.That(code, Is.EqualTo(2));
        Assert.That(output, Is.Empty);
        Assert.That(errors, Does.StartWith(message).And.Contain("--rows-per-epoch N"));
    }

    [Test]
    public async Task What_is_no_feed_is_told()
    {
        using var folder = new TempFolder();
        await File.WriteAllTextAsync(folder["feed.json"], "{}");
        foreach (var file in new[] { "feed.json", "nowhere.json" })
        {
            var (code, _, errors) = await SampleRun.ToEndAsync(Sample, folder.Path, file);
            Assert.That(code, Is.EqualTo(1));
            Assert.That(errors, Is.Not.Empty);
        }
    }

    // Epoch n runs with the watermark that the epochs before it have made; a row is late if its day had ended by the watermark of the epoch before.
    private static (List<DayRow> Days, List<LateRow> Late) Expected(IEnumerable<Report> feed, int rowsPerEpoch)
    {
        var days = new Dictionary<(long, string), (long Count, double? Strongest)>();
        var late = new List<LateRow>();
        long? watermark = null, before = null, latest = null;
        foreach (var epoch in feed.OrderBy(r => r.Updated).Chunk(rowsPerEpoch))
        {
            (before, watermark) = (watermark, latest - (2 * Day));
            foreach (var report in epoch)
            {
                latest = Math.Max(latest ?? long.MinValue, report.Time);
                var start = report.Time - (((report.Time % Day) + Day) % Day);
                if (start + Day <= before)
                {
                    late.Add(new LateRow(report.Place ?? "", report.Magnitude, report.Time));
                    continue;
                }

                var place = report.Place ?? "";
                var region = place.Split(", ")[^1];
                var (count, strongest) = days.GetValueOrDefault((start, region));
                days[(start, region)] = (count + 1, report.Magnitude is { } magnitude ? Math.Max(magnitude, strongest ?? magnitude) : strongest);
            }
        }

        return ([.. days.Select(d => new DayRow(DateTimeOffset.FromUnixTimeMilliseconds(d.Key.Item1).ToString("yyyy-MM-dd", CultureInfo.InvariantCulture), d.Key.Item2, d.Value.Count, d.Value.Strongest))], late);
    }

    private static List<Report> Reports(string path)
    {
        using var feed = JsonDocument.Parse(File.ReadAllText(path));
        return
        [
            .. from feature in feed.RootElement.GetProperty("features").EnumerateArray()
               let report = feature.GetProperty("properties")
               let magnitude = report.GetProperty("mag")
               select new Report(report.GetProperty("place").GetString(), magnitude.ValueKind == JsonValueKind.Null ? null : magnitude.GetDouble(), report.GetProperty("time").GetInt64(), report.GetProperty("updated").GetInt64()),
        ];
    }

    private static Task WriteAsync(string path, IEnumerable<Report> reports)
    {
        var features = reports.Select(r => $$$"""{"properties":{"place":{{{JsonSerializer.Serialize(r.Place)}}},"mag":{{{JsonSerializer.Serialize(r.Magnitude)}}},"time":{{{r.Time}}},"updated":{{{r.Updated}}}}}""");
        return File.WriteAllTextAsync(path, $$"""{"features":[{{string.Join(",\n", features)}}]}""", Encoding.UTF8);
    }

    private static List<DayRow> Days(string path) =>
        [.. Rows(path).Select(row => new DayRow(row.GetProperty("day").GetString()!, row.GetProperty("region").GetString()!, row.GetProperty("count").GetInt64(), Magnitude(row.GetProperty("strongest"))))];

    private static List<LateRow> Late(string path) =>
        !File.Exists(path) ? [] : [.. Rows(path).Select(row => new LateRow(row.GetProperty("late").GetString()!, Magnitude(row.GetProperty("magnitude")), row.GetProperty("time").GetDateTimeOffset().ToUnixTimeMilliseconds()))];

    private static IEnumerable<JsonElement> Rows(string path) => File.ReadLines(path).Select(line => JsonSerializer.Deserialize<JsonElement>(line));

    private static double? Magnitude(JsonElement value) => value.ValueKind == JsonValueKind.Null ? null : value.GetDouble();

    private sealed record Report(string? Place, double? Magnitude, long Time, long Updated);

    private sealed record DayRow(string Day, string Region, long Count, double? Strongest);

    private sealed record LateRow(string Place, double? Magnitude, long Time);
}
