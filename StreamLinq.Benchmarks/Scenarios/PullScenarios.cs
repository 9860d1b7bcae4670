// A sum per key of rows that come one by one from an IAsyncEnumerable, beside a bare await foreach that does the same.
namespace StreamLinq.Benchmarks;

internal static class PullScenarios
{
    internal static IReadOnlyList<Scenario> All { get; } = [new("async-rows-100", rows => StartAsync(rows, 100)), new("async-rows-10k", rows => StartAsync(rows, 10_000))];

    private static async Task<Contest> StartAsync(int count, int keys)
    {
        var rows = Rows.Uniform(count, keys);
        var table = new HandTable<long>();
        var query = await PulledQuery.StartAsync(rows);
        return new Contest(count, AddAsync, query) { Check = () => Contest.Agree(Sum() == query.Total) };

        async Task AddAsync()
        {
            await foreach (var row in EachAsync(rows)) table.Slot(row.Key) += row.Value;
        }

        long Sum()
        {
            var sum = 0L;
            foreach (ref readonly var entry in table.Entries) sum += entry.Value;
            return sum;
        }
    }

    /// <summary>The rows one by one.</summary>
    internal static async IAsyncEnumerable<Row> EachAsync(Row[] rows)
    {
        await ValueTask.CompletedTask;
        foreach (var row in rows) yield return row;
    }
}
