// A running query of the embedded engine: the loop that starts epochs as the trigger says, and everything its owner may ask from another thread.

namespace StreamLinq.Embedded;

internal sealed partial class EmbeddedQuery : StreamingQuery
{
    private const int ProgressKept = 100;

    private readonly StreamEngine _engine;
    private readonly QueryListeners _listeners;
    private readonly IReadOnlyList<PhysicalPlan> _plans;
    private readonly StreamingQueryOptions _options;
    private readonly QueryRun _run;
    private readonly CancellationTokenSource _stopping = new();
    private readonly TaskCompletionSource _completion = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Lock _lock = new();
    private readonly Queue<StreamingQueryProgress> _progress = new();
    private readonly List<TaskCompletionSource> _waiters = [];
    private CancellationTokenSource _wake = new();
    private volatile StreamingQueryStatus _status = new("Starting", false, false);
    private volatile StreamingQueryException? _failure;
    private volatile bool _hasEnded;
    private volatile string _why = "The query has not looked at its sources yet.";
    private long _stepStarted;
    private bool _isIdle;

    private EmbeddedQuery(StreamEngine engine, QueryListeners listeners, IReadOnlyList<PhysicalPlan> plans, StreamingQueryOptions options, QueryRun run)
    {
        _engine = engine;
        _listeners = listeners;
        _plans = plans;
        _options = options;
        _run = run;
        run.Committed = OnCommitted;
    }

    public override Guid Id => _run.Id;

    public override Guid RunId => _run.RunId;

    public override string Name => _options.Name!;

    public override bool IsActive => !_hasEnded;

    public override StreamingQueryStatus Status => !_hasEnded && _run.Trouble is { } trouble ? _status with { Message = trouble } : _status;

    public override DeliveryGuarantee Delivery => _run.Delivery;

    public override StreamingQueryProgress? LastProgress
    {
        get
        {
            lock (_lock) return _progress.LastOrDefault();
        }
    }

    public override IReadOnlyList<StreamingQueryProgress> RecentProgress
    {
        get
        {
            lock (_lock) return [.. _progress];
        }
    }

    public override StreamingQueryException? Exception => _failure;

    public override Task Completion => _completion.Task;

    internal static async Task<EmbeddedQuery> OpenAsync(
        StreamEngine engine, StreamEngineOptions engineOptions, QueryListeners listeners, IReadOnlyList<PhysicalPlan> plans, StreamingQueryOptions options, CancellationToken cancellationToken)
    {
        var run = await QueryRun.OpenAsync(plans, options, engineOptions, engine.Logger, cancellationToken, () => engine.BudgetOf(options)).ConfigureAwait(false);
        return new EmbeddedQuery(engine, listeners, plans, options, run);
    }

    // The query outlives the call that starts it, so it keeps nothing of that call's activity and log scopes.
    internal void Start()
    {
        using (ExecutionContext.SuppressFlow()) _ = Task.Run(RunAsync, CancellationToken.None);
    }

    private async Task RunAsync()
    {
        using var scope = _engine.Logger.InQuery(Name);
        StreamingQueryException? failure = null;
        _engine.Logger.Started(Name, Delivery, _options.CheckpointLocation ?? "none");
        _listeners.Tell(l => l.OnStarted(this));
        try
        {
            await LoopUntilStoppedAsync().ConfigureAwait(false);
            await _run.SettleAsync().ConfigureAwait(false);
        }
        catch (Exception error)
        {
            failure = error as StreamingQueryException ?? new StreamingQueryException("SLQ2005", $"query '{Name}' failed: {error.Message}", error);
            await _run.FailAsync(failure).ConfigureAwait(false);
        }

        await _run.DisposeAsync().ConfigureAwait(false);
        _engine.Release(Name, this);
        _status = new StreamingQueryStatus(failure is null ? "Stopped" : failure.Message, false, false);
        _failure = failure;
        _hasEnded = true;
        if (failure is null) _engine.Logger.Ended(Name);
        else _engine.Logger.Failed(failure, Name);
        _listeners.Tell(l => l.OnTerminated(this, failure));   // before Completion, so that listeners hear of the end before the next run's start
        if (failure is null) _completion.SetResult();
        else _completion.SetException(failure);
        _ = _completion.Task.Exception;   // a failure that nobody awaits is in the log and the listeners; it is no unobserved one
        Release(failure ?? (Exception)new InvalidOperationException($"Query '{Name}' has stopped before all rows were processed."));
        RefuseSavepoints();
    }

    private async Task LoopUntilStoppedAsync()
    {
        try
        {
            await LoopAsync().ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (_stopping.IsCancellationRequested)
        {
            // Asked to stop while it waited or looked for rows; no epoch was running.
        }
    }

    private Task LoopAsync() => _options.Trigger switch
    {
        null or DefaultTrigger => FollowAsync(),
        ProcessingTimeTrigger timed => FollowAsync(timed.Interval),
        AvailableNowTrigger => DrainInputAsync(once: false),
        OnceTrigger => DrainInputAsync(once: true),
        SteppedTrigger stepped => stepped.ServeAsync(this, _stopping.Token),
        var other => throw new InvalidOperationException($"There is no loop for {other}."),
    };

    private async Task FollowAsync()
    {
        TaskCompletionSource[] before = [];
        while (!_stopping.IsCancellationRequested)
        {
            var (asked, waiters) = Asked();
            if (await StepAsync(everything: asked, overlap: true).ConfigureAwait(false))
            {
                before = ReleaseAfterTwo(waiters, before);
                continue;
            }

            Release(null, waiters);
            if (_run.IsEnd) return;
            Idle();
            await WaitAsync(_run.WaitAsync).ConfigureAwait(false);
        }
    }

    // One epoch takes all rows there are, the one behind it closes what these rows have made due. A source that never rests must not keep anybody waiting for longer.
    private TaskCompletionSource[] ReleaseAfterTwo(TaskCompletionSource[] waiters, TaskCompletionSource[] before)
    {
        if (_options.MaxRowsPerEpoch is not null || _run.IsCutByMemory) return [];
        Release(null, [.. waiters.Intersect(before)]);
        return waiters;
    }

    private async Task FollowAsync(TimeSpan interval)
    {
        TaskCompletionSource[] before = [];
        while (!_stopping.IsCancellationRequested)
        {
            var start = _engine.TimeProvider.GetUtcNow();
            var (_, waiters) = Asked();
            var ran = await StepAsync(everything: true).ConfigureAwait(false);
            if (ran)
            {
                before = ReleaseAfterTwo(waiters, before);
                if (_run.IsCutByMemory) continue;   // the tick is not over: what the budget had no room for comes at once
            }
            else
            {
                Release(null, waiters);
                if (_run.IsEnd) return;
                Idle();
            }

            var ticks = interval.Ticks;
            var next = new DateTimeOffset(((start.UtcTicks / ticks) + 1) * ticks, TimeSpan.Zero);
            while (next - _engine.TimeProvider.GetUtcNow() is var wait && wait > TimeSpan.Zero)
            {
                await UntilSavepointAsync(wake => Task.Delay(wait, _engine.TimeProvider, wake), CancellationToken.None).ConfigureAwait(false);
                _stopping.Token.ThrowIfCancellationRequested();
                await MakeSavepointsAsync().ConfigureAwait(false);
            }
        }
    }

    private async Task DrainInputAsync(bool once)
    {
        await _run.FixEndAsync().ConfigureAwait(false);
        while (!_stopping.IsCancellationRequested)
        {
            var (_, waiters) = Asked();
            var ran = await StepAsync(everything: once, overlap: true).ConfigureAwait(false);
            Release(null, ran ? [] : waiters);
            if (!ran || once) return;
        }
    }

    /// <summary>One epoch, if there is one to run. It is committed when this completes, unless the next one is to begin meanwhile.</summary>
    internal async Task<bool> StepAsync(bool everything, bool overlap = false)
    {
        await MakeSavepointsAsync().ConfigureAwait(false);
        Volatile.Write(ref _stepStarted, _engine.TimeProvider.GetUtcNow().UtcTicks);
        _status = new StreamingQueryStatus("Running an epoch", true, true);
        var ran = await _run.RunEpochAsync(everything, _stopping.Token).ConfigureAwait(false);
        if (!ran || !overlap || IsAwaited) await _run.SettleAsync().ConfigureAwait(false);
        _status = ran ? new StreamingQueryStatus("Waiting for the trigger", true, false) : new StreamingQueryStatus("Waiting for rows", false, false);
        _why = _run.WhyNoOutput();
        if (ran) _isIdle = false;
        return ran;
    }

    private bool IsAwaited
    {
        get
        {
            lock (_lock) return _waiters.Count > 0;
        }
    }

    private void OnCommitted(StreamingQueryProgress progress)
    {
        lock (_lock)
        {
            _progress.Enqueue(progress);
            if (_progress.Count > ProgressKept) _progress.Dequeue();
        }

        QueryTelemetry.Record(progress);
        _listeners.Tell(l => l.OnProgress(this, progress));
    }

    internal QueryRun Run => _run;

    internal long? OwnBudget => _options.MemoryBudget;

    /// <summary>Since when it has been looking for rows or running an epoch; null while it waits.</summary>
    internal DateTimeOffset? EpochSince => _status.IsTriggerActive ? new DateTimeOffset(Volatile.Read(ref _stepStarted), TimeSpan.Zero) : null;

    private void Idle()
    {
        if (_isIdle) return;
        _isIdle = true;
        var now = _engine.TimeProvider.GetUtcNow();
        _listeners.Tell(l => l.OnIdle(this, now));
    }

    private async Task WaitAsync(Func<CancellationToken, Task> wait)
    {
        CancellationTokenSource wake;
        lock (_lock)
        {
            if (_waiters.Count > 0) return;
            wake = _wake;
        }

        await UntilSavepointAsync(wait, wake.Token).ConfigureAwait(false);
    }

    private (bool Asked, TaskCompletionSource[] Waiters) Asked()
    {
        lock (_lock)
        {
            if (_wake.IsCancellationRequested) _wake = new CancellationTokenSource();
            return (_waiters.Count > 0, [.. _waiters]);
        }
    }

    private void Release(Exception? error, IReadOnlyList<TaskCompletionSource>? waiters = null)
    {
        lock (_lock)
        {
            foreach (var waiter in waiters ?? [.. _waiters])
            {
                _waiters.Remove(waiter);
                if (error is null) waiter.TrySetResult();
                else waiter.TrySetException(error);
            }
        }
    }

    public override async Task ProcessAllAvailableAsync(CancellationToken cancellationToken = default)
    {
        var waiter = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        CancellationTokenSource wake;
        lock (_lock)
        {
            _waiters.Add(waiter);
            wake = _wake;
        }

        await wake.CancelAsync().ConfigureAwait(false);
        if (Completion.IsCompleted) Release(Exception ?? (Exception)new InvalidOperationException($"Query '{Name}' has ended."));
        await waiter.Task.WaitAsync(cancellationToken).ConfigureAwait(false);
    }

    public override async Task StopAsync(CancellationToken cancellationToken = default)
    {
        await _stopping.CancelAsync().ConfigureAwait(false);
        await Completion.WaitAsync(cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        cancellationToken.ThrowIfCancellationRequested();
    }

    public override async Task DrainAsync(CancellationToken cancellationToken = default)
    {
        try
        {
            await ProcessAllAvailableAsync(cancellationToken).ConfigureAwait(false);
            _run.CloseEverything();
            await ProcessAllAvailableAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (InvalidOperationException) when (Completion.IsCompletedSuccessfully && _run.IsEnd)
        {
            // The input has ended meanwhile, and with it everything was closed.
        }

        await StopAsync(cancellationToken).ConfigureAwait(false);
    }

    public override string WhyNoOutput() => _failure is { } failure ? $"The query has failed: {failure.Message} Before that: {_why}" : _why;

    public override string Explain(ExplainLevel level = ExplainLevel.Physical)
    {
        var plans = string.Join("\n\n", _plans.Select(p => level switch
        {
            ExplainLevel.Logical => LogicalPlan.Bind(p.Output!.Query).ToString(),
            ExplainLevel.Optimized => p.Plan.ToString(),
            _ => p.ToString(_run.Workers),
        }));
        if (level != ExplainLevel.Physical) return plans;
        var state = _options.CheckpointLocation is { } location
            ? $"State: resident tables, deltas and base in {location}"
            : "State: in memory only, nothing survives; set CheckpointLocation to keep it";
        var asks = _run.AsksElsewhere ? ", and the rows of an epoch that runs again are the same where calls elsewhere give the same answers" : "";
        return $"{plans}\nDelivery: {Delivery}{asks}\n{state}";
    }

    public override async ValueTask DisposeAsync() => await StopAsync(CancellationToken.None).ConfigureAwait(false);
}
