// Every Nexmark query there is, run by its command over a file of events, answers exactly what the reference answers.
using System.Text.Json.Nodes;
using NUnit.Framework;
using StreamLinq.Benchmarks.Nexmark;
using StreamLinq.Tests.Sinks;

namespace StreamLinq.Tests.Nexmark;

public sealed class NexmarkTests
{
    private static IEnumerable<object[]> QueriesAndSets => from query in NexmarkQuery.All from set in ExpectedRows.Sets select new object[] { query.Name, set };

    [TestCaseSource(nameof(QueriesAndSets))]
    public async Task A_query_answers_exactly(string query, string set)
    {
        using var folder = new TempFolder();
        var (code, errors) = await RunAsync(query, "--events", ExpectedRows.Events(set), "--side-input", ExpectedRows.SideInput, "--output", folder.Path);
        Assert.That(errors, Is.Empty);
        Assert.That(code, Is.Zero);
        Assert.That(ExpectedRows.InFile(folder[query + ".jsonl"]), Is.EqualTo(ExpectedRows.Of(set, query)));
    }

    [TestCaseSource(nameof(QueriesAndSets))]
    public async Task A_query_answers_exactly_with_two_workers(string query, string set)
    {
        using var folder = new TempFolder();
        var (code, errors) = await RunAsync(query, "--events", ExpectedRows.Events(set), "--side-input", ExpectedRows.SideInput, "--output", folder.Path, "--workers", "2");
        Assert.That(errors, Is.Empty);
        Assert.That(code, Is.Zero);
        Assert.That(ExpectedRows.InFile(folder[query + ".jsonl"]), Is.EqualTo(ExpectedRows.Of(set, query)));
    }

    [Test]
    public async Task Compressed_events_are_read_as_they_are_and_a_second_run_replaces_the_result_of_the_first()
    {
        using var folder = new TempFolder();
        await ExpectedRows.CompressAsync(ExpectedRows.Events("edge"), folder["events.jsonl.gz"]);
        for (var run = 1; run <= 2; run++)
        {
            var (code, errors) = await RunAsync("q22", "--events", folder["events.jsonl.gz"], "--output", folder["out"]);
            Assert.That(code, Is.Zero, errors);
            Assert.That(ExpectedRows.InFile(folder["out/q22.jsonl"]), Is.EqualTo(ExpectedRows.Of("edge", "q22")));
        }
    }

    [Test]
    public async Task A_run_with_a_checkpoint_that_has_ended_changes_nothing_when_it_is_started_again([Values("q2", "q15")] string query)
    {
        using var folder = new TempFolder();
        for (var run = 1; run <= 2; run++)
        {
            var (code, errors) = await RunAsync(query, "--events", ExpectedRows.Events("edge"), "--output", folder["out"], "--checkpoint", folder["state"]);
            Assert.That(code, Is.Zero, errors);
            Assert.That(ExpectedRows.InFile(folder[$"out/{query}.jsonl"]), Is.EqualTo(ExpectedRows.Of("edge", query)));
        }
    }

    [Test]
    public async Task The_files_of_q10_lie_in_folders_by_day_and_minute()
    {
        using var folder = new TempFolder();
        var (code, errors) = await RunAsync("q10", "--events", ExpectedRows.Events("small"), "--output", folder.Path);
        Assert.That(code, Is.Zero, errors);
        var files = Directory.GetFiles(folder["q10"], "rows-*.csv", SearchOption.AllDirectories);
        var found = files.ToDictionary(file => Path.GetRelativePath(folder["q10"], Path.GetDirectoryName(file)!).Replace("%3A", ":", StringComparison.Ordinal).Replace('\\', '/'), file => File.ReadLines(file).Count() - 1);
        var expected = ExpectedRows.Of("small", "q10")
            .Select(line => JsonNode.Parse(line)!)
            .GroupBy(row => $"Dt={row["dt"]}/Hm={row["hm"]}")
            .ToDictionary(group => group.Key, group => group.Count());
        Assert.That(found, Is.EquivalentTo(expected));
    }

    [TestCase("", "Which query?")]
    [TestCase("q99 --events e --output o", "There is no query 'q99'.")]
    [TestCase("q0 --output o", "--events FILE is missing.")]
    [TestCase("q0 --events e", "--output DIR is missing.")]
    [TestCase("q0 --events e --output o", "There is no file e.")]
    [TestCase("q0 --events e --events f --output o", "--events is there twice.")]
    [TestCase("q0 --events e --output", "--output needs a value.")]
    [TestCase("q0 --events e --output o --workers 0", "'0' is no number of workers.")]
    [TestCase("q0 --speed 3", "nexmark does not know '--speed'.")]
    public async Task Wrong_arguments_print_what_is_wrong_and_the_usage(string arguments, string message)
    {
        var (code, errors) = await RunAsync(arguments.Split(' ', StringSplitOptions.RemoveEmptyEntries));
        Assert.That(code, Is.EqualTo(2));
        Assert.That(errors, Does.StartWith(message).And.Contain("--checkpoint DIR"));
    }

    [Test]
    public async Task A_line_that_is_no_event_is_named()
    {
        using var folder = new TempFolder();
        await File.WriteAllTextAsync(folder["events.jsonl"], """
            {"type":"bid","seq":0,"auction":1,"bidder":2,"price":3,"channel":"c","url":"u","dateTime":0,"extra":""}
            {"type":"bid","seq":1,"auction":1}
            """);
        var (code, errors) = await RunAsync("q0", "--events", folder["events.jsonl"], "--output", folder["out"]);
        Assert.That(code, Is.EqualTo(1));
        Assert.That(errors, Does.Contain("Line 2 of").And.Contain("is no event"));
    }

    private static async Task<(int Code, string Errors)> RunAsync(params string[] arguments)
    {
        using var errors = new StringWriter();
        return (await NexmarkCommand.RunAsync(arguments, TextWriter.Null, errors, CancellationToken.None), errors.ToString());
    }
}
