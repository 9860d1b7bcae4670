// The measured query, running: a count and a sum per key, in update mode, or a count per key and window, into a function that counts. Epochs are sized by the engine, as a user gets them.
namespace StreamLinq.Benchmarks;

internal sealed class GroupByQuery : IMeasuredQuery
{
    private readonly StreamEngine _engine;
    private readonly RowsSource _source;
    private readonly string? _checkpoint;
    private StreamingQuery? _query;

    private GroupByQuery(Row[] rows, bool durable, int workers)
    {
        _engine = new StreamEngine(new StreamEngineOptions { Workers = workers });
        _source = new RowsSource(rows);
        _checkpoint = durable ? Directory.CreateTempSubdirectory("streamlinq-benchmark-").FullName : null;
    }

    public long Changes { get; private set; }

    public long Epochs => _source.Epochs;

    /// <summary>Starts the query; no row is read before <see cref="RunAsync"/>.</summary>
    internal static async Task<GroupByQuery> StartAsync(Row[] rows, bool durable, bool windowed = false, int workers = 1, TimeSpan? maxLatency = null)
    {
        var running = new GroupByQuery(rows, durable, workers);
        var output = windowed ? running.PerWindow() : running.PerKey();
        var options = new StreamingQueryOptions { CheckpointLocation = running._checkpoint };
        running._query = await running._engine.StartAsync(output, maxLatency is { } latency ? options with { MaxLatency = latency } : options);
        return running;
    }

    private StreamOutput PerKey() =>
        _source.AsStreamQueryable().GroupBy(r => r.Key).Select(g => new { g.Key, Count = g.Count(), Sum = g.Sum(r => r.Value) }).WriteTo(Counted, OutputMode.Update);

    private StreamOutput PerWindow() =>
        _source.AsStreamQueryable()
            .WithEventTime(r => new DateTimeOffset(r.Time, TimeSpan.Zero), maxDelay: TimeSpan.FromTicks(Rows.DelayTicks))
            .Window(Windowing.Tumbling(TimeSpan.FromTicks(Rows.WindowTicks)))
            .GroupBy(r => r.Key)
            .Select(g => new { g.Key, g.Window, Count = g.Count() })
            .WriteTo(Counted);

    private ValueTask Counted<T>(SinkBatch<T> batch, CancellationToken cancellationToken)
    {
        Changes += batch.Changes.Length;
        return ValueTask.CompletedTask;
    }

    public async Task RunAsync(long rows)
    {
        // A query that failed commits nothing more: its error is the result then.
        var committed = _source.ReleaseAsync(rows);
        if (await Task.WhenAny(committed, _query!.Completion) != committed) await _query.Completion;

        // The epoch that closes windows may come after the one that read the rows, and belongs to the work.
        await _query.ProcessAllAvailableAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await _engine.DisposeAsync();
        if (_checkpoint is not null) Directory.Delete(_checkpoint, recursive: true);
    }
}
