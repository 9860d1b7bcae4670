// A source that can be read again, as one simulated process sees it: the rows outlive it, a look or a read may fail, and the same range comes in other batches each time.
using System.Runtime.CompilerServices;

namespace StreamLinq.Tests.Faults;

internal sealed class SimulatedSource<T>(MemorySource<T> inner) : IStreamSource<T>
{
    /// <summary>What happens in the running process.</summary>
    internal Misfortunes? Life { get; set; }

    public string Description => "simulated";

    public bool IsReplayable => true;

    public async ValueTask<IStreamReader<T>> OpenAsync(SourceContext context, CancellationToken cancellationToken) => new Reader(await inner.OpenAsync(context, cancellationToken), Life!);

    private sealed class Reader(IStreamReader<T> inner, Misfortunes life) : IStreamReader<T>
    {
        private int _batch;

        public ValueTask<SourceProgressPoint> GetLatestAsync(IReadOnlyList<SourceOffset> current, ReadLimit limit, CancellationToken cancellationToken)
        {
            life.Call(Place.Source, () => { });
            return inner.GetLatestAsync(current, limit, cancellationToken);
        }

        public async IAsyncEnumerable<ReadOnlyMemory<T>> ReadAsync(OffsetRange range, [EnumeratorCancellation] CancellationToken cancellationToken)
        {
            await foreach (var rows in inner.ReadAsync(range, cancellationToken).ConfigureAwait(false))
            {
                for (var at = 0; at < rows.Length;)
                {
                    life.Call(Place.Source, () => { });
                    var count = Math.Min(rows.Length - at, 1 + (++_batch % 4));
                    yield return rows.Slice(at, count);
                    at += count;
                }
            }
        }

        public ValueTask CommitAsync(IReadOnlyList<SourceOffset> offsets, CancellationToken cancellationToken)
        {
            life.Call(Place.Source, () => { });
            return inner.CommitAsync(offsets, cancellationToken);
        }

        public ValueTask FixEndAsync(CancellationToken cancellationToken) => inner.FixEndAsync(cancellationToken);

        public ValueTask WaitAsync(IReadOnlyList<SourceOffset> current, CancellationToken cancellationToken) => inner.WaitAsync(current, cancellationToken);

        public ValueTask DisposeAsync() => inner.DisposeAsync();
    }
}
