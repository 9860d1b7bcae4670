// What the promises rest on, seen from the system: a process is run under strace, and the order of its writes, flushes and renames is checked. Skipped where strace is absent or may not trace.
using System.Diagnostics;
using System.Text.RegularExpressions;
using NUnit.Framework;
using StreamLinq.Tests.Samples;
using StreamLinq.Tests.Sinks;

namespace StreamLinq.Tests.Faults;

public sealed partial class FlushOrderTests
{
    private const int Epochs = 6;
    private const int LinesPerEpoch = 50;

    [Test]
    public async Task Every_promise_comes_after_the_flush_it_rests_on()
    {
        using var folder = new TempFolder();
        await File.WriteAllLinesAsync(folder["1.txt"], Enumerable.Range(0, Epochs * LinesPerEpoch).Select(i => $"word{i % 100} again"));
        var calls = await TraceAsync(folder);
        var (state, sink) = (folder["state"], folder["out.jsonl"]);
        var log = Path.Combine(state, "epochs.log");
        var records = calls.Where(c => c.IsWrite && c.Path == log).Select(c => (Call: c, Match: Record().Match(c.Text))).Where(r => r.Match.Success)
            .Select(r => (r.Call, IsPlan: r.Match.Groups[1].Value == "0", Epoch: int.Parse(r.Match.Groups[2].Value))).ToList();
        var plans = records.Where(r => r.IsPlan).ToDictionary(r => r.Epoch, r => r.Call);
        var commits = records.Where(r => !r.IsPlan).ToDictionary(r => r.Epoch, r => r.Call);
        Assert.That(plans.Keys, Is.EquivalentTo(Enumerable.Range(0, Epochs)), "the plans that were found in the trace");
        Assert.That(commits.Keys, Is.EquivalentTo(Enumerable.Range(0, Epochs)), "the commits that were found in the trace");

        // The sink flushes once per epoch, behind all of its writes.
        var output = calls.Where(c => c.Path == sink && (c.IsWrite || c.IsFlush)).ToList();
        var deltas = calls.Where(c => c.Path.StartsWith(Path.Combine(state, "deltas") + "/", StringComparison.Ordinal)).ToList();
        var flushes = output.Where(c => c.IsFlush).ToList();
        Assert.That(flushes, Has.Count.EqualTo(Epochs));
        for (var epoch = 0; epoch < Epochs; epoch++)
        {
            var first = output.First(c => c.IsWrite && (epoch == 0 || c.Start > flushes[epoch - 1].End));
            Assert.That(Flush(calls, log, plans[epoch].End).End, Is.LessThan(first.Start), $"the plan of epoch {epoch} is durable before its output is written");
            Assert.That(flushes[epoch].End, Is.LessThan(commits[epoch].Start), $"the output of epoch {epoch} is durable before its commit is written");
            var written = deltas.Where(c => c.IsFlush && c.End < commits[epoch].Start && deltas.Any(w => w.IsWrite && w.End < c.Start)).ToList();
            Assert.That(written, Has.Count.GreaterThan(epoch), $"the delta of epoch {epoch} is durable before its commit is written");
            Assert.That(Flush(calls, log, commits[epoch].End), Is.Not.Null, $"the commit of epoch {epoch} is flushed");
        }

        // A rename: the file is flushed before, its folder after, and only then what builds on it comes.
        var renames = calls.Where(c => c.Name.StartsWith("rename", StringComparison.Ordinal)).ToList();
        Assert.That(renames.Select(r => r.To), Does.Contain(Path.Combine(state, "manifest.json")).And.Contain(sink + ".epochs"));
        foreach (var rename in renames)
        {
            var last = calls.Last(c => c.IsWrite && c.Path == rename.Path && c.End < rename.Start);
            Assert.That(Flush(calls, rename.Path, last.End).End, Is.LessThan(rename.Start), $"{rename.Path} is flushed before it becomes {rename.To}");
            var next = calls.FirstOrDefault(c => c.IsWrite && c.Start > rename.End && c.Path == (rename.To == sink + ".epochs" ? sink : log));
            if (next is not null) Assert.That(Flush(calls, Path.GetDirectoryName(rename.To)!, rename.End).End, Is.LessThan(next.Start), $"the folder of {rename.To} is flushed before {next.Path} is written");
        }

        // A new file: its name is durable before the first promise that rests on it.
        foreach (var (path, before) in new[] { (log, output.First(c => c.IsWrite)), (deltas[0].Path, commits[0]), (sink, commits[0]) })
        {
            var created = calls.First(c => c.Name == "openat" && c.Path == path && c.Text.Contains("O_CREAT", StringComparison.Ordinal));
            Assert.That(Flush(calls, Path.GetDirectoryName(path)!, created.End).End, Is.LessThan(before.Start), $"the name of {path} is flushed");
        }
    }

    private static Call Flush(List<Call> calls, string path, int after) => calls.FirstOrDefault(c => c.IsFlush && c.Path == path && c.Start > after) ?? throw new AssertionException($"{path} is not flushed after line {after} of the trace");

    private static async Task<List<Call>> TraceAsync(TempFolder folder)
    {
        var program = await SampleProgram.BuildAsync("word-count.cs");
        var trace = folder["trace.txt"];
        string[] arguments =
        [
            "-f", "-y", "-s", "120", "-e", "trace=openat,write,pwrite64,writev,pwritev,fsync,fdatasync,rename,renameat,renameat2", "-o", trace, SampleProgram.Dotnet, program,
            "1.txt", "--mode", "update", "--rows-per-epoch", $"{LinesPerEpoch}", "--checkpoint", "state", "--json", "out.jsonl",
        ];
        Process run;
        try
        {
            run = Process.Start(new ProcessStartInfo("strace", arguments) { WorkingDirectory = folder.Path, UseShellExecute = false, RedirectStandardError = true, RedirectStandardOutput = true })!;
        }
        catch (System.ComponentModel.Win32Exception error)
        {
            Assert.Ignore($"strace is absent: {error.Message}");
            throw;
        }

        using (run)
        {
            var errors = run.StandardError.ReadToEndAsync();
            _ = run.StandardOutput.ReadToEndAsync();
            await run.WaitForExitAsync().WaitAsync(TimeSpan.FromMinutes(2));
            if (run.ExitCode != 0 && (await errors).Contains("ptrace", StringComparison.OrdinalIgnoreCase)) Assert.Ignore($"strace may not trace here: {await errors}");
            Assert.That(run.ExitCode, Is.Zero, await errors);
        }

        return Parse(await File.ReadAllLinesAsync(trace), folder.Path);
    }

    // A call that was interrupted by another thread's has two lines: its start and its end.
    private static List<Call> Parse(string[] lines, string folder)
    {
        var calls = new List<Call>();
        var open = new Dictionary<string, Call>(StringComparer.Ordinal);
        for (var at = 0; at < lines.Length; at++)
        {
            var match = Line().Match(lines[at]);
            if (match.Success)
            {
                var (process, name, text) = (match.Groups[1].Value, match.Groups[2].Value, match.Groups[3].Value);
                var paths = name is "openat" || name.StartsWith("rename", StringComparison.Ordinal) ? Quoted().Matches(text).Select(m => Path.Combine(folder, m.Groups[1].Value)).ToList() : [Descriptor().Match(text).Groups[1].Value];
                var call = new Call(name, paths[0], paths[^1], text, at) { End = at };
                if (paths[0].Length > 0) calls.Add(call);
                if (text.EndsWith("<unfinished ...>", StringComparison.Ordinal)) open[process] = call;
                else if (text.Contains(" = -1 ", StringComparison.Ordinal)) calls.Remove(call);
            }
            else if (Resumed().Match(lines[at]) is { Success: true } resumed && open.Remove(resumed.Groups[1].Value, out var call))
            {
                call.End = at;
                if (lines[at].Contains(" = -1 ", StringComparison.Ordinal)) calls.Remove(call);
            }
        }

        return calls;
    }

    [GeneratedRegex(@"^(\d+) +(\w+)\((.*)$")]
    private static partial Regex Line();

    [GeneratedRegex(@"^(\d+) +<\.\.\. \w+ resumed>")]
    private static partial Regex Resumed();

    [GeneratedRegex("\"([^\"]*)\"")]
    private static partial Regex Quoted();

    [GeneratedRegex("^[0-9]+<([^>]*)>")]
    private static partial Regex Descriptor();

    [GeneratedRegex("""\{\\"Kind\\":(\d),\\"Epoch\\":(\d+)""")]
    private static partial Regex Record();

    /// <summary>A system call: what it is about, and the lines of the trace where it begins and ends.</summary>
    private sealed record Call(string Name, string Path, string To, string Text, int Start)
    {
        internal int End { get; set; }

        internal bool IsWrite => Name.Contains("write", StringComparison.Ordinal);

        internal bool IsFlush => Name is "fsync" or "fdatasync";
    }
}
