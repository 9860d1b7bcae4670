// What a Lookup is over finite rows: by key it is asked once for each key that is not null, and loaded rows are loaded once, when the query runs. Each method stands for the one of its name of Lookup.
namespace StreamLinq.Batch;

/// <summary>A table elsewhere that is asked by key.</summary>
internal interface IAskedRows<V>
{
    /// <summary>The row of a key, or null.</summary>
    V? Find(object key);
}

internal sealed record AskedRows<K, V>(Func<K, CancellationToken, ValueTask<V?>> Ask) : SnapshotRows<V>([]), IAskedRows<V> where V : class
{
    public V? Find(object key) => BatchCalls.Answer(cancel => Ask((K)key, cancel), Timeout.InfiniteTimeSpan);
}

internal static class BatchLookups
{
    public static SnapshotRows<V> From<K, V>(Func<K, CancellationToken, ValueTask<V?>> find, LookupOptions? options = null) where V : class => new AskedRows<K, V>(find);

    public static SnapshotRows<V> Refreshed<V>(Func<CancellationToken, ValueTask<IReadOnlyCollection<V>>> load, TimeSpan every) => new(BatchCalls.Answer(load, Timeout.InfiniteTimeSpan));
}
