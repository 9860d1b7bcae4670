// Pairs of equal keys within a stretch of time in which ten thousand rows of each side lie.
namespace StreamLinq.Benchmarks;

internal static class JoinScenarios
{
    /// <summary>Two million rows, both sides together.</summary>
    internal const int RowsOfBoth = 512 * Rows.Batch;

    internal static IReadOnlyList<Scenario> All { get; } = [new("interval-join-10k", _ => StartAsync(10_000)), new("interval-join-1M", _ => StartAsync(1_000_000))];

    private static async Task<Contest> StartAsync(int keys)
    {
        var rows = Rows.Uniform(RowsOfBoth, keys);
        var loop = new HandWrittenJoin();
        var query = await JoinQuery.StartAsync(rows);
        return new Contest(RowsOfBoth, () => Loop.Run(Add), query) { MoveOn = () => Rows.MoveOn(rows), Check = () => Contest.Agree(loop.Pairs == query.Changes && loop.Total == query.Total) };

        void Add()
        {
            for (var from = 0; from < rows.Length; from += Rows.Batch) loop.Add(rows.AsSpan(from, Rows.Batch));
        }
    }
}
