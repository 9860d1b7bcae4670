// The ten highest values of each key, as a table that changes: what enters and leaves the ten goes to the sink. The loop keeps the ten and tells nobody. Each repetition has new values, of which ever fewer get in.
namespace StreamLinq.Benchmarks;

internal static class RankScenarios
{
    private const int Values = 1 << 24;

    internal static IReadOnlyList<Scenario> All { get; } = [new("top-10-per-key-10k", rows => StartAsync(rows, 10_000)), new("top-10-per-key-1M", rows => StartAsync(rows, 1_000_000))];

    internal readonly record struct KeyValue(long Key, long Value);

    private static async Task<Contest> StartAsync(int count, int keys)
    {
        var rows = Rows.Uniform(count, keys);
        var random = new Random(keys);
        var table = new HandTable<HandTopTen>();
        var total = 0L;
        var query = await MeasuredQuery<Row>.StartAsync(
            rows,
            query => (from r in query.Source
                      group r by r.Key into g
                      from best in g.OrderByDescending(r => r.Value).Take(HandTopTen.Most)
                      select new KeyValue(best.Key, best.Value)).WriteTo(
                query.Counting<KeyValue>(batch =>
                {
                    foreach (ref readonly var change in batch.Changes.Span)
                        total += change.Kind is ChangeKind.Delete ? -change.Row.Value : change.Row.Value;
                }), OutputMode.Changelog));
        return new Contest(count, () => Loop.Run(() => Add(table, rows)), query)
        {
            MoveOn = () =>
            {
                foreach (ref var row in rows.AsSpan()) row = row with { Value = random.Next(Values) };
            },
            Check = () => Contest.Agree(total == Sum(table)),
        };
    }

    private static void Add(HandTable<HandTopTen> table, ReadOnlySpan<Row> rows)
    {
        foreach (ref readonly var row in rows) table.Slot(row.Key).Add(row.Value);
    }

    private static long Sum(HandTable<HandTopTen> table)
    {
        var total = 0L;
        foreach (ref readonly var entry in table.Entries) total += entry.Value.Sum;
        return total;
    }
}
