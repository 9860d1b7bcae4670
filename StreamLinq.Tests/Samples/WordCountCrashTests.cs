// word-count.cs, killed and started again with the same checkpoint until it is done, leaves the same bytes as a run that nobody disturbed. STREAMLINQ_LONG=1 kills it more often.
using System.Text;
using NUnit.Framework;
using StreamLinq.Tests.Sinks;

namespace StreamLinq.Tests.Samples;

public sealed class WordCountCrashTests
{
    private const string Sample = "word-count.cs";

    private static bool IsLong => Environment.GetEnvironmentVariable("STREAMLINQ_LONG") == "1";

    private static int Lines => IsLong ? 60_000 : 6_000;

    [Test]
    public async Task Killed_at_any_moment_it_leaves_the_bytes_of_an_unbroken_run([Values("update", "complete", "changelog")] string mode)
    {
        using var folder = new TempFolder();
        var random = await WriteInputAsync(folder);
        var unbroken = await UnbrokenAsync(folder, mode);
        var kills = 0;
        for (var wanted = IsLong ? 100 : 4; kills < wanted;)
        {
            var before = Trace(folder);
            // In the long form epochs wait for each other, so that there are enough for all kills.
            await using var run = await StartAsync(folder, mode, IsLong ? ["--trigger", "40"] : []);
            // Half of the kills come after rows of this run are in the file; the others at any time, also while the state is being recovered.
            if (kills % 2 == 0) await SampleRun.UntilAsync(() => run.HasExited || Trace(folder) != before, "rows in the file");
            else await Task.Delay(random.Next(100, 600));
            await Task.Delay(random.Next(0, 40));
            if (run.HasExited) break;
            await run.KillAsync();
            kills++;
        }

        await TestContext.Out.WriteLineAsync($"{kills} kills");
        Assert.That(kills, Is.GreaterThanOrEqualTo(2), "the program was done before it was killed; give it more lines");
        await using (var last = await StartAsync(folder, mode)) Assert.That((await last.EndAsync()).Code, Is.Zero, last.Errors);
        Assert.That(await File.ReadAllBytesAsync(folder["killed.jsonl"]), Is.EqualTo(unbroken));
    }

    [Test]
    public async Task Ended_by_ctrl_c_it_goes_on_where_it_stopped()
    {
        using var folder = new TempFolder();
        var random = await WriteInputAsync(folder);
        var unbroken = await UnbrokenAsync(folder, "changelog");
        var epochs = 0;
        for (var i = 0; i < 3; i++)
        {
            var before = Trace(folder);
            await using var run = await StartAsync(folder, "changelog", "--trigger", "5");
            await SampleRun.UntilAsync(() => run.HasExited || Trace(folder) != before, "rows in the file");
            await Task.Delay(random.Next(0, 40));
            await run.InterruptAsync();
            var (code, _, errors) = await run.EndAsync();
            Assert.That(code, Is.Zero, errors);
            epochs += int.Parse(errors.Split(" epochs")[0].Split(' ')[^1]);
        }

        Assert.That(epochs, Is.InRange(3, (Lines / 100) - 1), "it was done before it was interrupted; give it more lines");
        await using (var last = await StartAsync(folder, "changelog"))
        {
            var (code, _, errors) = await last.EndAsync();
            Assert.That(code, Is.Zero, errors);
            Assert.That(int.Parse(errors.Split(" epochs")[0].Split(' ')[^1]), Is.EqualTo((Lines / 100) - epochs), "epochs that were committed do not run again");
        }

        Assert.That(await File.ReadAllBytesAsync(folder["killed.jsonl"]), Is.EqualTo(unbroken));
    }

    [Test]
    public async Task A_second_ctrl_c_does_not_wait_for_the_epoch()
    {
        using var folder = new TempFolder();
        await WriteInputAsync(folder);
        // Nobody reads the 100 kB that it prints, so its first epoch never ends.
        await using var run = await SampleRun.StartAsync(Sample, folder.Path, ["1.txt", "--mode", "changelog"], readOutput: false);
        await run.FirstOutputAsync();
        await run.InterruptAsync();
        await Task.Delay(300);
        Assert.That(run.HasExited, Is.False, "the first one lets the epoch end");
        await run.InterruptAsync();
        await SampleRun.UntilAsync(() => run.HasExited, "the end");
    }

    private static Task<SampleRun> StartAsync(TempFolder folder, string mode, params string[] more) =>
        SampleRun.StartAsync(Sample, folder.Path, ["1.txt", "2.txt", "--mode", mode, "--rows-per-epoch", "50", "--checkpoint", "state", "--json", "killed.jsonl", .. more]);

    private static async Task<byte[]> UnbrokenAsync(TempFolder folder, string mode)
    {
        var (code, _, errors) = await SampleRun.ToEndAsync(Sample, folder.Path, "1.txt", "2.txt", "--mode", mode, "--rows-per-epoch", "50", "--json", "unbroken.jsonl");
        Assert.That(code, Is.Zero, errors);
        return await File.ReadAllBytesAsync(folder["unbroken.jsonl"]);
    }

    // Two files of the same length, so that each epoch takes 50 lines of both. Few words come often, many seldom.
    private static async Task<Random> WriteInputAsync(TempFolder folder)
    {
        var seed = Environment.TickCount;
        await TestContext.Out.WriteLineAsync($"seed {seed}");
        var random = new Random(seed);
        foreach (var name in new[] { "1.txt", "2.txt" })
        {
            var text = new StringBuilder();
            for (var line = 0; line < Lines / 2; line++)
            {
                for (var word = 0; word < 8; word++) text.Append('w').Append((int)(5000 * Math.Pow(random.NextDouble(), 4))).Append(' ', random.Next(1, 3));
                text.Append("\r\n");
            }

            await File.WriteAllTextAsync(folder[name], text.ToString());
        }

        return random;
    }

    private static (long Length, DateTime Written) Trace(TempFolder folder)
    {
        var file = new FileInfo(folder["killed.jsonl"]);
        return file.Exists ? (file.Length, file.LastWriteTimeUtc) : default;
    }
}
