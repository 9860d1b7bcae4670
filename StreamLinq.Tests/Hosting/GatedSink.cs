// A sink that a test can hold up and make fail, and that notes which epochs were committed.
namespace StreamLinq.Tests.Hosting;

internal sealed class GatedSink<T> : IStreamSink<T>
{
    private readonly Lock _lock = new();
    private readonly List<T> _rows = [];
    private readonly List<long> _committed = [];
    private int _entered;
    private int _awaited;
    private int _failures;

    public string Description => "gated";

    public SinkFeatures Features => SinkFeatures.Upserts | SinkFeatures.Deletes | SinkFeatures.Replaces;

    /// <summary>A flush waits for it; null: none waits.</summary>
    internal TaskCompletionSource? Gate { get; set; }

    internal IReadOnlyList<T> Rows
    {
        get
        {
            lock (_lock) return [.. _rows];
        }
    }

    internal IReadOnlyList<long> Committed
    {
        get
        {
            lock (_lock) return [.. _committed];
        }
    }

    internal void FailTimes(int count) => Volatile.Write(ref _failures, count);

    /// <summary>Completes when the next flush has begun.</summary>
    internal Task EnteredAsync()
    {
        var count = ++_awaited;
        return TestHost.Until(() => Volatile.Read(ref _entered) >= count);
    }

    public ValueTask<IStreamSinkWriter<T>> OpenAsync(SinkContext context, CancellationToken cancellationToken) => new(new Writer(this));

    private sealed class Writer(GatedSink<T> sink) : IStreamSinkWriter<T>
    {
        private readonly List<T> _pending = [];

        public ValueTask WriteAsync(SinkBatch<T> batch, CancellationToken cancellationToken)
        {
            foreach (var change in batch.Changes.Span) _pending.Add(change.Row);
            return ValueTask.CompletedTask;
        }

        public async ValueTask FlushAsync(long epoch, CancellationToken cancellationToken)
        {
            Interlocked.Increment(ref sink._entered);
            if (sink.Gate is { } gate) await gate.Task.WaitAsync(cancellationToken);
            if (Interlocked.Decrement(ref sink._failures) >= 0) throw new IOException("the disk is full");
            lock (sink._lock) sink._rows.AddRange(_pending);
            _pending.Clear();
        }

        public ValueTask CommitAsync(long epoch, CancellationToken cancellationToken)
        {
            lock (sink._lock) sink._committed.Add(epoch);
            return ValueTask.CompletedTask;
        }

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
