// Counts per key and window, each told once, when its window closes: tumbling, out of order up to a delay and in order; hopping, five panes to a window; sessions. Rows move on in time from repetition to repetition.
namespace StreamLinq.Benchmarks;

internal static class WindowScenarios
{
    private const int Panes = 5;

    internal static IReadOnlyList<Scenario> All { get; } =
    [
        new("tumbling-100", rows => TumblingAsync(rows, 100, Rows.DelayTicks)),
        new("tumbling-10k", rows => TumblingAsync(rows, 10_000, Rows.DelayTicks)),
        new("tumbling-1M", rows => TumblingAsync(rows, 1_000_000, Rows.DelayTicks)),
        new("tumbling-ordered-100", rows => TumblingAsync(rows, 100, 0)),
        new("tumbling-ordered-10k", rows => TumblingAsync(rows, 10_000, 0)),
        new("tumbling-ordered-1M", rows => TumblingAsync(rows, 1_000_000, 0)),
        new("hopping-10k", HoppingAsync),
        new("sessions-10k", SessionsAsync),
    ];

    /// <summary>A row that goes out.</summary>
    internal readonly record struct KeyCount(long Key, Window Window, long Count);

    private static async Task<Contest> TumblingAsync(int count, int keys, long delay)
    {
        var rows = Rows.Uniform(count, keys, delay: delay);
        var loop = new HandWrittenTumbling(Rows.WindowTicks, delay);
        var (results, total) = (0L, 0L);
        var query = await MeasuredQuery<Row>.StartAsync(rows, query => Timed(query.Source, delay)
            .Window(Windowing.Tumbling(TimeSpan.FromTicks(Rows.WindowTicks)))
            .GroupBy(r => r.Key)
            .Select(g => new KeyCount(g.Key, g.Window, g.Count()))
            .WriteTo(query.Counting<KeyCount>(batch =>
            {
                results += batch.Changes.Length;
                foreach (ref readonly var change in batch.Changes.Span) total += change.Row.Count;
            })));
        return new Contest(count, () => Loop.Run(() => InBatches(rows, loop.Add)), query) { MoveOn = () => Rows.MoveOn(rows), Check = () => Contest.Agree(loop.Emitted == results && loop.Total == total) };
    }

    private static async Task<Contest> HoppingAsync(int count)
    {
        var (hop, delay) = (Rows.WindowTicks / Panes, Rows.DelayTicks);
        var rows = Rows.Uniform(count, 10_000);
        var loop = new HandWrittenHopping(hop, Panes, delay);
        var (results, total) = (0L, 0L);
        var query = await MeasuredQuery<Row>.StartAsync(rows, query => Timed(query.Source, delay)
            .Window(Windowing.Hopping(TimeSpan.FromTicks(hop * Panes), TimeSpan.FromTicks(hop)))
            .GroupBy(r => r.Key)
            .Select(g => new KeyCount(g.Key, g.Window, g.Count()))
            .WriteTo(query.Counting<KeyCount>(batch =>
            {
                results += batch.Changes.Length;
                foreach (ref readonly var change in batch.Changes.Span) total += change.Row.Count;
            })));
        return new Contest(count, () => Loop.Run(() => InBatches(rows, loop.Add)), query) { MoveOn = () => Rows.MoveOn(rows), Check = () => Contest.Agree(loop.Emitted == results && loop.Total == total) };
    }

    private static async Task<Contest> SessionsAsync(int count)
    {
        // A key is silent for so long once in some hundred rows.
        var gap = 5 * 10 * Rows.WindowTicks / (count / 10_000);
        var rows = Rows.Uniform(count, 10_000, delay: 0);
        var loop = new HandWrittenSessions(gap);
        var (results, total) = (0L, 0L);
        var query = await MeasuredQuery<Row>.StartAsync(rows, query => Timed(query.Source, 0)
            .Window(Windowing.Session(TimeSpan.FromTicks(gap)))
            .GroupBy(r => r.Key)
            .Select(g => new KeyCount(g.Key, g.Window, g.Count()))
            .WriteTo(query.Counting<KeyCount>(batch =>
            {
                results += batch.Changes.Length;
                foreach (ref readonly var change in batch.Changes.Span) total += change.Row.Count;
            })));
        return new Contest(count, () => Loop.Run(() => InBatches(rows, loop.Add)), query)
        {
            MoveOn = () => Rows.MoveOn(rows),
            Check = () =>
            {
                loop.EndSilent();
                Contest.Agree(loop.Emitted == results && loop.Total == total);
            },
        };
    }

    private static IStreamQueryable<Row, EventTime> Timed(IStreamQueryable<Row, AppendOnly> rows, long delay) =>
        rows.WithEventTime(r => new DateTimeOffset(r.Time, TimeSpan.Zero), maxDelay: TimeSpan.FromTicks(delay));

    private static void InBatches(Row[] rows, BatchLoop add)
    {
        for (var from = 0; from < rows.Length; from += Rows.Batch) add(rows.AsSpan(from, Math.Min(Rows.Batch, rows.Length - from)));
    }

    private delegate void BatchLoop(ReadOnlySpan<Row> rows);
}
