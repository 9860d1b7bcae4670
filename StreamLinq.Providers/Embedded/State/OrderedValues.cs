// The values of a group in order, with how often each occurs: what Min and Max keep where rows can be taken back. Read and written whole by the codec.
namespace StreamLinq.Embedded;

/// <summary>A multiset in the type's default order, strings ordinal. Single writer.</summary>
internal sealed class OrderedValues<TValue>
{
    private readonly SortedDictionary<Held, long> _counts = new(Comparer<Held>.Create(static (a, b) => ValueOrder<TValue>.Compare(a.Value, b.Value)));
    private TValue? _last;
    private bool _lastIsKnown;

    public OrderedValues(KeyValuePair<TValue, long>[] entries)
    {
        foreach (var (value, count) in entries) _counts.Add(new Held(value), count);
    }

    /// <summary>The values, ascending.</summary>
    public KeyValuePair<TValue, long>[] Entries => [.. _counts.Select(e => KeyValuePair.Create(e.Key.Value, e.Value))];

    public bool IsEmpty() => _counts.Count == 0;

    public TValue? Least() => _counts.Count > 0 ? _counts.First().Key.Value : default;

    public TValue? Greatest()
    {
        if (!_lastIsKnown)
        {
            _last = _counts.Count > 0 ? _counts.Last().Key.Value : default;
            _lastIsKnown = true;
        }

        return _last;
    }

    public static OrderedValues<TValue> Add(OrderedValues<TValue>? values, TValue value, long weight)
    {
        values ??= new OrderedValues<TValue>([]);
        values._lastIsKnown = false;
        var key = new Held(value);
        var count = values._counts.GetValueOrDefault(key) + weight;
        if (count == 0) values._counts.Remove(key);
        else values._counts[key] = count;
        return values;
    }

    private readonly record struct Held(TValue Value);
}

/// <summary>The order of values in Min, Max and OrderBy: the type's own, strings ordinal, nulls first.</summary>
internal static class ValueOrder<TValue>
{
    private static readonly IComparer<TValue> Order = typeof(TValue) == typeof(string) ? (IComparer<TValue>)(object)StringComparer.Ordinal : Comparer<TValue>.Default;

    public static int Compare(TValue? left, TValue? right) => Order.Compare(left, right);

    public static bool Less(TValue left, TValue right) => Order.Compare(left, right) < 0;
}
