// What the readers of a single file and of a folder have in common: a plan scans ahead and keeps the rows for the read that follows;
// a read that finds no kept rows (after a crash, or of a very long range) scans again from the offsets alone.
using System.Runtime.CompilerServices;

namespace StreamLinq.Sources;

internal abstract class FileReader<T>(string partition, string path, FileInput<T> input, TimeProvider clock) : IStreamReader<T>, ISourceCounters
{
    private const int ChunkRows = 4096;
    private const int KeptRows = 1 << 18;
    private const int KeptPlans = 4;

    private readonly List<Plan> _plans = [];
    private long _rejected;
    private long _seen;
    private bool _more = true;

    public long RejectedRows => Volatile.Read(ref _rejected);

    protected string Path => path;

    protected FileInput<T> Input => input;

    /// <summary>What is planned: rows are kept unless there are too many.</summary>
    protected sealed class Plan
    {
        internal string? From { get; set; }

        internal string To { get; set; } = "";

        internal RowBlocks<T> Rows { get; } = new();

        internal List<RejectedLine> Rejects { get; } = [];

        internal bool Kept { get; private set; } = true;

        internal long Count { get; private set; }

        internal async ValueTask<ScanEnd> ScanAsync(FileScan<T> scan, long? most, CancellationToken cancellationToken)
        {
            while (true)
            {
                var room = Math.Min(ChunkRows, (most ?? long.MaxValue) - Count);
                if (room <= 0) return ScanEnd.Limit;
                var before = Rows.Count + Rejects.Count;
                var end = await scan.ReadAsync(Rows, Rejects, room, Count > 0, cancellationToken).ConfigureAwait(false);
                Count += Rows.Count + Rejects.Count - before;
                if (Rows.Count + Rejects.Count > KeptRows) Kept = false;
                if (!Kept)
                {
                    Rows.Clear();
                    Rejects.Clear();
                }

                if (end != ScanEnd.Limit) return end;
            }
        }
    }

    /// <summary>Plans from a position; the second result says that the input ends there, the third that there is more to plan now.</summary>
    protected abstract ValueTask<(string? To, bool IsEnd, bool More)> PlanAsync(Plan plan, string? from, long? most, FileListing found, CancellationToken cancellationToken);

    /// <summary>The pieces of a range, with the paths that the files have now: no path is taken from a checkpoint.</summary>
    protected abstract IReadOnlyList<FilePiece> Pieces(string? from, string to, FileListing found);

    protected abstract void FixEnd(FileListing found);

    public async ValueTask<SourceProgressPoint> GetLatestAsync(IReadOnlyList<SourceOffset> current, ReadLimit limit, CancellationToken cancellationToken)
    {
        string? from = null;
        foreach (var offset in current)
            from = offset.Partition == partition ? offset.Position : throw SourceErrors.Position(offset.Partition + "/" + offset.Position, path);
        var found = await FindAsync(cancellationToken).ConfigureAwait(false);
        var plan = new Plan { From = from };
        var (to, isEnd, more) = await PlanAsync(plan, from, limit.MaxRows, found, cancellationToken).ConfigureAwait(false);
        (_seen, _more) = (Signature(found), more || isEnd);
        if (to is null || to == from) return new(current, isEnd);
        plan.To = to;
        _plans.RemoveAll(p => p.From == from);
        if (plan.Kept)
        {
            if (_plans.Count == KeptPlans) _plans.RemoveAt(0);
            _plans.Add(plan);
        }

        return new([new SourceOffset(partition, to)], isEnd);
    }

    public async IAsyncEnumerable<ReadOnlyMemory<T>> ReadAsync(OffsetRange range, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        if (range.From == range.To) yield break;
        var at = _plans.FindIndex(p => p.From == range.From && p.To == range.To);
        if (at >= 0)
        {
            var plan = _plans[at];
            _plans.RemoveAt(at);
            await RejectAsync(plan.Rejects, cancellationToken).ConfigureAwait(false);
            foreach (var batch in plan.Rows.Batches()) yield return batch;
            yield break;
        }

        foreach (var piece in Pieces(range.From, range.To, await FindAsync(cancellationToken).ConfigureAwait(false)))
        {
            if (piece.Stop <= piece.From) continue;
            var scan = await FileScan<T>.OpenAsync(input, piece, final: true, cancellationToken).ConfigureAwait(false);
            await using (scan.ConfigureAwait(false))
            {
                for (var end = ScanEnd.Limit; end == ScanEnd.Limit;)
                {
                    var rows = new RowBlocks<T>();
                    var rejects = new List<RejectedLine>();
                    end = await scan.ReadAsync(rows, rejects, ChunkRows, any: false, cancellationToken).ConfigureAwait(false);
                    await RejectAsync(rejects, cancellationToken).ConfigureAwait(false);
                    foreach (var batch in rows.Batches()) yield return batch;
                    if (end == ScanEnd.BadNext) end = ScanEnd.Limit; // The next turn throws it.
                }
            }
        }
    }

    public ValueTask CommitAsync(IReadOnlyList<SourceOffset> offsets, CancellationToken cancellationToken) => ValueTask.CompletedTask;

    public async ValueTask FixEndAsync(CancellationToken cancellationToken) => FixEnd(await FindAsync(cancellationToken).ConfigureAwait(false));

    public async ValueTask WaitAsync(IReadOnlyList<SourceOffset> current, CancellationToken cancellationToken)
    {
        while (!_more)
        {
            await Task.Delay(input.Options.PollInterval, clock, cancellationToken).ConfigureAwait(false);
            if (await input.Store.FindAsync(path, cancellationToken).ConfigureAwait(false) is not { } found || Signature(found) != _seen) return;
        }
    }

    public ValueTask DisposeAsync()
    {
        _plans.Clear();
        return ValueTask.CompletedTask;
    }

    private async ValueTask<FileListing> FindAsync(CancellationToken cancellationToken) =>
        await input.Store.FindAsync(path, cancellationToken).ConfigureAwait(false) ?? throw SourceErrors.Vanished(path);

    private static long Signature(FileListing found)
    {
        var sum = (long)found.Files.Count;
        foreach (var file in found.Files) sum += HashCode.Combine(file.Name, file.Length, file.LastWrite) * 31L;
        return sum;
    }

    private async ValueTask RejectAsync(List<RejectedLine> lines, CancellationToken cancellationToken)
    {
        if (input.Options.Rejects is { } rejects)
            foreach (var line in lines)
                await rejects(line, cancellationToken).ConfigureAwait(false);
        Interlocked.Add(ref _rejected, lines.Count);
    }
}
