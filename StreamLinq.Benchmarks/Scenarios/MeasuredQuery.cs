// A query over rows of an array, running: it writes to a function that counts. Epochs are sized by the engine, as a user gets them, unless the scenario says otherwise.
namespace StreamLinq.Benchmarks;

internal sealed class MeasuredQuery<T> : IMeasuredQuery
{
    private readonly StreamEngine _engine;
    private readonly RowsSource<T> _source;
    private readonly string? _checkpoint;
    private StreamingQuery? _query;

    private MeasuredQuery(T[] rows, bool durable, int workers)
    {
        _engine = new StreamEngine(new StreamEngineOptions { Workers = workers });
        _source = new RowsSource<T>(rows);
        _checkpoint = durable ? Directory.CreateTempSubdirectory("streamlinq-benchmark-").FullName : null;
    }

    public long Changes { get; private set; }

    public long Epochs => _source.Epochs;

    /// <summary>How many rows of state there are.</summary>
    internal long StateRows => _query!.LastProgress!.StateOperators.Sum(s => s.Rows);

    /// <summary>The rows.</summary>
    internal IStreamQueryable<T, AppendOnly> Source => _source.AsStreamQueryable();

    /// <summary>Starts the query; no row is read before <see cref="RunAsync"/>.</summary>
    /// <param name="rows">What it reads, over and over.</param>
    /// <param name="output">Builds the query.</param>
    /// <param name="options">How it runs; the checkpoint is set here.</param>
    /// <param name="durable">With a checkpoint in a temporary folder.</param>
    /// <param name="workers">How many share the keys.</param>
    internal static async Task<MeasuredQuery<T>> StartAsync(
        T[] rows, Func<MeasuredQuery<T>, StreamOutput> output, StreamingQueryOptions? options = null, bool durable = false, int workers = 1)
    {
        var running = new MeasuredQuery<T>(rows, durable, workers);
        running._query = await running._engine.StartAsync(output(running), (options ?? new StreamingQueryOptions()) with { CheckpointLocation = running._checkpoint });
        return running;
    }

    /// <summary>A function that counts, for rows without a name.</summary>
    internal ValueTask Counted<TOut>(SinkBatch<TOut> batch, CancellationToken cancellationToken)
    {
        Changes += batch.Changes.Length;
        return ValueTask.CompletedTask;
    }

    /// <summary>A sink that counts and looks.</summary>
    internal CountingSink<TOut> Counting<TOut>(Action<SinkBatch<TOut>> look) => new(batch =>
    {
        Changes += batch.Changes.Length;
        look(batch);
    });

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
