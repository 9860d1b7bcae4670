// A table that lies elsewhere, as the right side of a join: asked by key, or loaded whole every so often.
namespace StreamLinq;

/// <summary>Right sides of joins whose rows lie elsewhere. The left side keeps its kind; a result is never corrected when the table changes later.</summary>
public static class Lookup
{
    /// <summary>Asks by key: at most one row per key. A null answer is no match, and neither is a row whose own key is another one. The left side is a stream (SLQ1021).</summary>
    /// <typeparam name="K">The key, as the join's key selectors give it. A null key is not asked for and matches nothing.</typeparam>
    /// <typeparam name="V">The rows.</typeparam>
    /// <param name="find">Asks for one key. May be called concurrently, and again for the same key after a crash; the token is cancelled when the query stops. An exception is an error of each row with the key (SLQ2007).</param>
    /// <param name="options">How many at once and what is kept; null: the defaults.</param>
    /// <exception cref="ArgumentNullException"><paramref name="find"/> is null.</exception>
    public static ILookupSide<V> From<K, V>(Func<K, CancellationToken, ValueTask<V?>> find, LookupOptions? options = null) where V : class =>
        new LookupSide<V>(Operator.Tree(From<K, V>, find, options));

    /// <summary>Loads the whole table at the start, and again when rows come and it is time. Between two loads rows see the last one. The left side is a stream (SLQ1021).</summary>
    /// <typeparam name="V">The rows; several may have one key.</typeparam>
    /// <param name="load">Loads all rows. An exception at the start ends it (SLQ1023); a later one is logged, and the rows of the last load stay.</param>
    /// <param name="every">How often, by the engine's clock; above zero.</param>
    /// <exception cref="ArgumentNullException"><paramref name="load"/> is null.</exception>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="every"/> is zero or less.</exception>
    public static ILookupSide<V> Refreshed<V>(Func<CancellationToken, ValueTask<IReadOnlyCollection<V>>> load, TimeSpan every) =>
        new LookupSide<V>(Operator.Tree(Refreshed<V>, load, Durations.Positive(every, nameof(every))));
}

/// <summary>How a lookup by key is done. Immutable.</summary>
public sealed record LookupOptions
{
    /// <summary>How many keys are asked for at once, per worker; at least 1. The default is 16.</summary>
    public int MaxConcurrency
    {
        get;
        init => field = value >= 1 ? value : throw new ArgumentOutOfRangeException(nameof(value), value, $"{nameof(MaxConcurrency)} must be at least 1.");
    } = 16;

    /// <summary>How many answers are kept, per worker, the least recently used going first; 0, the default: none.</summary>
    public int CacheSize
    {
        get;
        init => field = value >= 0 ? value : throw new ArgumentOutOfRangeException(nameof(value), value, $"{nameof(CacheSize)} must not be negative.");
    }

    /// <summary>How long an answer may be used, by the engine's clock; zero, the default: until it has to make room.</summary>
    public TimeSpan CacheFor { get; init => field = Durations.NotNegative(value, nameof(value)); }
}
