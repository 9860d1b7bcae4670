// The measured join, running: two sources, pairs of equal keys within a stretch of time, into a function that counts. The batches of the rows go to the sides in turn.
namespace StreamLinq.Benchmarks;

internal sealed class JoinQuery : IMeasuredQuery
{
    private readonly StreamEngine _engine = new();
    private readonly RowsSource<Row> _left;
    private readonly RowsSource<Row> _right;
    private StreamingQuery? _query;

    private JoinQuery(Row[] rows)
    {
        _left = new RowsSource<Row>(rows, 2, 0);
        _right = new RowsSource<Row>(rows, 2, 1);
    }

    public long Changes { get; private set; }

    /// <summary>The values of all pairs, added up.</summary>
    internal long Total { get; private set; }

    public long Epochs => _left.Epochs;

    /// <summary>Starts the query; no row is read before <see cref="RunAsync"/>.</summary>
    internal static async Task<JoinQuery> StartAsync(Row[] rows)
    {
        var running = new JoinQuery(rows);
        var bound = TimeSpan.FromTicks(HandWrittenJoin.BoundTicks);
        var pairs = from l in Timed(running._left, "left")
                    join r in Timed(running._right, "right").Within(bound, bound) on l.Key equals r.Key
                    select new { l.Key, Left = l.Value, Right = r.Value };
        running._query = await running._engine.StartAsync(pairs.WriteTo((batch, _) =>
        {
            running.Changes += batch.Changes.Length;
            foreach (ref readonly var change in batch.Changes.Span) running.Total += change.Row.Left + change.Row.Right;
            return ValueTask.CompletedTask;
        }));
        return running;
    }

    private static IStreamQueryable<Row, EventTime> Timed(RowsSource<Row> rows, string name) =>
        StreamSource.From(rows, name).WithEventTime(r => new DateTimeOffset(r.Time, TimeSpan.Zero), maxDelay: TimeSpan.FromTicks(Rows.DelayTicks));

    public async Task RunAsync(long rows)
    {
        var committed = Task.WhenAll(_left.ReleaseAsync(rows / 2), _right.ReleaseAsync(rows / 2));
        if (await Task.WhenAny(committed, _query!.Completion) != committed) await _query.Completion;
        await _query.ProcessAllAvailableAsync();
    }

    public ValueTask DisposeAsync() => _engine.DisposeAsync();
}
