// A checkpoint in a real folder: one process has it at a time, and a folder that cannot be used is told as what it is.
using NUnit.Framework;
using StreamLinq.Tests.Samples;
using StreamLinq.Tests.Sinks;

namespace StreamLinq.Tests.Faults;

public sealed class CheckpointFolderTests
{
    private const string Sample = "word-count.cs";

    [Test]
    public async Task Of_two_processes_on_one_folder_the_second_is_refused_until_the_first_is_gone()
    {
        using var folder = new TempFolder();
        await File.WriteAllLinesAsync(folder["1.txt"], Enumerable.Range(0, 20_000).Select(i => $"word{i % 100} again"));
        string[] arguments = ["1.txt", "--mode", "update", "--rows-per-epoch", "1", "--trigger", "200", "--checkpoint", "state"];
        await using var first = await SampleRun.StartAsync(Sample, folder.Path, [.. arguments, "--json", "first.jsonl"]);
        await SampleRun.UntilAsync(() => first.HasExited || File.Exists(folder["first.jsonl"]), "rows of the first process");
        var (code, _, errors) = await SampleRun.ToEndAsync(Sample, folder.Path, [.. arguments, "--json", "second.jsonl"]);
        Assert.That(first.HasExited, Is.False, first.Errors);
        Assert.That(code, Is.EqualTo(1), errors);
        Assert.That(errors, Does.Contain("SLQ2040").And.Contain("in use by another process").And.Contain("stop the other one"));
        Assert.That(File.Exists(folder["second.jsonl"]), Is.False, "it had begun to write");

        await first.KillAsync();
        await using var third = await SampleRun.StartAsync(Sample, folder.Path, [.. arguments, "--json", "first.jsonl"]);
        var length = new FileInfo(folder["first.jsonl"]).Length;
        await SampleRun.UntilAsync(() => third.HasExited || new FileInfo(folder["first.jsonl"]).Length > length, "the third process to go on");
        Assert.That(third.HasExited, Is.False, third.Errors);
    }

    [Test]
    public async Task A_folder_that_cannot_be_made_or_locked_is_a_failure_of_the_disk_and_not_of_another_process()
    {
        using var folder = new TempFolder();
        await File.WriteAllTextAsync(folder["file"], "");
        Directory.CreateDirectory(Path.Combine(folder["taken"], "lock"));
        foreach (var location in new[] { Path.Combine(folder["file"], "state"), folder["taken"] })
        {
            await using var engine = new StreamEngine();
            var output = StreamSource.From(new MemorySource<int>(), "numbers").WriteTo(new MemorySink<int>());
            var refused = Assert.ThrowsAsync<StreamLinqException>(() => engine.StartAsync(output, new() { CheckpointLocation = location }))!;
            Assert.That(refused.Message, Does.StartWith($"SLQ2046: Opening the checkpoint in '{location}' failed: ").And.EndWith("start the query again from this checkpoint."));
            Assert.That(refused.InnerException, Is.Not.Null);
        }
    }
}
