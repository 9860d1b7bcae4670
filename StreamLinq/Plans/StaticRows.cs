// The right side of a join with rows that do not change, by key. They are read once, when the query is bound: what becomes of the sequence later makes no difference, and no row waits for them.
namespace StreamLinq;

internal interface IStaticRows
{
    /// <summary>Whether no two rows have one key: then a row of the left side becomes one row at most, and is known by its key as before.</summary>
    bool HasUniqueKeys { get; }
}

/// <summary>The rows, by key. Thread-safe: nothing changes after it is made.</summary>
internal sealed class StaticRows<K, I> : IStaticRows
{
    private static readonly I[] None = [];
    private static readonly I[] Missing = [default!];

    // A tuple, because parts of a key may be null.
    private readonly Dictionary<ValueTuple<K>, I[]> _rows;

    internal StaticRows(IEnumerable<I> rows, Func<I, K> key)
    {
        _rows = rows.Select(row => (Key: key(row), Row: row)).Where(r => r.Key is not null).GroupBy(r => new ValueTuple<K>(r.Key), r => r.Row).ToDictionary(g => g.Key, g => g.ToArray());
        HasUniqueKeys = _rows.Values.All(r => r.Length == 1);
    }

    public bool HasUniqueKeys { get; }

    /// <summary>The rows of a key, in their order; of null there are none.</summary>
    internal I[] Of(K key) => key is not null && _rows.TryGetValue(new(key), out var rows) ? rows : None;

    internal I[] OfOrNull(K key) => OrNull(Of(key));

    internal I[] OfOrNullWhere(K key, Func<I, bool> on) => OrNull(Array.FindAll(Of(key), row => on(row)));

    private static I[] OrNull(I[] rows) => rows.Length == 0 ? Missing : rows;
}
