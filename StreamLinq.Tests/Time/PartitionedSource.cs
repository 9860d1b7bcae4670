// A replayable source with partitions that a test fills one by one. A limit is given to the partitions in their order, so the last ones may get nothing of a range.
using System.Globalization;
using System.Runtime.CompilerServices;

namespace StreamLinq.Tests.Time;

internal sealed class PartitionedSource<T> : IStreamSource<T>
{
    private readonly Lock _lock = new();
    private readonly SortedDictionary<string, List<T>> _partitions = new(StringComparer.Ordinal);
    private TaskCompletionSource _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private bool _completed;

    internal PartitionedSource(params string[] partitions)
    {
        foreach (var partition in partitions) _partitions[partition] = [];
    }

    public string Description => "partitions of " + typeof(T).Name;

    public bool IsReplayable => true;

    internal void Add(string partition, params T[] rows) => Change(() =>
    {
        if (!_partitions.TryGetValue(partition, out var known)) _partitions[partition] = known = [];
        known.AddRange(rows);
    });

    internal void Complete() => Change(() => _completed = true);

    private void Change(Action change)
    {
        TaskCompletionSource changed;
        lock (_lock)
        {
            change();
            (changed, _changed) = (_changed, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
        }

        changed.SetResult();
    }

    public ValueTask<IStreamReader<T>> OpenAsync(SourceContext context, CancellationToken cancellationToken) => new(new Reader(this));

    private sealed class Reader(PartitionedSource<T> source) : IStreamReader<T>
    {
        private Dictionary<string, int>? _fixed;

        public ValueTask<SourceProgressPoint> GetLatestAsync(IReadOnlyList<SourceOffset> current, ReadLimit limit, CancellationToken cancellationToken)
        {
            lock (source._lock)
            {
                var left = limit.MaxRows ?? int.MaxValue;
                var offsets = new List<SourceOffset>();
                var isEnd = source._completed || _fixed is not null;
                foreach (var (partition, rows) in source._partitions)
                {
                    var from = At(current.FirstOrDefault(o => o.Partition == partition).Position);
                    var end = _fixed is null ? rows.Count : Math.Max(from, _fixed.GetValueOrDefault(partition));
                    var to = (int)Math.Min(end, from + left);
                    left -= to - from;
                    isEnd &= to == end;
                    offsets.Add(new SourceOffset(partition, to.ToString(CultureInfo.InvariantCulture)));
                }

                return new(new SourceProgressPoint(offsets, isEnd));
            }
        }

        private static int At(string? position) => position is null ? 0 : int.Parse(position, CultureInfo.InvariantCulture);

        public async IAsyncEnumerable<ReadOnlyMemory<T>> ReadAsync(OffsetRange range, [EnumeratorCancellation] CancellationToken cancellationToken)
        {
            await ValueTask.CompletedTask;
            T[] rows;
            lock (source._lock) rows = [.. source._partitions[range.Partition][At(range.From)..At(range.To)]];
            if (rows.Length > 0) yield return rows;
        }

        public ValueTask CommitAsync(IReadOnlyList<SourceOffset> offsets, CancellationToken cancellationToken) => ValueTask.CompletedTask;

        public ValueTask FixEndAsync(CancellationToken cancellationToken)
        {
            lock (source._lock) _fixed = source._partitions.ToDictionary(p => p.Key, p => p.Value.Count);
            return ValueTask.CompletedTask;
        }

        public async ValueTask WaitAsync(IReadOnlyList<SourceOffset> current, CancellationToken cancellationToken)
        {
            Task changed;
            lock (source._lock)
            {
                if (source._completed || source._partitions.Any(p => At(current.FirstOrDefault(o => o.Partition == p.Key).Position) < p.Value.Count)) return;
                changed = source._changed.Task;
            }

            await changed.WaitAsync(cancellationToken);
        }

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
