// How the rows of a group are ordered and cut where rows only come. Of equal rows the earlier arrival comes first.
namespace StreamLinq.Embedded;

/// <summary>For one thread at a time.</summary>
/// <param name="compare">The stated order.</param>
/// <param name="limit">How many rows count; null: all.</param>
/// <param name="withTies">Whether those equal to the last of them count too.</param>
/// <param name="laterFirst">Whether of equal rows the later arrival comes first, as where an order is read from its end.</param>
internal sealed class RankRule<TOrder, TRow>(Comparison<TOrder> compare, int? limit, bool withTies, bool laterFirst)
{
    internal void Insert(List<(TOrder Order, TRow Row)> entries, (TOrder Order, TRow Row) entry)
    {
        var full = limit is { } most && entries.Count >= most;
        if (full)
        {
            // Most rows do not get among the first: one comparison.
            var last = compare(entry.Order, entries[^1].Order);
            if (last > 0 || (last == 0 && !withTies && !laterFirst)) return;
        }

        entries.Insert(Place(entries, entry.Order), entry);
        if (full) entries.RemoveRange(Within(entries), entries.Count - Within(entries));
    }

    internal void InsertAll(List<(TOrder Order, TRow Row)> entries, List<(TOrder Order, TRow Row)> later)
    {
        for (var i = 0; i < later.Count; i++) Insert(entries, later[laterFirst ? later.Count - 1 - i : i]);
    }

    /// <summary>How many of the rows count.</summary>
    internal int Within(List<(TOrder Order, TRow Row)> entries)
    {
        if (limit is not { } count || entries.Count <= count) return entries.Count;
        if (!withTies) return count;
        var last = entries[count - 1].Order;
        while (count < entries.Count && compare(entries[count].Order, last) == 0) count++;
        return count;
    }

    private int Place(List<(TOrder Order, TRow Row)> entries, TOrder order)
    {
        var (low, high) = (0, entries.Count);
        while (low < high)
        {
            var middle = (low + high) / 2;
            var compared = compare(entries[middle].Order, order);
            if (compared < 0 || (compared == 0 && !laterFirst)) low = middle + 1;
            else high = middle;
        }

        return low;
    }
}
