// The files of a folder after crashes between any two changes of the disk: what a reader finds is what an unbroken run writes, no row is lost, doubled or seen before it is committed.
using System.Text;
using FsCheck;
using FsCheck.Fluent;
using NUnit.Framework;
using StreamLinq.Embedded;
using StreamLinq.Sinks;
using static StreamLinq.Tests.Sinks.SinkRun;

namespace StreamLinq.Tests.Sinks;

public class FolderSinkCrashTests
{
    private sealed record Row(long Epoch, int N, string Key);

    private const string Header = "Epoch,N,Key";

    private static bool IsLong => Environment.GetEnvironmentVariable("STREAMLINQ_LONG") == "1";

    [Test]
    public void What_readers_find_is_what_an_unbroken_run_writes() => Prop.ForAll(Gen.Choose(0, int.MaxValue).ToArbitrary(), seed => RunAsync(seed).WaitAsync(TimeSpan.FromSeconds(60)))
        .Check(Config.QuickThrowOnFailure.WithMaxTest(IsLong ? 20_000 : 1_000));

    // One schedule: lives of the process, each of some epochs, each ended by a power cut, a kill or a stop. Everything follows from the seed.
    private static async Task RunAsync(int seed)
    {
        var random = new Random(seed);
        var clock = new VirtualTimeProvider();
        var (storage, reader) = (new MemoryStorage(), new Reader());
        var options = new FileSinkOptions { MaxFileBytes = random.Next(1, 300), MaxFileAge = TimeSpan.FromSeconds(random.Next(0, 30)) };
        string[] partitionBy = random.Next(2) == 0 ? ["Key"] : [];
        var partitions = random.Next(1, 3);
        long? last = null;
        for (var life = 0; life < 6; life++)
        {
            var sink = (FileSink<Row>)StreamSink.Csv("/data/out/", options, partitionBy).Create<Row>();
            (sink.Storage, sink.BufferedBytes, sink.ManifestBytes) = (_ => storage, random.Next(1, 200), random.Next(100, 2000));
            storage.FailAt = random.Next(3) == 0 ? null : storage.Changes + random.Next(1, 80);
            var writers = new List<IStreamSinkWriter<Row>>();
            var stops = false;
            try
            {
                var run = Guid.NewGuid();
                for (var partition = 0; partition < partitions; partition++)
                    writers.Add(await sink.OpenAsync(Context(last: last, partition: partition, partitions: partitions, run: run) with { TimeProvider = clock }, default));
                reader.Look(storage, last, random);
                var epochs = random.Next(0, 8);
                for (var i = 0; i < epochs; i++)
                {
                    var epoch = (last ?? -1) + 1;
                    foreach (var (writer, partition) in writers.Select((w, p) => (w, p)))
                        foreach (var row in RowsOf(seed, epoch, partition)) await writer.WriteAsync(new(epoch, false, new[] { Insert(row) }), default);
                    foreach (var writer in writers) await writer.FlushAsync(epoch, default);
                    if (random.Next(10) == 0) break;
                    last = epoch;
                    if (random.Next(10) == 0) break;
                    foreach (var writer in writers) await writer.CommitAsync(epoch, default);
                    reader.Look(storage, last, random);
                    clock.Advance(TimeSpan.FromSeconds(random.Next(0, 20)));
                    reader.Look(storage, last, random);
                }

                stops = random.Next(3) == 0;
            }
            catch (IOException)
            {
                // The disk went away, as it was told to.
                stops = random.Next(2) == 0;
            }

            try
            {
                if (stops)
                    foreach (var writer in writers) await writer.DisposeAsync();
            }
            catch (IOException)
            {
                // And while the files were finished.
            }

            storage.FailAt = null;
            reader.Look(storage, last, random);
            // The timers of a process end with it.
            clock = new VirtualTimeProvider(clock.GetUtcNow());
            if (random.Next(2) == 0) storage = storage.Crash(random.Next());
        }

        var end = (FileSink<Row>)StreamSink.Csv("/data/out/", options, partitionBy).Create<Row>();
        end.Storage = _ => storage;
        await using (await end.OpenAsync(Context(last: last) with { TimeProvider = clock }, default)) { }
        Assert.That(storage.List("").Where(n => n.EndsWith(".open", StringComparison.Ordinal)), Is.Empty, $"open files, seed {seed}");
        reader.Look(storage, last, random);

        var expected = from epoch in Enumerable.Range(0, (int)((last ?? -1) + 1)) from partition in Enumerable.Range(0, partitions) from row in RowsOf(seed, epoch, partition) select Line(row);
        Assert.That(reader.Lines(), Is.EquivalentTo(expected), $"seed {seed}");
        // Within a folder the numbers of the files are their order, and the epochs come in order.
        foreach (var group in reader.Files.GroupBy(f => EpochFilesRecovery.FolderOf(f.Key)))
            Assert.That(group.OrderBy(f => f.Key, StringComparer.Ordinal).SelectMany(f => Reader.Rows(f.Value)).Select(l => long.Parse(l.Split(',')[0])), Is.Ordered, $"seed {seed}");
    }

    // The same rows whenever the epoch runs.
    private static IEnumerable<Row> RowsOf(int seed, long epoch, int partition)
    {
        var random = new Random(HashCode(seed, epoch, partition));
        return [.. Enumerable.Range(0, random.Next(0, 5)).Select(n => new Row(epoch, (partition * 100) + n, "k" + random.Next(3)))];

        static int HashCode(int seed, long epoch, int partition) => unchecked((seed * 31) + ((int)epoch * 7919) + partition);
    }

    private static string Line(Row row) => $"{row.Epoch},{row.N},{row.Key}";

    internal static string Text(MemoryStorage storage, string name)
    {
        using var file = storage.Open(name, create: false)!;
        var bytes = new byte[file.Length];
        _ = file.Read(0, bytes);
        return Encoding.UTF8.GetString(bytes);
    }

    // Somebody who takes each file when he sees it, and sometimes deletes it: none may change, come back under another name, or hold what is not committed.
    private sealed class Reader
    {
        internal Dictionary<string, string> Files { get; } = new(StringComparer.Ordinal);

        private readonly HashSet<string> _deleted = new(StringComparer.Ordinal);

        internal void Look(MemoryStorage storage, long? last, Random random)
        {
            var failAt = storage.FailAt;
            storage.FailAt = null;
            var before = storage.Changes;
            foreach (var name in storage.List("").Where(n => !Path.GetFileName(n).StartsWith('_')))
            {
                var text = Text(storage, name);
                Assert.That(_deleted, Does.Not.Contain(name), "a name is never used twice");
                if (Files.TryGetValue(name, out var seen)) Assert.That(text, Is.EqualTo(seen), "a finished file never changes");
                Files[name] = text;
                Assert.That(Rows(text).Select(l => long.Parse(l.Split(',')[0])), Is.All.LessThanOrEqualTo(last ?? -1));
                if (random.Next(4) > 0) continue;
                storage.Delete(name);
                storage.FlushFolder(EpochFilesRecovery.FolderOf(name));
                _deleted.Add(name);
            }

            storage.FailAt = failAt + storage.Changes - before;
        }

        internal IEnumerable<string> Lines() => Files.Values.SelectMany(Rows);

        // Each file is complete: it has its header, once, and its last line has an end.
        internal static IEnumerable<string> Rows(string text)
        {
            Assert.That(text, Does.StartWith(Header + "\n").And.EndsWith("\n"));
            var rows = text.Split('\n')[1..^1];
            Assert.That(rows, Is.Not.Empty.And.Not.Contains(Header));
            return rows;
        }
    }
}
