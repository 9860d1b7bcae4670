// Reads one source for all stages that begin at it. Batches go to the loops as they come: an array is not copied, other memory is copied into a pooled one.
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Microsoft.Extensions.ObjectPool;

namespace StreamLinq.Embedded;

internal sealed class SourceInput<T>(LogicalSource node) : ISourceInput
{
    private static readonly ObjectPool<Batch> Batches = new DefaultObjectPoolProvider().Create<Batch>();

    private readonly IStreamSource<T> _source = (IStreamSource<T>)node.Source;
    private IReadOnlyList<SourceOffset> _unlimited = [];
    private IStreamReader<T>? _reader;

    public string Name => node.Name;

    public string Description => node.Description;

    public bool IsReplayable => _source.IsReplayable;

    public List<IRowTarget<T>> Targets { get; } = [];

    public IReadOnlyList<SourceOffset> Position { get; set; } = [];

    public bool IsEnd { get; private set; }

    public long Rows { get; private set; }

    public long RejectedRows => _reader is ISourceCounters counters ? counters.RejectedRows : 0;

    public IReadOnlyList<PartitionProgress> Progress => _reader is ISourcePartitions told ? told.Partitions : [];

    public string? Trouble => (_reader as IConnectionState)?.Trouble;

    public async ValueTask OpenAsync(SourceContext context, CancellationToken cancellationToken)
    {
        Position = context.Start;
        _reader = await _source.OpenAsync(context, cancellationToken).ConfigureAwait(false);
    }

    public async ValueTask<SourceRange?> PlanAsync(long? maxRows, bool findsUnread, CancellationToken cancellationToken)
    {
        var latest = await _reader!.GetLatestAsync(Position, new ReadLimit(maxRows), cancellationToken).ConfigureAwait(false);
        IsEnd = latest.IsEnd;
        _unlimited = latest.Offsets;
        if (SamePlace(latest.Offsets, Position)) return null;
        // A partition that gets no share of a limited range may have rows all the same; taken for idle, its rows would be lost as late.
        if (findsUnread && maxRows is not null && latest.Offsets.Any(Position.Contains))
            _unlimited = (await _reader!.GetLatestAsync(Position, new ReadLimit(null), cancellationToken).ConfigureAwait(false)).Offsets;
        return new SourceRange(Name, Position, latest.Offsets);
    }

    private static bool SamePlace(IReadOnlyList<SourceOffset> left, IReadOnlyList<SourceOffset> right) =>
        left.Count == right.Count && left.All(right.Contains);

    public async ValueTask ReadAsync(SourceRange range, StageContext context, Func<ValueTask> drain, CancellationToken cancellationToken)
    {
        Rows = 0;
        foreach (var end in range.End.OrderBy(o => o.Partition, StringComparer.Ordinal))
        {
            var start = range.Start.Where(o => o.Partition == end.Partition).Select(o => o.Position).FirstOrDefault();
            if (start == end.Position) continue;
            context.RowBase = 0;
            context.BeginPartition(Name, PartitionId(end.Partition));
            var place = $"source '{Name}' ({Description}), partition '{end.Partition}' after offset {start ?? "none"}";
            await foreach (var rows in _reader!.ReadAsync(new OffsetRange(end.Partition, start, end.Position), cancellationToken).ConfigureAwait(false))
            {
                context.Place = place;
                var before = context.RowBase;
                Push(rows, context);
                context.RowBase = before + rows.Length;
                Rows += rows.Length;
                await drain().ConfigureAwait(false);
            }
        }

        Position = range.End;
    }

    private void Push(ReadOnlyMemory<T> rows, StageContext context)
    {
        context.RowsStay = false;
        if (MemoryMarshal.TryGetArray(rows, out var segment))
        {
            context.RowsStay = _reader!.KeepsBatches;
            Push(segment.Array!, segment.Offset, segment.Offset + segment.Count, context);
            return;
        }

        var batch = Batches.Get();
        try
        {
            if (batch.Rows.Length < rows.Length) batch.Rows = new T[rows.Length];
            rows.CopyTo(batch.Rows);
            Push(batch.Rows, 0, rows.Length, context);
        }
        finally
        {
            if (RuntimeHelpers.IsReferenceOrContainsReferences<T>()) Array.Clear(batch.Rows, 0, rows.Length);
            Batches.Return(batch);
        }
    }

    private void Push(T[] rows, int from, int to, StageContext context)
    {
        var rowBase = context.RowBase - from;
        foreach (var target in Targets)
        {
            context.RowBase = rowBase;
            target.Push(rows, from, to, null);
        }
    }

    public IEnumerable<PartitionState> Partitions(SourceRange? range)
    {
        var hasEnded = IsEnd && range is null;
        if (Position.Count == 0 && range is null) return [new PartitionState(PartitionId(""), false, hasEnded)];
        return (range?.End ?? Position).Select(end => new PartitionState(PartitionId(end.Partition), range is not null && (!range.Start.Contains(end) || !_unlimited.Contains(end)), hasEnded));
    }

    private string PartitionId(string partition) => partition.Length == 0 ? Name : $"{Name}/{partition}";

    public ValueTask CommitAsync(IReadOnlyList<SourceOffset> offsets, CancellationToken cancellationToken) => _reader!.CommitAsync(offsets, cancellationToken);

    public ValueTask FixEndAsync(CancellationToken cancellationToken) => _reader!.FixEndAsync(cancellationToken);

    public ValueTask WaitAsync(CancellationToken cancellationToken) => IsEnd ? new ValueTask(Task.Delay(Timeout.Infinite, cancellationToken)) : _reader!.WaitAsync(Position, cancellationToken);

    public ValueTask DisposeAsync() => _reader is null ? ValueTask.CompletedTask : _reader.DisposeAsync();

    private sealed class Batch
    {
        public T[] Rows { get; set; } = [];
    }
}
