// Ordering and cutting of lists: stable, nulls first, strings ordinal (the same on every machine), further keys only among ties.
namespace StreamLinq.Batch;

internal static class BatchOrder
{
    internal static IComparer<V> Comparer<V>() => typeof(V) == typeof(string) ? (IComparer<V>)StringComparer.Ordinal : System.Collections.Generic.Comparer<V>.Default;

    internal static BatchRows<E> By<E, V>(IEnumerable<E> rows, Func<E, V> key, bool descending)
    {
        var ordered = ThenBy(new BatchRows<E>([.. rows]), key, descending);
        if (typeof(V) != typeof(DateTimeOffset) || descending) return ordered;
        List<E> list = [.. ordered];
        return new BatchRows<E>(list, ordered.Ties, null) { OrderTimes = list.ConvertAll(row => (DateTimeOffset)(object)key(row)!) };
    }

    internal static BatchRows<E> ThenBy<E, V>(IBatchRows<E> rows, Func<E, V> key, bool descending)
    {
        var comparer = Comparer<V>();
        var keyed = rows.Zip(rows.Ties, (row, tie) => (Row: row, Tie: tie, Key: key(row))).OrderBy(r => r.Tie);
        var sorted = (descending ? keyed.ThenByDescending(r => r.Key, comparer) : keyed.ThenBy(r => r.Key, comparer)).ToList();
        var ties = new int[sorted.Count];
        for (var i = 1; i < ties.Length; i++)
            ties[i] = ties[i - 1] + (sorted[i].Tie == sorted[i - 1].Tie && comparer.Compare(sorted[i].Key, sorted[i - 1].Key) == 0 ? 0 : 1);
        // Only rows that were equal so far change places: what they are ordered by first stays as it stands.
        return new BatchRows<E>(sorted.ConvertAll(r => r.Row), ties, null) { OrderTimes = rows.OrderTimes };
    }

    internal static BatchRows<E> Keep<E>(IBatchRows<E> rows, Func<E, bool> predicate)
    {
        var kept = rows.Select((row, place) => (Row: row, Place: place)).Where(r => predicate(r.Row)).ToList();
        return new BatchRows<E>(kept.ConvertAll(r => r.Row), kept.ConvertAll(r => rows.Ties[r.Place]), rows.Times is { } times ? kept.ConvertAll(r => times[r.Place]) : null)
        {
            OrderTimes = rows.OrderTimes is { } by ? kept.ConvertAll(r => by[r.Place]) : null,
        };
    }

    internal static BatchRows<E> Take<E>(IBatchRows<E> rows, int count)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(count);
        return new BatchRows<E>([.. rows.Take(count)], [.. rows.Ties.Take(count)], null) { OrderTimes = rows.OrderTimes?.Take(count).ToList() };
    }

    internal static BatchRows<E> TakeWithTies<E>(IBatchRows<E> rows, int count)
    {
        var taken = Take(rows, count);
        return taken.Ties.Count < count ? taken : Take(rows, rows.Ties.Count(tie => tie <= taken.Ties[^1]));
    }
}
