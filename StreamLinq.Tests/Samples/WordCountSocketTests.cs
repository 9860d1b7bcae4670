// word-count.cs on a socket: pieces cut anywhere, a server that hangs up, and one that says nothing.
using NUnit.Framework;
using StreamLinq.Tests.Language;
using StreamLinq.Tests.Sinks;

namespace StreamLinq.Tests.Samples;

public sealed class WordCountSocketTests
{
    private const string Sample = "word-count.cs";

    [TestCase("complete")]
    [TestCase("update")]
    public async Task A_log_that_comes_in_uneven_pieces_is_counted_like_the_whole(string mode)
    {
        var log = await File.ReadAllBytesAsync(Path.Combine(Repository.Shared("data"), "openssh.log"));
        var expected = WordCounts.Of(System.Text.Encoding.UTF8.GetString(log));
        Assert.That(expected, Has.Count.EqualTo(2062));
        var seed = Environment.TickCount;
        await TestContext.Out.WriteLineAsync($"seed {seed}");
        var random = new Random(seed);
        using var folder = new TempFolder();
        using var server = new LineServer();
        await using var run = await SampleRun.StartAsync(Sample, folder.Path, ["--socket", server.Address, "--mode", mode, "--json", "counts.jsonl"]);
        await server.AcceptAsync();
        for (var at = 0; at < log.Length;)
        {
            // Now and then exactly between CR and LF, with time for the piece to be read alone; else anywhere.
            var betweenCrAndLf = Array.IndexOf(log, (byte)'\n', at + 1);
            var atLineEnd = random.Next(40) == 0 && betweenCrAndLf > 0;
            var to = atLineEnd ? betweenCrAndLf : Math.Min(log.Length, at + random.Next(1, 700));
            await server.SendAsync(log.AsMemory(at, to - at));
            if (atLineEnd) await Task.Delay(2);
            at = to;
        }

        server.HangUp();
        var (code, _, errors) = await run.EndAsync();
        Assert.That(code, Is.Zero, errors);
        Assert.That(WordCounts.InFile(folder["counts.jsonl"]), Is.EqualTo(expected));
    }

    [Test]
    public async Task It_says_what_it_waits_for_and_ctrl_c_ends_it()
    {
        using var folder = new TempFolder();
        using var server = new LineServer();
        await using var run = await SampleRun.StartAsync(Sample, folder.Path, ["--socket", server.Address]);
        await server.AcceptAsync();
        await SampleRun.UntilAsync(() => run.Errors.Length > 0, "a word on stderr");
        Assert.That(run.Errors, Does.StartWith($"waiting for the first line of {server.Address}"));
        await run.InterruptAsync();
        var (code, output, errors) = await run.EndAsync();
        Assert.That(code, Is.Zero, errors);
        Assert.That(output, Is.Empty);
        Assert.That(errors, Does.Contain("0 lines in"));
    }

    [Test]
    public async Task Ctrl_c_commits_what_came_and_the_next_start_goes_on_from_there()
    {
        using var folder = new TempFolder();
        for (var start = 1; start <= 2; start++)
        {
            using var server = new LineServer();
            await using var run = await SampleRun.StartAsync(Sample, folder.Path, ["--socket", server.Address, "--mode", "update", "--checkpoint", "state", "--json", "counts.jsonl"]);
            await server.AcceptAsync();
            await server.SendAsync("a b\na\nnot yet ended");
            await SampleRun.UntilAsync(() => File.Exists(folder["counts.jsonl"]) && Counts() is var c && c.GetValueOrDefault("a") == 2 * start && c.GetValueOrDefault("b") == start, "the lines counted");
            await run.InterruptAsync();
            var (code, _, errors) = await run.EndAsync();
            Assert.That(code, Is.Zero, errors);
            Assert.That(errors, Does.Contain("2 lines in"));
        }

        Assert.That(Counts(), Is.EqualTo(new Dictionary<string, long> { ["a"] = 4, ["b"] = 2 }));

        // A row may be half written while it is looked at.
        SortedDictionary<string, long> Counts()
        {
            try
            {
                return WordCounts.InFile(folder["counts.jsonl"]);
            }
            catch (System.Text.Json.JsonException)
            {
                return [];
            }
        }
    }

    [Test]
    public async Task With_reconnect_it_outlives_its_server()
    {
        using var folder = new TempFolder();
        using var server = new LineServer();
        await using var run = await SampleRun.StartAsync(Sample, folder.Path, ["--socket", server.Address, "--reconnect", "--json", "counts.jsonl"]);
        for (var connection = 1; connection <= 2; connection++)
        {
            await server.AcceptAsync();
            await server.SendAsync("a");
            server.HangUp();
            await SampleRun.UntilAsync(() => File.Exists(folder["counts.jsonl"]) && WordCounts.InFile(folder["counts.jsonl"])["a"] == connection, "the line counted");
        }

        Assert.That(run.HasExited, Is.False);
        await run.InterruptAsync();
        Assert.That((await run.EndAsync()).Code, Is.Zero);
    }

    [Test]
    public async Task A_server_that_is_not_there_is_told_by_its_code()
    {
        string address;
        using (var server = new LineServer()) address = server.Address;
        using var folder = new TempFolder();
        var (code, _, errors) = await SampleRun.ToEndAsync(Sample, folder.Path, "--socket", address);
        Assert.That(code, Is.EqualTo(1));
        Assert.That(errors, Does.Contain("SLQ2017"));
    }
}
