// The rows of a group in their order: what ToList, First, Last and the rows of a top-N keep where rows only come: no more than the limit. The order values stand beside each row, so that nothing of the user's runs again.
// Most rows do not get among the first ones: what turns them away stands in the object itself. What was read stays until a row gets in, so that a group that is as it was has the very same list.
using System.Runtime.CompilerServices;

namespace StreamLinq.Embedded;

/// <summary>Rows with what they are ordered by, in order. Single writer.</summary>
internal sealed class RankedRows<TOrder, TRow>(List<(TOrder Order, TRow Row)> entries)
{
    [NonSerialized]
    private TOrder? _last;

    [NonSerialized]
    private bool _isFull;

    [NonSerialized]
    private TRow[]? _taken;

    public List<(TOrder Order, TRow Row)> Entries { get; } = entries;

    /// <summary>Adds a row where rows only come.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static RankedRows<TOrder, TRow> Add(RankedRows<TOrder, TRow>? rows, (TOrder Order, TRow Row) entry, RankRule<TOrder, TRow> rule)
    {
        if (rows is null || !rows._isFull || rule.Enters(entry.Order, rows._last!)) (rows ??= new RankedRows<TOrder, TRow>([])).Insert(entry, rule);
        return rows;
    }

    /// <summary>Adds the rows of another part, which came later. That part stays as it is; rows themselves never change.</summary>
    public static RankedRows<TOrder, TRow>? Merge(RankedRows<TOrder, TRow>? into, RankedRows<TOrder, TRow>? from, RankRule<TOrder, TRow> rule)
    {
        if (from is null) return into;
        if (into is null) return new RankedRows<TOrder, TRow>([.. from.Entries]);
        foreach (var entry in rule.InOrderOfInsertion(from.Entries)) Add(into, entry, rule);
        return into;
    }

    /// <summary>The rows within the limit. The same array is given again while no row gets in: it is for reading.</summary>
    public static TRow[] Taken(RankedRows<TOrder, TRow>? rows, RankRule<TOrder, TRow> rule)
    {
        if (rows is null) return [];
        if (rows._taken is { } known) return known;
        var taken = new TRow[rule.Within(rows.Entries)];
        for (var i = 0; i < taken.Length; i++) taken[i] = rows.Entries[i].Row;
        return rows._taken = taken;
    }

    public static TRow? First(RankedRows<TOrder, TRow>? rows) => rows is { Entries.Count: > 0 } ? rows.Entries[0].Row : default;

    private void Insert((TOrder Order, TRow Row) entry, RankRule<TOrder, TRow> rule)
    {
        _taken = null;
        rule.Insert(Entries, entry);
        _isFull = rule.IsFull(Entries);
        if (_isFull) _last = Entries[^1].Order;
    }
}
