// One small query with a checkpoint in memory, for tests that break the disk under it at a chosen call, or damage what it has left: run it so far, run it to its end, compare.
using NUnit.Framework;
using StreamLinq.Embedded;

namespace StreamLinq.Tests.Faults;

internal sealed class KeptQuery
{
    internal const int Epochs = 8;
    private const int RowsPerEpoch = 5;
    private static readonly DateTimeOffset Start = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private static readonly Reading[] Rows = [.. Enumerable.Range(0, (Epochs + 2) * RowsPerEpoch).Select(i => new Reading(i, "k" + (i * 7 % 11), i, Start.AddSeconds(i)))];

    private static readonly CheckpointOptions Folding = new()
    {
        Layout = new CheckpointLayout { PageBytes = 1 << 13, SegmentBytes = 1 << 14 },
        PagesInMemory = 4,
        IndexBytes = 1 << 12,
        FoldAfterEpochs = 3,
        FoldEvery = TimeSpan.Zero,
    };

    private static readonly CheckpointOptions NotFolding = Folding with { FoldAfterEpochs = int.MaxValue };

    /// <param name="cutsBack">Which kind of sink it has.</param>
    internal KeptQuery(bool cutsBack) => Sink = new Ledger<Answer>(cutsBack);

    internal Ledger<Answer> Sink { get; init; }

    /// <summary>The writes of the last life.</summary>
    internal IReadOnlyList<(int Call, string Name, int Bytes)> Writes { get; private set; } = [];

    /// <summary>How many calls the disk had in the last life.</summary>
    internal int DiskCalls { get; private set; }

    /// <summary>Runs the first epochs, or to the end and through it. Throws what the query failed with.</summary>
    internal async Task LiveAsync(IStorage storage, Misfortunes? life = null, bool toEnd = false, bool folds = false)
    {
        var clock = new VirtualTimeProvider(Start);
        life ??= new Misfortunes(clock);
        var rows = new MemorySource<Reading>();
        var source = new SimulatedSource<Reading>(rows) { Life = life };
        Sink.Life = life;
        var query = from r in StreamSource.From(source, "rows") group r by r.Key into g select new Answer(g.Key, null, g.Count(), g.Sum(r => r.Value));
        var disk = new SimulatedDisk(storage, life, null, clock);
        var trigger = new SteppedTrigger();
        await using var engine = new StreamEngine(new StreamEngineOptions { TimeProvider = clock, Storage = _ => disk, Checkpoints = folds ? Folding : NotFolding });
        try
        {
            rows.Add(Rows.AsSpan(0, toEnd ? Rows.Length : Epochs * RowsPerEpoch));
            if (toEnd) rows.Complete();
            await engine.StartAsync(query.WriteTo(Sink, OutputMode.Changelog), new() { Name = "kept", Trigger = trigger, CheckpointLocation = "disk", MaxLatency = Timeout.InfiniteTimeSpan, MaxRowsPerEpoch = RowsPerEpoch });
            while (await trigger.StepAsync()) { }
        }
        finally
        {
            (Writes, DiskCalls) = ([.. disk.Writes], life.Calls(Place.Disk));
        }
    }

    /// <summary>Runs what is left to its end; null if the answer is right, or else what is wrong.</summary>
    internal async Task<string?> EndsRightAsync(IStorage storage)
    {
        await LiveAsync(storage, toEnd: true);
        var expected = Rows.GroupBy(r => r.Key).Select(g => new Answer(g.Key, null, g.Count(), g.Sum(r => r.Value))).ToHashSet();
        if (Sink.Broken is { } broken) return broken;
        var result = Sink.Result();
        return result.Count == expected.Count && expected.SetEquals(result) ? null : $"the answer is {string.Join(", ", result)}";
    }

    /// <summary>The storage with one file changed.</summary>
    internal static MemoryStorage Copy(IStorage storage, string changed = "", Func<byte[], byte[]>? damage = null)
    {
        var copy = new MemoryStorage();
        foreach (var name in storage.List(""))
        {
            using var from = storage.Open(name, create: false)!;
            var bytes = new byte[from.Length];
            _ = from.Read(0, bytes);
            if (name == changed) bytes = damage!(bytes);
            using var to = copy.Open(name, create: true)!;
            to.Write(0, bytes);
            to.Flush();
            copy.FlushFolder(name.Contains('/', StringComparison.Ordinal) ? name[..name.LastIndexOf('/')] : "");
        }

        return copy;
    }

    /// <summary>Tries many things, some at once, and fails with the first that goes wrong.</summary>
    internal static async Task TryAllAsync<T>(IReadOnlyList<T> cases, Func<T, Task<string?>> attempt)
    {
        var wrong = new List<string>();
        await Parallel.ForEachAsync(cases, new ParallelOptions { MaxDegreeOfParallelism = 2 }, async (item, _) =>
        {
            string? what;
            try
            {
                what = await Task.Run(() => attempt(item), CancellationToken.None).WaitAsync(TimeSpan.FromSeconds(60), CancellationToken.None);
            }
            catch (Exception error)
            {
                what = error.ToString();
            }

            lock (wrong)
                if (what is not null) wrong.Add($"{item}: {what}");
        });
        TestContext.Out.WriteLine($"{cases.Count} tried, {wrong.Count} went wrong");
        Assert.That(wrong, Is.Empty, string.Join("\n\n", wrong.Take(5)));
    }
}
