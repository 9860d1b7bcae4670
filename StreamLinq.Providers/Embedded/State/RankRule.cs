// How the rows of a group are ordered and cut where rows only come. Of equal rows the earlier arrival comes first.
namespace StreamLinq.Embedded;

/// <summary>For one thread at a time.</summary>
/// <param name="compare">The stated order.</param>
/// <param name="limit">How many rows count; null: all.</param>
/// <param name="withTies">Whether those equal to the last of them count too.</param>
/// <param name="laterFirst">Whether of equal rows the later arrival comes first, as where an order is read from its end.</param>
internal sealed class RankRule<TOrder, TRow>(Comparison<TOrder> compare, int? limit, bool withTies, bool laterFirst)
{
    private readonly int _most = limit ?? int.MaxValue;
    private readonly int _worst = withTies || laterFirst ? 0 : -1;

    /// <summary>Whether there are so many rows that another one enters only if <see cref="Enters"/> says so.</summary>
    internal bool IsFull(List<(TOrder Order, TRow Row)> entries) => entries.Count >= _most;

    /// <summary>Whether a row gets among rows that are full: one comparison with the last of them.</summary>
    internal bool Enters(TOrder order, TOrder last) => compare(order, last) <= _worst;

    /// <summary>Adds a row if it gets in.</summary>
    internal void Insert(List<(TOrder Order, TRow Row)> entries, (TOrder Order, TRow Row) entry)
    {
        var full = IsFull(entries);
        if (full && !Enters(entry.Order, entries[^1].Order)) return;
        // Nothing is kept free for rows that will never come.
        if (!full && entries.Count == entries.Capacity) entries.Capacity = Math.Min(Math.Max(4, entries.Count * 2), _most);
        var place = Place(entries, entry.Order);
        if (!full || withTies) entries.Insert(place, entry);
        else MoveUp(entries, place, entry);
        if (full && withTies) entries.RemoveRange(Within(entries), entries.Count - Within(entries));
    }

    /// <summary>Rows in the order of a list, in that in which they are to be added to another one.</summary>
    internal IEnumerable<(TOrder Order, TRow Row)> InOrderOfInsertion(List<(TOrder Order, TRow Row)> entries)
    {
        for (var i = 0; i < entries.Count; i++) yield return entries[laterFirst ? entries.Count - 1 - i : i];
    }

    /// <summary>How many of the rows count.</summary>
    internal int Within(List<(TOrder Order, TRow Row)> entries)
    {
        if (entries.Count <= _most) return entries.Count;
        if (!withTies) return _most;
        var count = _most;
        var last = entries[count - 1].Order;
        while (count < entries.Count && compare(entries[count].Order, last) == 0) count++;
        return count;
    }

    // The last one falls out.
    private static void MoveUp(List<(TOrder Order, TRow Row)> entries, int place, (TOrder Order, TRow Row) entry)
    {
        var all = System.Runtime.InteropServices.CollectionsMarshal.AsSpan(entries);
        all[place..^1].CopyTo(all[(place + 1)..]);
        all[place] = entry;
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
