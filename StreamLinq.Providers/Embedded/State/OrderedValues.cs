// The values of a group in order, with how often each occurs: what Min and Max keep where rows can be taken back. A sorted list, because the codec reads and writes it as it is.
namespace StreamLinq.Embedded;

/// <summary>A multiset in the type's default order, strings ordinal. Single writer.</summary>
internal sealed class OrderedValues<TValue>(List<KeyValuePair<TValue, long>> entries)
{
    /// <summary>The values, ascending, with their counts; none is 0.</summary>
    public List<KeyValuePair<TValue, long>> Entries { get; } = entries;

    public bool IsEmpty() => Entries.Count == 0;

    public TValue? Least() => Entries.Count > 0 ? Entries[0].Key : default;

    public TValue? Greatest() => Entries.Count > 0 ? Entries[^1].Key : default;

    public static OrderedValues<TValue> Add(OrderedValues<TValue>? values, TValue value, long weight)
    {
        values ??= new OrderedValues<TValue>([]);
        var entries = values.Entries;
        var (low, high) = (0, entries.Count);
        while (low < high)
        {
            var middle = (low + high) / 2;
            if (ValueOrder<TValue>.Compare(entries[middle].Key, value) < 0) low = middle + 1;
            else high = middle;
        }

        var known = low < entries.Count && ValueOrder<TValue>.Compare(entries[low].Key, value) == 0;
        var count = weight + (known ? entries[low].Value : 0);
        if (!known) entries.Insert(low, KeyValuePair.Create(value, count));
        else if (count == 0) entries.RemoveAt(low);
        else entries[low] = KeyValuePair.Create(entries[low].Key, count);
        return values;
    }

    /// <summary>Adds the values of another multiset, which stays as it is and shares nothing with the result.</summary>
    public static OrderedValues<TValue>? Merge(OrderedValues<TValue>? into, OrderedValues<TValue>? from)
    {
        if (from is null) return into;
        if (into is null) return new OrderedValues<TValue>([.. from.Entries]);
        foreach (var (value, count) in from.Entries) into = Add(into, value, count);
        return into;
    }
}

/// <summary>The order of values in Min, Max and OrderBy: the type's own, strings ordinal, nulls first.</summary>
internal static class ValueOrder<TValue>
{
    private static readonly IComparer<TValue> Order = typeof(TValue) == typeof(string) ? (IComparer<TValue>)(object)StringComparer.Ordinal : Comparer<TValue>.Default;

    public static int Compare(TValue? left, TValue? right) => Order.Compare(left, right);

    public static bool Less(TValue left, TValue right) => Order.Compare(left, right) < 0;
}
