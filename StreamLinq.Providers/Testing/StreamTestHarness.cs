// A harness for the users' tests: a query on virtual time, an epoch when the test says so, crashes on demand. State is durable in memory, so a crash is as quick as a call.
using StreamLinq.Embedded;

namespace StreamLinq;

/// <summary>
/// Runs one query step by step: add rows to a <see cref="TestSource{T}"/>, run an epoch, look at the <see cref="TestOutput{T}"/>. Everything runs on <see cref="Time"/>, so a test never waits.
/// For one test and one thread at a time.
/// </summary>
public sealed class StreamTestHarness : IAsyncDisposable
{
    private readonly StreamEngineOptions _engineOptions;
    private readonly StreamingQueryOptions _options;
    private Func<IReadOnlyList<StreamOutput>>? _outputs;
    private StreamEngine _engine;
    private MemoryStorage _storage = new();
    private int _crashes;
    private SteppedTrigger _trigger = new();
    private StreamingQuery? _query;

    /// <summary>Makes a harness whose clock shows <paramref name="start"/> (default: 1970-01-01T00:00Z).</summary>
    /// <param name="start">Where virtual time starts.</param>
    /// <param name="options">Options of the query: row errors, the cap of an epoch. Trigger, checkpoint and latency are the harness's own.</param>
    public StreamTestHarness(DateTimeOffset? start = null, StreamingQueryOptions? options = null)
    {
        Time = new VirtualTimeProvider(start);
        _options = options ?? new StreamingQueryOptions();
        _engineOptions = new StreamEngineOptions { TimeProvider = Time, Storage = _ => _storage, MaxAhead = TimeSpan.MaxValue, Checkpoints = new CheckpointOptions { IndexBytes = 64 << 10, FoldBytesPerSecond = long.MaxValue, Layout = new CheckpointLayout { PageBytes = 256 << 10, SegmentBytes = 4 << 20 } } };
        _engine = new StreamEngine(_engineOptions);
    }

    /// <summary>With how many workers the query runs: the first number until the first crash, then the next, and from the first again.</summary>
    internal IReadOnlyList<int> Workers
    {
        get;
        init
        {
            field = value;
            _engineOptions.Workers = value[0];
        }
    } = [1];

    /// <summary>The harness's clock.</summary>
    public VirtualTimeProvider Time { get; }

    /// <summary>The running query; another one after a crash.</summary>
    /// <exception cref="InvalidOperationException">Nothing has been started.</exception>
    public StreamingQuery Query => _query ?? throw new InvalidOperationException("Start a query first.");

    /// <summary>A source that the test fills.</summary>
    public TestSource<T> Source<T>(string? name = null) => new(this, name);

    /// <summary>Starts a stream.</summary>
    /// <exception cref="QueryTranslationException">The query is not legal.</exception>
    public async Task<TestOutput<T>> StartAsync<T>(IStreamQueryable<T, AppendOnly> stream)
    {
        var output = new TestOutput<T>(this);
        await StartAsync(() => [stream.WriteTo(output.Sink)]).ConfigureAwait(false);
        return output;
    }

    /// <summary>Starts a table.</summary>
    /// <exception cref="QueryTranslationException">The query is not legal.</exception>
    public async Task<TestOutput<T>> StartAsync<T>(IStreamQueryable<T, Table> table, OutputMode mode)
    {
        var output = new TestOutput<T>(this);
        await StartAsync(() => [table.WriteTo(output.Sink, mode)]).ConfigureAwait(false);
        return output;
    }

    /// <summary>Starts outputs with sinks of the test's own, as one query.</summary>
    /// <exception cref="QueryTranslationException">A query is not legal.</exception>
    public Task StartAsync(params IReadOnlyList<StreamOutput> outputs) => StartAsync(() => outputs);

    private Task StartAsync(Func<IReadOnlyList<StreamOutput>> outputs)
    {
        if (_outputs is not null) throw new InvalidOperationException("A harness runs one query; make another harness.");
        _outputs = outputs;
        return RunAsync();
    }

    private async Task RunAsync()
    {
        _trigger = new SteppedTrigger();
        var options = _options with { Name = _options.Name ?? "test", Trigger = _trigger, CheckpointLocation = "memory", MaxLatency = Timeout.InfiniteTimeSpan };
        _query = await _engine.StartAsync(_outputs!(), options).ConfigureAwait(false);
    }

    /// <summary>Moves the clock.</summary>
    public void Advance(TimeSpan by) => Time.Advance(by);

    /// <summary>Runs one epoch with what the sources hold; false if there was nothing to do.</summary>
    /// <exception cref="StreamingQueryException">The query failed.</exception>
    public async Task<bool> RunEpochAsync()
    {
        _ = Query;
        try
        {
            return await _trigger.StepAsync().ConfigureAwait(false);
        }
        catch (StreamingQueryException)
        {
            await Query.Completion.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            throw;
        }
    }

    /// <summary>Runs epochs until there is nothing left to do.</summary>
    /// <exception cref="StreamingQueryException">The query failed.</exception>
    public async Task RunUntilIdleAsync()
    {
        while (await RunEpochAsync().ConfigureAwait(false)) { }
    }

    /// <summary>Moves the watermark of every WithEventTime of the query up to a time, whatever the rows have shown, and runs the epochs without rows that follow from it.</summary>
    /// <exception cref="StreamingQueryException">The query failed.</exception>
    public async Task AdvanceWatermarkAsync(DateTimeOffset time)
    {
        _ = Query;
        await _trigger.Ask(query =>
        {
            query.Run.ForceWatermark(time.UtcTicks);
            return Task.FromResult(true);
        }).ConfigureAwait(false);
        await RunUntilIdleAsync().ConfigureAwait(false);
    }

    /// <summary>Takes what the sources hold, then closes every window, as at the end of the input. From then on no rows are taken; <see cref="CrashAndRecoverAsync"/> starts the query again.</summary>
    /// <exception cref="StreamingQueryException">The query failed.</exception>
    public async Task DrainAsync()
    {
        await RunUntilIdleAsync().ConfigureAwait(false);
        await _trigger.Ask(query =>
        {
            query.Run.CloseEverything();
            return Task.FromResult(true);
        }).ConfigureAwait(false);
        await RunUntilIdleAsync().ConfigureAwait(false);
        await _trigger.Ask(query =>
        {
            query.Run.GoOn();
            return Task.FromResult(true);
        }).ConfigureAwait(false);
    }

    /// <summary>Ends the process, as far as the query can tell, and starts it again from what is durable. Sources keep their rows, outputs keep what was written. Also starts a query again that has failed.</summary>
    public async Task CrashAndRecoverAsync()
    {
        await Query.DisposeAsync().ConfigureAwait(false);
        await _engine.DisposeAsync().ConfigureAwait(false);
        _storage = _storage.Crash(++_crashes);
        _engineOptions.Workers = Workers[_crashes % Workers.Count];
        _engine = new StreamEngine(_engineOptions);
        await RunAsync().ConfigureAwait(false);
    }

    /// <summary>Takes back the record that the last epoch was committed, as if the process had died just before it: after <see cref="CrashAndRecoverAsync"/> that epoch runs again, with the same rows.</summary>
    public async Task ForgetLastCommitAsync()
    {
        _ = Query;
        await _trigger.Ask(async query =>
        {
            await query.Run.Checkpoint!.ForgetLastCommitAsync(CancellationToken.None).ConfigureAwait(false);
            return true;
        }).ConfigureAwait(false);
    }

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        if (_query is not null) await _query.DisposeAsync().ConfigureAwait(false);
        await _engine.DisposeAsync().ConfigureAwait(false);
    }
}

/// <summary>A source that a test fills. Replayable: rows stay, also over <see cref="StreamTestHarness.CrashAndRecoverAsync"/>.</summary>
/// <typeparam name="T">The rows.</typeparam>
public sealed class TestSource<T>
{
    private readonly StreamTestHarness _harness;
    private readonly MemorySource<T> _rows = new();

    internal TestSource(StreamTestHarness harness, string? name)
    {
        _harness = harness;
        Rows = StreamSource.From(_rows, name);
    }

    /// <summary>The query over its rows.</summary>
    public IStreamQueryable<T, AppendOnly> Rows { get; }

    /// <summary>Adds rows; no epoch runs.</summary>
    public void Add(params ReadOnlySpan<T> rows) => _rows.Add(rows);

    /// <summary>Adds rows and runs exactly one epoch.</summary>
    public async Task EpochAsync(params T[] rows)
    {
        Add(rows);
        await _harness.RunEpochAsync().ConfigureAwait(false);
    }

    /// <summary>Ends the input and runs what is left.</summary>
    public async Task CompleteAsync()
    {
        _rows.Complete();
        await _harness.RunUntilIdleAsync().ConfigureAwait(false);
    }
}

/// <summary>What a query under test has written.</summary>
/// <typeparam name="T">The rows.</typeparam>
public sealed class TestOutput<T>
{
    private readonly StreamTestHarness _harness;
    private int _taken;

    internal TestOutput(StreamTestHarness harness) => _harness = harness;

    internal MemorySink<T> Sink { get; } = new();

    /// <summary>The query.</summary>
    public StreamingQuery Query => _harness.Query;

    /// <summary>The watermark that the last epoch of this run ran with: the least of the query's; null if there is none yet.</summary>
    public DateTimeOffset? Watermark => Query.LastProgress?.Watermark?.Time;

    /// <summary>The changes written since the last call.</summary>
    public IReadOnlyList<Change<T>> Take()
    {
        var batches = Sink.Batches;
        var changes = batches.Skip(_taken).SelectMany(b => b.Changes).ToArray();
        _taken = batches.Count;
        return changes;
    }

    /// <summary>All epochs that wrote something, oldest first.</summary>
    public IReadOnlyList<(long Epoch, IReadOnlyList<Change<T>> Changes)> Epochs => [.. Sink.Batches.Select(b => (b.Epoch, b.Changes))];

    /// <summary>The result so far: all rows of a stream, or the table as it stands.</summary>
    public IReadOnlyList<T> Result => Sink.Rows;
}
