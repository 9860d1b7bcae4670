// What else one would reach for in .NET to count rows per key, each from nothing to the final counts: System.Reactive, LINQ over IAsyncEnumerable of .NET and of System.Linq.Async, FASTER with one
// read-modify-write per row. Each in the form that suits it best; all results are compared.
extern alias SystemLinqAsync;

using System.Reactive.Linq;
using System.Reactive.Subjects;
using Older = SystemLinqAsync::System.Linq.AsyncEnumerable;

namespace StreamLinq.Benchmarks;

internal static class PeerScenarios
{
    private const int MostRows = 2_000_000;

    internal static IReadOnlyList<Scenario> All { get; } = [new("peers-100", rows => StartAsync(rows, 100)), new("peers-10k", rows => StartAsync(rows, 10_000))];

    private static async Task<Contest> StartAsync(int most, int keys)
    {
        var count = Math.Min(most, MostRows);
        var rows = Rows.Uniform(count, keys);
        var table = new HandTable<long>();
        var faster = new FasterCounts();
        var (runs, counted, groups) = (0L, 0L, 0L);
        var query = await MeasuredQuery<Row>.StartAsync(rows, query => query.Source.GroupBy(r => r.Key).Select(g => new SumScenarios.KeySum(g.Key, g.Count())).WriteTo(
            query.Counting<SumScenarios.KeySum>(batch =>
            {
                (groups, counted) = (batch.Changes.Length, 0);
                foreach (ref readonly var change in batch.Changes.Span) counted += change.Row.Sum;
            }), OutputMode.Complete), new StreamingQueryOptions { MaxLatency = Timeout.InfiniteTimeSpan });
        return new Contest(count, () => Loop.Run(Count), query)
        {
            Others =
            [
                ("await foreach", PulledAsync),
                ("System.Reactive GroupBy", ReactiveAsync),
                ("AsyncEnumerable.CountBy", async () => Same(await EachAsync().CountBy(r => r.Key).CountAsync())),
                ("AsyncEnumerable.AggregateBy", async () => Same(await EachAsync().AggregateBy(r => r.Key, 0L, (n, _) => n + 1).CountAsync())),
                ("AsyncEnumerable.GroupBy", async () => Same(await EachAsync().GroupBy(r => r.Key).Select(g => (g.Key, Count: g.Count())).CountAsync())),
                ("System.Linq.Async GroupBy", async () => Same(await Older.CountAsync(Older.SelectAwait(Older.GroupBy(EachAsync(), r => r.Key), async g => (g.Key, await Older.LongCountAsync(g)))))),
                ("FASTER, one RMW per row", () => Loop.Run(() => faster.Add(rows))),
            ],
            Check = () =>
            {
                faster.Dispose();
                Contest.Agree(table.Count == groups && counted == runs * count && faster.Rows == runs * count);
            },
        };

        IAsyncEnumerable<Row> EachAsync() => PullScenarios.EachAsync(rows);

        void Count()
        {
            runs++;
            table.Clear();
            foreach (ref readonly var row in rows.AsSpan()) table.Slot(row.Key)++;
        }

        async Task PulledAsync()
        {
            var pulled = new HandTable<long>();
            await foreach (var row in EachAsync()) pulled.Slot(row.Key)++;
            Same(pulled.Count);
        }

        async Task ReactiveAsync()
        {
            using var subject = new Subject<Row>();
            var all = Task.Run(async () => await subject.GroupBy(r => r.Key).SelectMany(g => g.LongCount().Select(n => (g.Key, n))).Count());
            while (!subject.HasObservers) await Task.Yield();
            foreach (var row in rows) subject.OnNext(row);
            subject.OnCompleted();
            Same(await all);
        }

        void Same(int found) => Contest.Agree(found == table.Count);
    }
}
