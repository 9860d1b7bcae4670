// With Kafka in and Kafka out, the process is killed at random moments, and the broker too: a reader with read_committed sees what the unbroken run gives. STREAMLINQ_LONG=1 kills a hundred times, and the broker ten.
using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using NUnit.Framework;
using StreamLinq.Tests.Sinks;

namespace StreamLinq.Tests.Kafka;

[NonParallelizable]
public sealed class CrashTests
{
    private const int Partitions = 3;

    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web);

    private static bool IsLong => Environment.GetEnvironmentVariable("STREAMLINQ_LONG") == "1";

    private static TimeSpan Limit => TimeSpan.FromMinutes(IsLong ? 10 : 2);

    private static int Rows => IsLong ? 60_000 : 3_000;

    // So many come before each death of the broker.
    private const int RowsPerOutage = 3_000;

    [Test]
    public Task Killed_at_any_moment_the_output_is_that_of_the_unbroken_run() => Task.WhenAll(KillAsync("append"), KillAsync("upsert"));

    private static async Task KillAsync(string form)
    {
        using var folder = new TempFolder();
        var (input, output) = await TopicsAsync(Rows);
        var random = Seeded();
        var kills = 0;
        for (var wanted = IsLong ? 100 : 3; kills < wanted;)
        {
            using var process = Start(form, input, output, folder);
            try
            {
                // A third of the kills at any time, recovery included; the others once it has begun to commit.
                if (kills % 3 != 2) await CommittingAsync(process, folder);
                await Task.Delay(random.Next(0, kills % 3 == 2 ? 1500 : 150));
                if (process.HasExited) break;
            }
            finally
            {
                process.Kill();
                await process.WaitForExitAsync().WaitAsync(Limit);
            }

            kills++;
        }

        Assert.That(kills, Is.GreaterThanOrEqualTo(2), "it was done before it was killed; give it more rows");
        await ToEndAsync(form, input, output, folder);
        Check(form, output, Rows);
        await TestContext.Out.WriteLineAsync($"{form}: {kills} kills");
    }

    [Test]
    public async Task Whatever_becomes_of_the_broker_the_output_is_that_of_the_unbroken_run()
    {
        var random = Seeded();
        using TempFolder appending = new(), upserting = new();
        Copy[] copies = [new("append", await TopicsAsync(0), appending), new("upsert", await TopicsAsync(0), upserting)];
        var kills = IsLong ? 10 : 1;
        var restarts = 0;
        try
        {
            for (var kill = 0; kill < kills; kill++)
            {
                foreach (var copy in copies)
                {
                    Write(copy.Input, kill * RowsPerOutage, RowsPerOutage);
                    restarts += await copy.GoOnAsync();
                }

                await Task.WhenAll(copies.Select(c => CommittingAsync(c.Process!, c.Folder)));
                await Task.Delay(random.Next(0, 300));
                await Broker.KillAsync();
                await Task.Delay(random.Next(0, 300));
                await Broker.RestartAsync();
            }

            await Task.WhenAll(copies.Select(c => c.Process!.WaitForExitAsync())).WaitAsync(Limit);
        }
        finally
        {
            foreach (var copy in copies) copy.Process?.Kill();
        }

        foreach (var copy in copies)
        {
            restarts += await copy.GoOnAsync();
            await copy.Process!.WaitForExitAsync().WaitAsync(Limit);
            copy.Process.Dispose();
            await ToEndAsync(copy.Form, copy.Input, copy.Output, copy.Folder);
            Check(copy.Form, copy.Output, kills * RowsPerOutage);
        }

        await TestContext.Out.WriteLineAsync($"{kills} kills, {restarts} restarts of a process that had given up");
    }

    // A process and what it copies. It may wait an outage out, or fail with a code and go on when it is started again.
    private sealed class Copy(string form, (string Input, string Output) topics, TempFolder folder)
    {
        internal string Form => form;

        internal string Input => topics.Input;

        internal string Output => topics.Output;

        internal TempFolder Folder => folder;

        internal Process? Process { get; private set; }

        // Starts it if it is not running; 1 if it had given up.
        internal async Task<int> GoOnAsync()
        {
            var hadGivenUp = 0;
            if (Process is { HasExited: false }) return 0;
            if (Process is { ExitCode: not 0 })
            {
                Assert.That(await Process.StandardError.ReadToEndAsync(), Does.Contain("SLQ40"));
                hadGivenUp = 1;
            }

            Process?.Dispose();
            Process = Start(form, topics.Input, topics.Output, folder);
            return hadGivenUp;
        }
    }

    [Test]
    public async Task Of_two_processes_with_one_query_the_older_stops_and_nothing_is_doubled()
    {
        using var folder = new TempFolder();
        var (input, output) = (await Topics.CreateAsync(), await Topics.CreateAsync());
        Topics.Write(input, 0, Topics.Numbers(0, 10));
        await using var engine = new StreamEngine();
        var copy = CopyProcess.Output("append", Broker.Address, input, output);
        await using (var once = await engine.StartAsync(copy, CopyProcess.Options(folder["older"])))
        {
            await once.ProcessAllAvailableAsync();
            await once.StopAsync();
        }

        CopyFolder(folder["older"], folder["state"]);
        await using var older = await engine.StartAsync(copy, CopyProcess.Options(folder["older"]));
        await older.ProcessAllAvailableAsync();
        await ToEndAsync("append", input, output, folder);          // another process has opened the sink
        Topics.Write(input, 0, Topics.Numbers(10, 10));
        var error = Assert.ThrowsAsync<StreamingQueryException>(() => older.Completion.WaitAsync(Limit))!;
        Assert.That(error.ToString(), Does.Contain("SLQ4022").And.Contain("the same query runs twice"));
        await ToEndAsync("append", input, output, folder);
        Assert.That(Topics.Read(output).Select(r => int.Parse(r.Key!)), Is.EqualTo(Enumerable.Range(0, 20)));
    }

    private static void CopyFolder(string from, string to)
    {
        foreach (var file in Directory.EnumerateFiles(from, "*", SearchOption.AllDirectories))
        {
            var target = Path.Combine(to, Path.GetRelativePath(from, file));
            Directory.CreateDirectory(Path.GetDirectoryName(target)!);
            File.Copy(file, target);
        }
    }

    private static Random Seeded()
    {
        var seed = Environment.TickCount;
        TestContext.Out.WriteLine($"seed {seed}");
        return new Random(seed);
    }

    private static async Task<(string Input, string Output)> TopicsAsync(int rows)
    {
        var input = await Topics.CreateAsync(Partitions);
        Write(input, 0, rows);
        return (input, await Topics.CreateAsync(Partitions));
    }

    private static void Write(string topic, int first, int count)
    {
        for (var p = 0; p < Partitions; p++) Topics.Write(topic, p, Enumerable.Range(first, count).Where(n => n % Partitions == p).Select(n => n.ToString(CultureInfo.InvariantCulture)));
    }

    private static Process Start(string form, string input, string output, TempFolder folder)
    {
        var start = new ProcessStartInfo(Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet", [typeof(CrashTests).Assembly.Location, "kafka-copy", form, Broker.Address, input, output, folder["state"]])
        {
            UseShellExecute = false,
            RedirectStandardError = true,
        };
        return Process.Start(start)!;
    }

    private static async Task ToEndAsync(string form, string input, string output, TempFolder folder)
    {
        using var process = Start(form, input, output, folder);
        var errors = process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync().WaitAsync(Limit);
        Assert.That(process.ExitCode, Is.Zero, await errors);
    }

    // Its checkpoint grows, or it has ended.
    private static async Task CommittingAsync(Process process, TempFolder folder)
    {
        var before = Size(folder);
        for (var waited = Stopwatch.StartNew(); !process.HasExited && Size(folder) == before; await Task.Delay(5))
            if (waited.Elapsed > Limit) Assert.Fail("it does not commit");
    }

    private static (long Bytes, DateTime Written) Size(TempFolder folder)
    {
        // Files come and go meanwhile; one that is gone counts as empty and old.
        if (!Directory.Exists(folder["state"])) return default;
        var files = Directory.EnumerateFiles(folder["state"], "*", SearchOption.AllDirectories).Select(f => new FileInfo(f)).Where(f => f.Exists).Select(f => (f.Length, f.LastWriteTimeUtc)).ToList();
        return files.Count == 0 ? default : (files.Sum(f => f.Length), files.Max(f => f.LastWriteTimeUtc));
    }

    private static void Check(string form, string output, int rows)
    {
        if (form == "append")
        {
            var seen = Topics.Read(output).ConvertAll(r => JsonSerializer.Deserialize<CopyProcess.Square>(r.Value!, Json)!);
            Assert.That(seen.Select(s => s.N).Order(), Is.EqualTo(Enumerable.Range(0, rows)));
            Assert.That(seen.All(s => s.Squared == (long)s.N * s.N));
            return;
        }

        var table = Topics.ReadTable(output).Values.Select(v => JsonSerializer.Deserialize<CopyProcess.Sum>(v, Json)!).OrderBy(s => s.Key);
        var expected = Enumerable.Range(0, rows).GroupBy(n => n % CopyProcess.Keys).Select(g => new CopyProcess.Sum(g.Key, g.Count(), g.Sum(n => (long)n))).OrderBy(s => s.Key);
        Assert.That(table, Is.EqualTo(expected));
    }
}
