// Where and Select into a sink that adds up what it gets. The first loop adds up where it stands and copies no row; the second one copies rows out, as a sink that is handed batches needs it.
namespace StreamLinq.Benchmarks;

internal static class StatelessScenarios
{
    private const long Bound = 1 << 22;

    internal static IReadOnlyList<Scenario> All { get; } = [new("where-select", StartAsync)];

    /// <summary>A row that goes out.</summary>
    internal readonly record struct Doubled(long Key, long Value);

    private static async Task<Contest> StartAsync(int count)
    {
        var rows = Rows.Uniform(count, 1_000_000);
        var (sum, copied, written) = (0L, 0L, 0L);
        var batch = new Doubled[Rows.Batch];
        var query = await MeasuredQuery<Row>.StartAsync(rows, query => query.Source.Where(r => r.Value < Bound).Select(r => new Doubled(r.Key, r.Value * 2)).WriteTo(
            query.Counting<Doubled>(batch =>
            {
                foreach (ref readonly var change in batch.Changes.Span) written += change.Row.Value;
            })));
        return new Contest(count, () => Loop.Run(() => sum += Sum(rows)), query)
        {
            Others = [("the loop, copying rows out", () => Loop.Run(() => copied += SumOfCopied(rows, batch)))],
            Check = () => Contest.Agree(sum == written && copied == written),
        };
    }

    private static long Sum(ReadOnlySpan<Row> rows)
    {
        var sum = 0L;
        foreach (ref readonly var row in rows)
            if (row.Value < Bound) sum += new Doubled(row.Key, row.Value * 2).Value;
        return sum;
    }

    private static long SumOfCopied(ReadOnlySpan<Row> rows, Doubled[] batch)
    {
        var sum = 0L;
        while (!rows.IsEmpty)
        {
            var some = rows[..Math.Min(Rows.Batch, rows.Length)];
            var count = 0;
            foreach (ref readonly var row in some)
                if (row.Value < Bound) batch[count++] = new Doubled(row.Key, row.Value * 2);
            foreach (ref readonly var row in batch.AsSpan(0, count)) sum += row.Value;
            rows = rows[some.Length..];
        }

        return sum;
    }
}
