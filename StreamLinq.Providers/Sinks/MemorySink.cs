// A sink that keeps what it is given in memory, for tests, samples and dashboards: the rows as they stand now, and the history of epochs.
// An epoch is taken once per query and partition, when it is flushed; written again, also with other rows, it is ignored. This is Spark's memory sink.
using StreamLinq.Sinks;

namespace StreamLinq;

/// <summary>The changes of one epoch, as a <see cref="MemorySink{T}"/> got them.</summary>
/// <param name="Epoch">The epoch's number; numbers of epochs without output are missing.</param>
/// <param name="Changes">Its changes, in the order they were written.</param>
public sealed record MemoryBatch<T>(long Epoch, IReadOnlyList<Change<T>> Changes);

/// <summary>
/// Keeps rows in memory, for ever, and the history of all epochs with them: for tests and small tables. Thread-safe: it may be read while queries write, and what a reader gets does not change.
/// An epoch becomes visible as a whole, before it is committed. Written again, also with other rows, it is ignored: together with a source that can be replayed each row is there exactly once
/// as long as the process lives. Several queries may write to one sink; their rows are then mixed.
/// </summary>
/// <typeparam name="T">The rows.</typeparam>
public sealed class MemorySink<T> : IStreamSink<T>
{
    private readonly Lock _lock = new();
    private readonly Dictionary<(Guid Query, int Partition), long> _epochs = [];
    private readonly SortedDictionary<int, List<T>> _replaced = [];
    private readonly List<(Guid Query, long Epoch, List<Change<T>> Changes)> _batches = [];
    private readonly MemoryTable<T> _rows = new();

    /// <inheritdoc />
    public string Description => "memory";

    /// <inheritdoc />
    public SinkFeatures Features => SinkFeatures.Upserts | SinkFeatures.Deletes | SinkFeatures.Replaces | SinkFeatures.IdempotentByEpoch;

    /// <summary>
    /// The rows as they stand, copied: of a stream all rows; in Complete mode the last table; in Update mode the latest row per key; in Changelog mode what inserts and deletes have left.
    /// The delete of a row that is not there has no effect.
    /// </summary>
    public IReadOnlyList<T> Rows
    {
        get
        {
            lock (_lock) return [.. _rows.Rows, .. _replaced.Values.SelectMany(r => r)];
        }
    }

    /// <summary>All epochs so far that had output, in the order they came, copied.</summary>
    public IReadOnlyList<MemoryBatch<T>> Batches
    {
        get
        {
            lock (_lock) return [.. _batches.Select(b => new MemoryBatch<T>(b.Epoch, [.. b.Changes]))];
        }
    }

    /// <summary>The epoch that was written last; null before the first.</summary>
    public long? LatestEpoch
    {
        get
        {
            lock (_lock) return _batches.Count == 0 ? null : _batches[^1].Epoch;
        }
    }

    /// <inheritdoc />
    public ValueTask<IStreamSinkWriter<T>> OpenAsync(SinkContext context, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(context);
        return new(new Writer(this, context, Key(context)));
    }

    // Null where rows are found by all their columns; a row that is one value is its own key, unless the table has no key and so only one row.
    private int[]? Key(SinkContext context)
    {
        var columns = RowColumns<T>.Instance;
        if (context.Mode != OutputMode.Update || columns.IsValue && context.KeyColumns.Count > 0) return null;
        return [.. context.KeyColumns.Select(name => columns.IndexOf(name, Description))];
    }

    private void Take(SinkContext context, int[]? key, long epoch, bool replaces, List<Change<T>> changes)
    {
        lock (_lock)
        {
            var writer = (context.QueryId, context.Partition);
            if (_epochs.TryGetValue(writer, out var latest) && epoch <= latest) return;
            _epochs[writer] = epoch;
            if (_batches.FindIndex(b => b.Query == context.QueryId && b.Epoch == epoch) is >= 0 and var i) _batches[i].Changes.AddRange(changes);
            else _batches.Add((context.QueryId, epoch, changes));
            if (replaces) _replaced[context.Partition] = [.. changes.Select(c => c.Row)];
            else
                foreach (var change in changes) _rows.Apply(change, context.Mode, key);
        }
    }

    private sealed class Writer(MemorySink<T> sink, SinkContext context, int[]? key) : IStreamSinkWriter<T>
    {
        private List<Change<T>> _changes = [];
        private bool _written, _replaces;

        public ValueTask WriteAsync(SinkBatch<T> batch, CancellationToken cancellationToken)
        {
            _written = true;
            _replaces = batch.Replaces;
            _changes.AddRange(batch.Changes.Span);
            return ValueTask.CompletedTask;
        }

        public ValueTask FlushAsync(long epoch, CancellationToken cancellationToken)
        {
            if (_written) sink.Take(context, key, epoch, _replaces, _changes);
            _written = false;
            _changes = [];
            return ValueTask.CompletedTask;
        }

        public ValueTask CommitAsync(long epoch, CancellationToken cancellationToken) => ValueTask.CompletedTask;

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
