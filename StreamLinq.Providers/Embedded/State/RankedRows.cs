// The rows of a group in their order: what ToList, First, Last and the rows of a top-N keep where rows only come: no more than the limit. The order values stand beside each row, so that nothing of the user's runs again.
namespace StreamLinq.Embedded;

/// <summary>Rows with what they are ordered by, in order. Single writer.</summary>
internal sealed class RankedRows<TOrder, TRow>(List<(TOrder Order, TRow Row)> entries)
{
    public List<(TOrder Order, TRow Row)> Entries { get; } = entries;

    /// <summary>Adds a row where rows only come.</summary>
    public static RankedRows<TOrder, TRow> Add(RankedRows<TOrder, TRow>? rows, (TOrder Order, TRow Row) entry, RankRule<TOrder, TRow> rule)
    {
        rows ??= new RankedRows<TOrder, TRow>([]);
        rule.Insert(rows.Entries, entry);
        return rows;
    }

    /// <summary>Adds the rows of another part, which came later. That part stays as it is; rows themselves never change.</summary>
    public static RankedRows<TOrder, TRow>? Merge(RankedRows<TOrder, TRow>? into, RankedRows<TOrder, TRow>? from, RankRule<TOrder, TRow> rule)
    {
        if (from is null) return into;
        if (into is null) return new RankedRows<TOrder, TRow>([.. from.Entries]);
        rule.InsertAll(into.Entries, from.Entries);
        return into;
    }

    /// <summary>The rows within the limit; a copy.</summary>
    public static TRow[] Taken(RankedRows<TOrder, TRow>? rows, RankRule<TOrder, TRow> rule)
    {
        if (rows is null) return [];
        var taken = new TRow[rule.Within(rows.Entries)];
        for (var i = 0; i < taken.Length; i++) taken[i] = rows.Entries[i].Row;
        return taken;
    }

    public static TRow? First(RankedRows<TOrder, TRow>? rows) => rows is { Entries.Count: > 0 } ? rows.Entries[0].Row : default;
}
