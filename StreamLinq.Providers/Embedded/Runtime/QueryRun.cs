// One run of a query between two starts: recovered from its checkpoint, then epoch after epoch. Plan, log, run, write, make durable, commit; in that order and no other.
using Microsoft.Extensions.Logging;

namespace StreamLinq.Embedded;

/// <summary>Used by the query's loop only, one call at a time.</summary>
internal sealed partial class QueryRun : IAsyncDisposable
{
    private readonly QueryGraph _graph;
    private readonly Checkpoint? _checkpoint;
    private readonly StreamingQueryOptions _options;
    private readonly TimeProvider _clock;
    private readonly ILogger _logger;
    private readonly Dictionary<IStateTable, int> _tables = new(ReferenceEqualityComparer.Instance);
    private readonly EpochSizer _sizer;
    private EpochPlan? _pending;
    private readonly RunTotals _totals = new();
    private long _rejectedBefore;
    private DateTimeOffset _lastStart;

    private QueryRun(QueryGraph graph, Checkpoint? checkpoint, Guid id, ulong seed, StreamingQueryOptions options, StreamEngineOptions engine, Func<long> budget, ILogger logger)
    {
        _seed = seed;
        _budget = budget;
        _engine = engine;
        _graph = graph;
        _checkpoint = checkpoint;
        Id = id;
        _options = options;
        _clock = engine.TimeProvider;
        _logger = logger;
        _sizer = new EpochSizer(options);
        _lastStart = _clock.GetUtcNow();
    }

    internal Guid Id { get; }

    internal Guid RunId { get; } = Guid.NewGuid();

    internal string Name => _options.Name!;

    internal int Workers => _engine.Workers;

    internal long NextEpoch { get; private set; }

    /// <summary>Whether every source has said that nothing comes any more.</summary>
    internal bool IsEnd => _pending is null && _graph.Sources.All(s => s.IsEnd);

    internal Checkpoint? Checkpoint => _checkpoint;

    /// <summary>What sources and sinks wait for; null while all is well.</summary>
    internal string? Trouble => _graph.Sources.Select(s => s.Trouble).Concat(_graph.Outputs.Select(o => o.Trouble)).FirstOrDefault(t => t is not null);

    /// <summary>What can be relied on after a crash: no more than the weakest part gives. Rows that were asked for elsewhere may be others when their epoch runs again, which only a sink that takes back what it was given can bear.</summary>
    internal DeliveryGuarantee Delivery =>
        _checkpoint is null ? DeliveryGuarantee.None
        : _graph.Sources.Any(s => !s.IsReplayable) ? DeliveryGuarantee.AtMostOnce
        : _graph.Outputs.All(o => (o.Features & (_graph.Calls.Count > 0 ? SinkFeatures.Transactional : SinkFeatures.IdempotentByEpoch | SinkFeatures.Transactional)) != SinkFeatures.None) ? DeliveryGuarantee.ExactlyOnce
        : DeliveryGuarantee.AtLeastOnce;

    /// <summary>
    /// Runs the next epoch: the one that was cut short, or what the sources have. False if there is nothing to do. With a checkpoint the epoch may still be on its way to being committed
    /// when this completes; <see cref="SettleAsync"/> waits for that.
    /// </summary>
    /// <param name="everything">Take all there is, whatever the latency; the hard cap holds.</param>
    /// <param name="cancellationToken">Cancels the look at the sources, and calls elsewhere; an epoch that runs without them is finished.</param>
    internal async Task<bool> RunEpochAsync(bool everything, CancellationToken cancellationToken)
    {
        var started = _clock.GetTimestamp();
        var now = _clock.GetUtcNow();
        var replay = _pending is not null;
        _stop = cancellationToken;
        if (replay) _logger.Replaying(Name, _pending!.Epoch);
        var plan = _pending ?? await PlanAsync(now, everything, cancellationToken).ConfigureAwait(false);
        if (plan is null) return false;
        await RunAsync(plan, replay, now, started).ConfigureAwait(false);
        _pending = null;
        NextEpoch = plan.Epoch + 1;
        return true;
    }

    private async Task<EpochPlan?> PlanAsync(DateTimeOffset now, bool everything, CancellationToken cancellationToken)
    {
        var ranges = new List<SourceRange>();
        var planned = new Dictionary<string, SourceRange?>(StringComparer.Ordinal);
        foreach (var source in _graph.Sources)
        {
            // A source without rows is in the plan too: a restart must find where it stands.
            var range = _closing ? null : await InSource(source, () => source.PlanAsync(_sizer.Limit(everything, _budget()), _graph.Trackers.Any(t => t.Feeds.Contains(source.Name)), cancellationToken)).ConfigureAwait(false);
            planned[source.Name] = range;
            ranges.Add(range ?? new SourceRange(source.Name, source.Position, source.Position));
        }

        var watermarks = InTime(() => NextWatermarks(planned, now.UtcTicks));
        var inputs = _graph.InputWatermarks(t => watermarks[t]);
        var hasRows = planned.Values.Any(r => r is not null);
        if (!hasRows && !IsWorthAnEpoch(watermarks, inputs, now.UtcTicks)) return null;
        _hadRows = hasRows;
        return new EpochPlan(NextEpoch, now.UtcTicks, _engine.Workers, ranges, ToLog(watermarks, inputs), _graph.Sources.All(s => s.IsEnd));
    }

    private async Task RunAsync(EpochPlan plan, bool replay, DateTimeOffset now, long started)
    {
        using var activity = QueryTelemetry.Activities.StartActivity("epoch");
        activity?.SetTag("query", Name).SetTag("epoch", plan.Epoch);
        var phases = new Dictionary<string, TimeSpan>(StringComparer.Ordinal) { ["plan"] = _clock.GetElapsedTime(started) };
        var stop = CancellationToken.None;   // from here on the epoch is finished, whoever asks the query to stop
        var logged = replay || _checkpoint is null ? _committing : LogAsync(plan, phases);
        try
        {
            BeginTime(plan);
            var run = _clock.GetTimestamp();
            await RunStagesAsync(plan, logged).ConfigureAwait(false);
            var ran = _clock.GetElapsedTime(run);
            await logged.ConfigureAwait(false);
            phases["run"] = ran;
        }
        finally
        {
            // An epoch that fails leaves nothing under way behind it.
            await logged.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        await Timed(phases, "sink", () => InSinks(o => o.FinishAsync(plan.Epoch, stop), plan.Epoch)).ConfigureAwait(false);
        var delta = _checkpoint?.BeginDelta(plan.Epoch);
        if (delta is not null)
        {
            await Timed(phases, "state", () => InState(() =>
            {
                foreach (var (table, id) in _tables)
                {
                    table.WriteChanges(delta, id);
                    if (table is IColdTable counted) delta.Rows[id] = counted.TotalRows;
                }

                return ValueTask.CompletedTask;
            }, plan.Epoch)).ConfigureAwait(false);
        }

        var progress = Progress(plan, now, phases);
        await TellSourcesAsync().ConfigureAwait(false);
        foreach (var state in _graph.Operators) state.EndEpoch();
        _sizer.Learn(progress.InputRows, _clock.GetElapsedTime(started));
        ReportSkipped(plan.Epoch);
        _untold = plan;
        _committing = CommitAsync(plan, delta, progress, phases, started);
        await InState(() => KeepToBudgetAsync(plan.Epoch), plan.Epoch).ConfigureAwait(false);
    }

    private async ValueTask RunStagesAsync(EpochPlan plan, Task logged)
    {
        foreach (var source in _graph.Sources)
        {
            if (plan.Sources.FirstOrDefault(s => s.Source == source.Name) is not { } range) continue;
            await InSource(source, async () =>
            {
                await source.ReadAsync(range, _graph.Context, () => DrainAsync(plan.Epoch), CancellationToken.None).ConfigureAwait(false);
                return true;
            }).ConfigureAwait(false);
        }

        foreach (var state in _graph.Operators)
        {
            _graph.Context.BeginPartition(state.Name, state.Name);
            var isMore = true;
            InStages(state.Flush);
            while (isMore)
            {
                await DrainAsync(plan.Epoch).ConfigureAwait(false);
                InStages(() => isMore = state.FlushMore());
            }

            await DrainAsync(plan.Epoch).ConfigureAwait(false);
        }

        async ValueTask DrainAsync(long epoch)
        {
            while (await CallAsync().ConfigureAwait(false)) await WriteAsync(epoch).ConfigureAwait(false);
            await WriteAsync(epoch).ConfigureAwait(false);
        }

        async ValueTask WriteAsync(long epoch)
        {
            foreach (var output in _graph.Outputs)
                if (output.HasUnwritten)
                {
                    await logged.ConfigureAwait(false);
                    await InSink(output, o => o.DrainAsync(epoch, CancellationToken.None), epoch).ConfigureAwait(false);
                }
        }
    }

    private void ReportSkipped(long epoch)
    {
        if (_graph.Context.FirstRowError is { } first) _logger.RowsSkipped(first, Name, _graph.Context.RowErrors, epoch, first.Message);
        _graph.Context.FirstRowError = null;
        _graph.Context.RowErrors = 0;
    }

    private StreamingQueryProgress Progress(EpochPlan plan, DateTimeOffset now, Dictionary<string, TimeSpan> phases)
    {
        var rejected = _graph.Sources.Sum(s => s.RejectedRows);
        var since = (now - _lastStart).TotalSeconds;
        _lastStart = now;
        var progress = new StreamingQueryProgress
        {
            Id = Id,
            RunId = RunId,
            Name = Name,
            Timestamp = now,
            Epoch = plan.Epoch,
            Duration = TimeSpan.Zero,
            Durations = phases,
            RowErrors = _graph.Context.RowErrors + rejected - _rejectedBefore,
            Sources =
            [
                .. _graph.Sources.Select(s =>
                {
                    var range = plan.Sources.FirstOrDefault(r => r.Source == s.Name);
                    var rows = range is null ? 0 : s.Rows;
                    return new SourceProgress(s.Name, s.Description, range?.Start ?? s.Position, range?.End ?? s.Position, rows, since > 0 ? rows / since : 0) { Partitions = s.Progress };
                }),
            ],
            StateOperators = [.. _graph.Operators.Select(ProgressOf)],
            EventTime = [.. _graph.Trackers.Select(t => t.Progress())],
            Watermark = CurrentWatermark,
            Delivery = Delivery,
            Sinks = [.. _graph.Outputs.Select(o => new SinkProgress(o.Description, o.Rows))],
        };
        _rejectedBefore = rejected;
        _totals.Add(progress);
        return progress;
    }

    /// <summary>Completes when some source may have something to read.</summary>
    internal async Task WaitAsync(CancellationToken cancellationToken)
    {
        using var done = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var waits = _graph.Sources.Select(s => s.WaitAsync(done.Token).AsTask()).ToArray();
        var wake = NextWake();
        if (wake is { } wait) waits = [.. waits, Task.Delay(wait, _clock, done.Token)];
        var first = await Task.WhenAny(waits).ConfigureAwait(false);
        await done.CancelAsync().ConfigureAwait(false);
        await Task.WhenAll(waits).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        cancellationToken.ThrowIfCancellationRequested();
        await first.ConfigureAwait(false);
    }

    internal async Task FixEndAsync()
    {
        HasFixedEnd = true;
        foreach (var source in _graph.Sources) await InSource(source, async () => { await source.FixEndAsync(CancellationToken.None).ConfigureAwait(false); return true; }).ConfigureAwait(false);
    }

    internal async Task FailAsync(Exception error)
    {
        await _committing.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        foreach (var output in _graph.Outputs) await Releasing(output.Description, () => output.FailAsync(error)).ConfigureAwait(false);
    }

    public async ValueTask DisposeAsync()
    {
        await _committing.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _graph.Stop();
        foreach (var output in _graph.Outputs) await Releasing(output.Description, output.DisposeAsync).ConfigureAwait(false);
        foreach (var source in _graph.Sources) await Releasing(source.Description, source.DisposeAsync).ConfigureAwait(false);
        if (_spill is not null) await Releasing("the store of state that does not fit into memory", () => { _spill.Dispose(); return ValueTask.CompletedTask; }).ConfigureAwait(false);
        if (_folder is not null) await Releasing("the folder of state that does not fit into memory", () => { _folder.Dispose(); return ValueTask.CompletedTask; }).ConfigureAwait(false);
        if (_checkpoint is not null) await Releasing("the checkpoint", _checkpoint.DisposeAsync).ConfigureAwait(false);
    }

    // The query has ended, well or badly; what fails while it lets go is told and does not hide how it ended.
    private async Task Releasing(string what, Func<ValueTask> release)
    {
        try
        {
            await release().ConfigureAwait(false);
        }
        catch (Exception error)
        {
            _logger.ReleaseFailed(error, Name, what);
        }
    }

    private async ValueTask Timed(Dictionary<string, TimeSpan> phases, string phase, Func<ValueTask> work)
    {
        var started = _clock.GetTimestamp();
        await work().ConfigureAwait(false);
        phases[phase] = _clock.GetElapsedTime(started);
    }
}
