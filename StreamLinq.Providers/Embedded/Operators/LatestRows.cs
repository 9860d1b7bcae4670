// LatestBy, and ToTable by arrival: rows go into the table of a group-by whose only aggregate is the row that counts. All else is the group-by's.
namespace StreamLinq.Embedded;

/// <summary>A row on its way into a table of latest rows.</summary>
/// <param name="key">Its key.</param>
/// <param name="row">What is kept of it.</param>
/// <param name="time">Its time in UTC ticks; 0 where rows go by arrival.</param>
/// <param name="mark">A <see cref="LatestMark"/>.</param>
internal struct LatestInput<TKey, TRow>(TKey key, TRow row, long time, byte mark)
{
    public TKey Key = key;
    public (TRow Row, long Time, byte Mark) Latest = (row, time, mark);
}

internal sealed class LatestRows<TKey, TRow, TResult, THash>(GroupTable<TKey, (TRow Row, long Time, byte Mark), TResult, THash> table) : IRowTarget<LatestInput<TKey, TRow>> where THash : struct, IKeyHash<TKey>
{
    private const int Ahead = 16;

    public void Push(LatestInput<TKey, TRow>[] rows, int from, int to, sbyte[]? weights)
    {
        var isLarge = table.IsLarge;
        for (var i = from; i < to; i++)
        {
            if (isLarge && i + Ahead < to) table.Prefetch(rows[i + Ahead].Key);
            var slot = table.Slot(rows[i].Key);
            LatestRow.Merge(ref table.Entries[slot].Accumulator, rows[i].Latest);
        }
    }
}
