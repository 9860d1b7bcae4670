// A sum per key: all rows as one epoch whose whole table is written at its end (Complete), and the changed groups of epochs of a million rows (Update). Keys uniform, and after Zipf with 0.99.
// Rows that go out are structs, so nothing is allocated per row on either side. The loop is the plain one; beside it stands one that asks for slots ahead.
namespace StreamLinq.Benchmarks;

internal static class SumScenarios
{
    private const int Ahead = 16;
    private const int RowsPerEpoch = 1_000_000;

    internal static IReadOnlyList<Scenario> All { get; } =
    [
        .. from mode in new[] { OutputMode.Complete, OutputMode.Update }
           from zipf in new[] { false, true }
           from keys in new[] { ("100", 100), ("10k", 10_000), ("1M", 1_000_000), ("10M", 10_000_000) }
           select new Scenario($"sum-{(mode == OutputMode.Update ? "update-" : "")}{(zipf ? "zipf-" : "")}{keys.Item1}", rows => StartAsync(rows, keys.Item2, zipf, mode)),
    ];

    /// <summary>A row that goes out.</summary>
    internal readonly record struct KeySum(long Key, long Sum);

    private static async Task<Contest> StartAsync(int count, int keys, bool zipf, OutputMode mode)
    {
        var numbers = new KeyNumbers(keys, zipf);
        var rows = zipf ? Rows.Of(count, _ => numbers.Next()) : Rows.Uniform(count, keys);
        var (plain, ahead, noting) = (new HandTable<long>(), new HandTable<long>(), new HandTable<long>());
        var (last, total) = (0L, 0L);
        var query = await MeasuredQuery<Row>.StartAsync(
            rows,
            query => query.Source.GroupBy(r => r.Key).Select(g => new KeySum(g.Key, g.Sum(r => r.Value))).WriteTo(
                query.Counting<KeySum>(batch =>
                {
                    if (batch.Epoch != last) total = 0;
                    last = batch.Epoch;
                    foreach (ref readonly var change in batch.Changes.Span) total += change.Row.Sum;
                }), mode),
            new StreamingQueryOptions { MaxLatency = Timeout.InfiniteTimeSpan, MaxRowsPerEpoch = mode == OutputMode.Update ? RowsPerEpoch : null });
        return new Contest(count, () => Loop.Run(() => Add(plain, rows, Written)), query)
        {
            Others = [("the loop, asking ahead", () => Loop.Run(() => AddAsking(ahead, rows, Written))), ("the loop, checked and noting its keys", () => Loop.Run(() => AddNoting(noting, rows, Written)))],
            Check = () => Contest.Agree(Sum(plain) == Sum(ahead) && Sum(plain) == Sum(noting) && total == (mode == OutputMode.Update ? SumOfLast(plain, rows.AsSpan()[^Math.Min(RowsPerEpoch, count)..]) : Sum(plain))),
        };

        // What the loop writes at the end: each key and its sum, once.
        void Written(HandTable<long> table)
        {
            if (mode == OutputMode.Complete) Contest.Agree(Sum(table) >= 0);
        }
    }

    private static void Add(HandTable<long> table, ReadOnlySpan<Row> rows, Action<HandTable<long>> written)
    {
        foreach (ref readonly var row in rows) table.Slot(row.Key) += row.Value;
        written(table);
    }

    private static void AddAsking(HandTable<long> table, ReadOnlySpan<Row> rows, Action<HandTable<long>> written)
    {
        for (var i = 0; i < rows.Length; i++)
        {
            if (i + Ahead < rows.Length) table.Prefetch(rows[i + Ahead].Key);
            table.Slot(rows[i].Key) += rows[i].Value;
        }

        written(table);
    }

    // What a query cannot do without: a sum that overflows is an error, and each epoch says which groups it has changed.
    private static void AddNoting(HandTable<long> table, ReadOnlySpan<Row> rows, Action<HandTable<long>> written)
    {
        table.Forget();
        foreach (ref readonly var row in rows)
        {
            ref var sum = ref table.SlotNoting(row.Key);
            sum = checked(sum + row.Value);
        }

        written(table);
    }

    private static long Sum(HandTable<long> table)
    {
        var total = 0L;
        foreach (ref readonly var entry in table.Entries) total += entry.Value;
        return total;
    }

    private static long SumOfLast(HandTable<long> table, ReadOnlySpan<Row> rows)
    {
        var (total, seen) = (0L, new HashSet<long>());
        foreach (ref readonly var row in rows)
            if (seen.Add(row.Key)) total += table.Slot(row.Key);
        return total;
    }
}
