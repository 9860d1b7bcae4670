// How the rows of a group are ordered and cut. Of equal rows the earlier arrival comes first. Over a table, whose rows come again with each change, arrival would say how the epochs were cut:
// there equal rows stand in the order of their bytes, by which a row that goes is found as well.
namespace StreamLinq.Embedded;

/// <summary>For one thread at a time.</summary>
/// <param name="compare">The stated order.</param>
/// <param name="limit">How many rows count; null: all.</param>
/// <param name="withTies">Whether those equal to the last of them count too.</param>
/// <param name="laterFirst">Whether of equal rows the later arrival comes first, as where an order is read from its end.</param>
internal sealed class RankRule<TOrder, TRow>(Comparison<TOrder> compare, int? limit, bool withTies, bool laterFirst)
{
    private readonly Codec<TRow> _rows = Codecs.Value<TRow>();
    private readonly ByteWriter _left = new();
    private readonly ByteWriter _right = new();

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

    internal void InsertByBytes(List<(TOrder Order, TRow Row)> entries, (TOrder Order, TRow Row) entry)
    {
        var (place, _) = PlaceByBytes(entries, entry);
        entries.Insert(place, entry);
    }

    internal void RemoveByBytes(List<(TOrder Order, TRow Row)> entries, (TOrder Order, TRow Row) entry)
    {
        var (place, found) = PlaceByBytes(entries, entry);
        if (!found) throw new InvalidOperationException("A row is taken back that was not in its group: a lambda of the query gives different results for the same row.");
        entries.RemoveAt(place);
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

    private (int Place, bool Found) PlaceByBytes(List<(TOrder Order, TRow Row)> entries, (TOrder Order, TRow Row) entry)
    {
        _left.Clear();
        _rows.Write(_left, entry.Row);
        var (low, high) = (0, entries.Count);
        while (low < high)
        {
            var middle = (low + high) / 2;
            var compared = compare(entries[middle].Order, entry.Order);
            if (compared == 0)
            {
                _right.Clear();
                _rows.Write(_right, entries[middle].Row);
                compared = _right.Written.SequenceCompareTo(_left.Written);
            }

            if (compared == 0) return (middle, true);
            if (compared < 0) low = middle + 1;
            else high = middle;
        }

        return (low, false);
    }
}
