// Any sequence of crashes leaves each row once: the files are compared with what an engine without crashes would have left.
using FsCheck;
using FsCheck.Fluent;
using NUnit.Framework;

namespace StreamLinq.Tests.Sinks;

public class FileSinkCrashTests
{
    private sealed record Row(long Epoch, int N, string Key);

    public sealed record Crash(Stop Stop, bool Logged, int Rows, int Torn, int Keys);

    private static readonly Gen<Crash> Crashes =
        from stop in Gen.Elements(Stop.None, Stop.InWrite, Stop.BeforeFlush, Stop.BeforeCommit)
        from logged in Gen.Elements(true, false)
        from rows in Gen.Choose(0, 6)
        from torn in Gen.Choose(0, 200)
        from keys in Gen.Choose(1, 3)
        select new Crash(stop, logged, rows, torn, keys);

    [TestCase("JSON", false, 1 << 20), TestCase("JSON", false, 1), TestCase("JSON", true, 1 << 20), TestCase("JSON", true, 40), TestCase("CSV", false, 40), TestCase("CSV", true, 1)]
    public void Each_row_is_there_once_after_any_crashes(string kind, bool partitioned, int bufferedBytes)
    {
        var sequences = Crashes.ListOf(14).ToArbitrary();
        Prop.ForAll(sequences, crashes => RunAsync(kind, partitioned, bufferedBytes, [.. crashes]).WaitAsync(TimeSpan.FromSeconds(60)))
            .Check(Config.QuickThrowOnFailure.WithMaxTest(25));
    }

    private static async Task RunAsync(string kind, bool partitioned, int bufferedBytes, Crash[] crashes)
    {
        using var folder = new TempFolder();
        string[] partitionBy = partitioned ? ["Key"] : [];
        var path = partitioned ? folder["out"] : folder["out.data"];
        var expected = new List<string>();
        long? last = null;
        foreach (var crash in crashes)
        {
            var epoch = (last ?? -1) + 1;
            var sink = (StreamLinq.Sinks.FileSink<Row>)(kind == "CSV" ? StreamSink.Csv(path, partitionBy) : StreamSink.JsonLines(path, partitionBy)).Create<Row>();
            sink.BufferedBytes = bufferedBytes;
            Change<Row>[] rows = [.. Enumerable.Range(0, crash.Rows).Select(n => new Change<Row>(ChangeKind.Insert, new Row(epoch, n, $"k/{n % crash.Keys}")))];
            var before = Lengths(folder);
            await using (var writer = await sink.OpenAsync(last: last)) await writer.EpochAsync(epoch, rows, stop: crash.Stop);

            if (crash.Stop == Stop.None || crash.Stop == Stop.BeforeCommit && crash.Logged)
            {
                last = epoch;
                expected.AddRange(rows.Select(r => Line(kind, r.Row)));
            }
            else
            {
                // What was not committed may have reached the disk in part only.
                foreach (var (name, length) in Lengths(folder))
                {
                    var from = before.GetValueOrDefault(name);
                    // A finished file was flushed before it got its name.
                    if (length <= from || partitioned && !name.EndsWith(".open", StringComparison.Ordinal)) continue;
                    using var file = new FileStream(name, FileMode.Open);
                    file.SetLength(Math.Max(Math.Min(from, await CommittedAsync(name, expected, kind)), length - crash.Torn));
                }
                // A half-written manifest has another name.
                if (Directory.Exists(Path.GetDirectoryName(path))) await File.WriteAllTextAsync(Manifest(path, partitioned) + ".tmp", "{\"quer");
            }
        }
        await using (await ((IStreamSinkFactory)(kind == "CSV" ? StreamSink.Csv(path, partitionBy) : StreamSink.JsonLines(path, partitionBy))).Create<Row>().OpenAsync(last: last)) { }

        Assert.That(Lengths(folder).Keys.Where(f => f.EndsWith(".open", StringComparison.Ordinal)), Is.Empty, "a clean stop finishes all files");
        var found = Lengths(folder).Keys.SelectMany(File.ReadAllLines).Where(l => l != "Epoch,N,Key").ToList();
        if (partitioned) Assert.That(found, Is.EquivalentTo(expected));
        else Assert.That(found, Is.EqualTo(expected));
    }

    // A file never loses what was committed: a crash takes at most the bytes after it.
    private static async Task<long> CommittedAsync(string name, List<string> expected, string kind)
    {
        long length = 0;
        foreach (var line in (await File.ReadAllTextAsync(name)).Split('\n'))
        {
            if (!expected.Contains(line) && !(kind == "CSV" && length == 0 && line == "Epoch,N,Key")) break;
            length += line.Length + 1;
        }
        return length;
    }

    private static string Line(string kind, Row row) => kind == "CSV" ? $"{row.Epoch},{row.N},{row.Key}" : $$"""{"epoch":{{row.Epoch}},"n":{{row.N}},"key":"{{row.Key}}"}""";

    private static string Manifest(string path, bool folder) => folder ? Path.Combine(path, "_epochs") : path + ".epochs";

    private static Dictionary<string, long> Lengths(TempFolder folder) => Directory.EnumerateFiles(folder.Path, "*", SearchOption.AllDirectories)
        .Where(f => Path.GetFileName(f) is "out.data" || Path.GetFileName(f).Contains("rows-", StringComparison.Ordinal)).ToDictionary(f => f, f => new FileInfo(f).Length);
}
