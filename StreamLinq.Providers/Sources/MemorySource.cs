// Rows added by the program, mostly by tests: the source with the least between a row and the engine.
// Rows lie in arrays that are never moved, and readers get slices of them, so reading copies nothing.
using System.Globalization;
using System.Runtime.CompilerServices;
using StreamLinq.Sources;

namespace StreamLinq;

/// <summary>
/// A source whose rows the program adds. It keeps all rows, so any number of queries may read it, each from the beginning, and a range can be read again while the process lives;
/// after the process died the rows are gone, and a checkpoint that has read them is refused (SLQ2020) unless they are added again. Thread-safe.
/// </summary>
/// <typeparam name="T">The rows. Null rows are handed on as they are.</typeparam>
public sealed class MemorySource<T> : IStreamSource<T>
{
    private const int FirstBlock = 256;
    private const int LargestBlock = 65536;

    private readonly Lock _gate = new();
    private readonly List<Block> _blocks = [];
    private long _count;
    private bool _completed;
    private TaskCompletionSource _changed = New();

    /// <inheritdoc />
    public string Description => "memory of " + TypeText.Name(typeof(T));

    /// <inheritdoc />
    public bool IsReplayable => true;

    /// <summary>How many rows have been added.</summary>
    public long Count => Volatile.Read(ref _count);

    /// <summary>Adds rows; they are copied.</summary>
    /// <exception cref="InvalidOperationException"><see cref="Complete"/> was called.</exception>
    public void Add(params ReadOnlySpan<T> rows)
    {
        if (rows.IsEmpty) return;
        TaskCompletionSource changed;
        lock (_gate)
        {
            if (_completed) throw new InvalidOperationException("Complete was called: no more rows can be added.");
            var count = _count;
            while (!rows.IsEmpty)
            {
                var used = _blocks.Count == 0 ? 0 : (int)(count - _blocks[^1].Start);
                if (_blocks.Count == 0 || used == _blocks[^1].Rows.Length)
                {
                    var size = _blocks.Count == 0 ? FirstBlock : _blocks[^1].Rows.Length * 2;
                    _blocks.Add(new Block(count, new T[Math.Min(LargestBlock, Math.Max(size, rows.Length))]));
                    used = 0;
                }

                var free = _blocks[^1].Rows.AsSpan(used);
                var taken = Math.Min(free.Length, rows.Length);
                rows[..taken].CopyTo(free);
                rows = rows[taken..];
                count += taken;
            }

            Volatile.Write(ref _count, count);
            changed = _changed;
            _changed = New();
        }

        changed.TrySetResult();
    }

    /// <summary>Ends the input: queries over it end when they have read all rows. Further calls do nothing.</summary>
    public void Complete()
    {
        lock (_gate) _completed = true;
        _changed.TrySetResult();
    }

    /// <inheritdoc />
    public ValueTask<IStreamReader<T>> OpenAsync(SourceContext context, CancellationToken cancellationToken) => new(new Reader(this));

    private static TaskCompletionSource New() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private sealed record Block(long Start, T[] Rows);

    private sealed class Reader(MemorySource<T> source) : IStreamReader<T>
    {
        private long _end = long.MaxValue;

        // Rows that were added are never changed.
        public bool KeepsBatches => true;

        public ValueTask<SourceProgressPoint> GetLatestAsync(IReadOnlyList<SourceOffset> current, ReadLimit limit, CancellationToken cancellationToken)
        {
            var from = CountPosition.Of(current, source.Description);
            long count;
            bool completed;
            lock (source._gate) (count, completed) = (source._count, source._completed);
            if (from > count) throw SourceErrors.RowsGone(source.Description, from, count);
            var last = Math.Min(count, Math.Max(_end, from));
            var to = limit.MaxRows is { } most && last - from > most ? from + most : last;
            IReadOnlyList<SourceOffset> offsets = to == from ? current : [CountPosition.Offset(to)];
            return new(new SourceProgressPoint(offsets, to >= _end || (completed && to == count)));
        }

        public async IAsyncEnumerable<ReadOnlyMemory<T>> ReadAsync(OffsetRange range, [EnumeratorCancellation] CancellationToken cancellationToken)
        {
            var from = CountPosition.Parse(range.From, source.Description);
            var to = CountPosition.Parse(range.To, source.Description);
            if (to > source.Count) throw SourceErrors.RowsGone(source.Description, to, source.Count);
            while (from < to)
            {
                cancellationToken.ThrowIfCancellationRequested();
                var block = Find(from);
                var start = (int)(from - block.Start);
                var rows = (int)Math.Min(block.Rows.Length - start, to - from);
                yield return block.Rows.AsMemory(start, rows);
                from += rows;
            }

            await ValueTask.CompletedTask.ConfigureAwait(false);
        }

        // All rows are kept for other queries and for the next run.
        public ValueTask CommitAsync(IReadOnlyList<SourceOffset> offsets, CancellationToken cancellationToken) => ValueTask.CompletedTask;

        public ValueTask FixEndAsync(CancellationToken cancellationToken)
        {
            _end = Math.Min(_end, source.Count);
            return ValueTask.CompletedTask;
        }

        public async ValueTask WaitAsync(IReadOnlyList<SourceOffset> current, CancellationToken cancellationToken)
        {
            var from = CountPosition.Of(current, source.Description);
            Task changed;
            lock (source._gate)
            {
                if (source._completed || source._count > from || from >= _end) return;
                changed = source._changed.Task;
            }

            await changed.WaitAsync(cancellationToken).ConfigureAwait(false);
        }

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;

        private Block Find(long row)
        {
            lock (source._gate)
            {
                var (low, high) = (0, source._blocks.Count - 1);
                while (low < high)
                {
                    var middle = (low + high + 1) / 2;
                    if (source._blocks[middle].Start <= row) low = middle;
                    else high = middle - 1;
                }

                return source._blocks[low];
            }
        }
    }

    /// <inheritdoc />
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Description}: {Count} rows");
}
