// A source that costs nothing: slices of an array, over and over, up to the row that the measurement has released. It tells when all released rows are committed.
using System.Globalization;
using System.Runtime.CompilerServices;

namespace StreamLinq.Benchmarks;

/// <summary>For one query. <see cref="ReleaseAsync"/> is for one caller at a time.</summary>
/// <param name="rows">The rows.</param>
/// <param name="parts">Of so many batches one is this source's: sources of two sides take turns.</param>
/// <param name="part">Which.</param>
internal sealed class RowsSource<T>(T[] rows, int parts = 1, int part = 0) : IStreamSource<T>
{
    private readonly Lock _lock = new();
    private TaskCompletionSource _released = New();
    private TaskCompletionSource _committed = New();
    private long _end;

    /// <summary>The rows; read from the beginning again when their end is reached. May be replaced while nothing is released.</summary>
    internal T[] Rows { get; set; } = rows;

    public string Description => "rows of an array";

    public bool IsReplayable => true;

    /// <summary>Called before each batch and after the last one of an epoch; told whether it is the first.</summary>
    internal Action<bool>? Reading { get; init; }

    /// <summary>The rows of a batch at most.</summary>
    internal int BatchRows { get; init; } = Benchmarks.Rows.Batch;

    /// <summary>How many epochs have been committed.</summary>
    internal long Epochs { get; private set; }

    /// <summary>Lets the query read so many rows more; completes when they are committed.</summary>
    internal Task ReleaseAsync(long count)
    {
        TaskCompletionSource released, committed;
        lock (_lock)
        {
            _end += count;
            (released, _released) = (_released, New());
            committed = _committed = New();
        }

        released.SetResult();
        return committed.Task;
    }

    public ValueTask<IStreamReader<T>> OpenAsync(SourceContext context, CancellationToken cancellationToken)
    {
        // What is read after a restart is released from there on.
        lock (_lock) _end = Math.Max(_end, Position(context.Start));
        return new(new Reader(this, parts, part));
    }

    private static TaskCompletionSource New() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private static long Position(IReadOnlyList<SourceOffset> offsets) => offsets.Count == 0 ? 0 : long.Parse(offsets[0].Position, CultureInfo.InvariantCulture);

    private sealed class Reader(RowsSource<T> source, int parts, int part) : IStreamReader<T>
    {
        public bool KeepsBatches => true;

        public ValueTask<SourceProgressPoint> GetLatestAsync(IReadOnlyList<SourceOffset> current, ReadLimit limit, CancellationToken cancellationToken)
        {
            var from = Position(current);
            var to = Math.Min(Interlocked.Read(ref source._end), limit.MaxRows is { } most ? from + most : long.MaxValue);
            return new(new SourceProgressPoint(to == from ? current : [new SourceOffset("0", to.ToString(CultureInfo.InvariantCulture))], false));
        }

        public async IAsyncEnumerable<ReadOnlyMemory<T>> ReadAsync(OffsetRange range, [EnumeratorCancellation] CancellationToken cancellationToken)
        {
            var begin = range.From is null ? 0 : long.Parse(range.From, CultureInfo.InvariantCulture);
            var from = begin;
            var to = long.Parse(range.To, CultureInfo.InvariantCulture);
            var rows = source.Rows;
            while (from < to)
            {
                source.Reading?.Invoke(from == begin);
                var (batch, place) = Math.DivRem(from % (rows.Length / parts), Benchmarks.Rows.Batch);
                var start = (int)((((batch * parts) + part) * Benchmarks.Rows.Batch) + place);
                var count = (int)Math.Min(Math.Min(Math.Min(Benchmarks.Rows.Batch - place, source.BatchRows), rows.Length - start), to - from);
                yield return rows.AsMemory(start, count);
                from += count;
            }

            source.Reading?.Invoke(false);
            await ValueTask.CompletedTask;
        }

        public ValueTask CommitAsync(IReadOnlyList<SourceOffset> offsets, CancellationToken cancellationToken)
        {
            source.Epochs++;
            lock (source._lock)
            {
                if (Position(offsets) == source._end) source._committed.TrySetResult();
            }

            return ValueTask.CompletedTask;
        }

        public ValueTask FixEndAsync(CancellationToken cancellationToken) => ValueTask.CompletedTask;

        public async ValueTask WaitAsync(IReadOnlyList<SourceOffset> current, CancellationToken cancellationToken)
        {
            Task released;
            lock (source._lock)
            {
                if (source._end > Position(current)) return;
                released = source._released.Task;
            }

            await released.WaitAsync(cancellationToken);
        }

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
