// A count and a sum per key in Update mode, in epochs as the engine sizes them: what a user sees who changes nothing. The loop beside it adds up a value; the second one counts too.
namespace StreamLinq.Benchmarks;

internal static class GroupByScenarios
{
    internal static IReadOnlyList<Scenario> All { get; } =
    [
        new("group-by-100", rows => StartAsync(rows, 100, durable: false)),
        new("group-by-10k", rows => StartAsync(rows, 10_000, durable: false)),
        new("group-by-1M", rows => StartAsync(rows, 1_000_000, durable: false)),
        new("group-by-10k-durable", rows => StartAsync(rows, 10_000, durable: true)),
    ];

    /// <summary>The query alone.</summary>
    internal static Task<MeasuredQuery<Row>> QueryAsync(Row[] rows, bool durable = false, int workers = 1, StreamingQueryOptions? options = null) => MeasuredQuery<Row>.StartAsync(
        rows,
        query => query.Source.GroupBy(r => r.Key).Select(g => new { g.Key, Count = g.Count(), Sum = g.Sum(r => r.Value) }).WriteTo(query.Counted, OutputMode.Update),
        options, durable, workers);

    private static async Task<Contest> StartAsync(int count, int keys, bool durable)
    {
        var rows = Rows.Uniform(count, keys);
        var (sum, both) = (new HandTable<long>(), new HandTable<CountAndSum>());
        return new Contest(count, () => Loop.Run(() => Add(sum, rows)), await QueryAsync(rows, durable))
        {
            Others = [("the loop, counting too", () => Loop.Run(() => Add(both, rows)))],
            Check = () => Contest.Agree(sum.Count == both.Count && Total(sum) == Total(both)),
        };
    }

    internal static void Add(HandTable<CountAndSum> table, ReadOnlySpan<Row> rows)
    {
        foreach (ref readonly var row in rows)
        {
            ref var entry = ref table.Slot(row.Key);
            entry.Count++;
            entry.Sum += row.Value;
        }
    }

    private static void Add(HandTable<long> table, ReadOnlySpan<Row> rows)
    {
        foreach (ref readonly var row in rows) table.Slot(row.Key) += row.Value;
    }

    private static long Total(HandTable<long> table)
    {
        var total = 0L;
        foreach (ref readonly var entry in table.Entries) total += entry.Value;
        return total;
    }

    private static long Total(HandTable<CountAndSum> table)
    {
        var total = 0L;
        foreach (ref readonly var entry in table.Entries) total += entry.Value.Sum;
        return total;
    }

    internal struct CountAndSum
    {
        public long Count, Sum;
    }
}
