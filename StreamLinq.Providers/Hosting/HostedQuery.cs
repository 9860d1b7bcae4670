// One query under a host: started, watched, and started again after a delay if it fails and may. Built once, because its description is a value that starts any number of times.
using Microsoft.Extensions.Logging;
using StreamLinq.Embedded;

namespace StreamLinq.Hosting;

internal enum HostedQueryPhase
{
    Starting,
    Running,
    Restarting,
    Ended,
    Failed,
}

/// <summary>Where a hosted query stands; replaced as a whole, so a reader on another thread never sees half of it.</summary>
/// <param name="Phase">What it is doing.</param>
/// <param name="Since">Since when, by the engine's clock; null before the host has started it.</param>
/// <param name="Query">The run; null while there is none.</param>
/// <param name="Failure">Why the last run failed; null if none has failed since one lasted.</param>
/// <param name="Delay">While restarting: how long it waits.</param>
internal sealed record HostedQueryState(HostedQueryPhase Phase, DateTimeOffset? Since, StreamingQuery? Query, Exception? Failure, TimeSpan Delay = default);

internal sealed class HostedQuery(string name, Func<IServiceProvider, IReadOnlyList<StreamOutput>> build, HostedQueryOptions options)
{
    private readonly StreamingQueryOptions _run = options.Query with { Name = name };
    private volatile HostedQueryState _state = new(HostedQueryPhase.Starting, null, null, null);

    internal string Name => name;

    internal HostedQueryState State => _state;

    /// <summary>Runs until the input ends, the token is cancelled, or the query has failed for good; only then it throws.</summary>
    internal async Task RunAsync(IStreamEngine engine, IServiceProvider services, ILogger logger, CancellationToken stopping)
    {
        var clock = engine.TimeProvider;
        var delays = new RestartDelay(options);
        IReadOnlyList<StreamOutput>? outputs = null;
        while (!stopping.IsCancellationRequested)
        {
            var started = clock.GetTimestamp();
            _state = new HostedQueryState(HostedQueryPhase.Starting, clock.GetUtcNow(), null, _state.Failure);
            try
            {
                outputs ??= build(services);
                await RunOnceAsync(engine, outputs, stopping).ConfigureAwait(false);
                _state = new HostedQueryState(HostedQueryPhase.Ended, clock.GetUtcNow(), null, null);
                return;
            }
            catch (OperationCanceledException) when (stopping.IsCancellationRequested)
            {
                // Asked to stop while it recovered its state: nothing was under way.
                break;
            }
            catch (Exception error)
            {
                using var scope = logger.InQuery(name);
                if (_state.Query is null) logger.StartFailed(error, name);
                if (outputs is null || options.OnFailure == QueryFailurePolicy.StopHost || error is QueryTranslationException or ArgumentException)
                {
                    _state = new HostedQueryState(HostedQueryPhase.Failed, clock.GetUtcNow(), null, error);
                    throw;
                }

                var delay = delays.After(clock.GetElapsedTime(started));
                _state = new HostedQueryState(HostedQueryPhase.Restarting, clock.GetUtcNow(), null, error, delay);
                if (stopping.IsCancellationRequested) break;   // it failed while it was stopped: the next start of the host runs its epoch again
                logger.Restarting(name, delay, delays.Failures);
            }

            await Task.Delay(_state.Delay, clock, stopping).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        _state = new HostedQueryState(HostedQueryPhase.Ended, clock.GetUtcNow(), null, null);
    }

    /// <summary>Lets go of a run that did not end in time, so that disposing the engine does not wait for it.</summary>
    internal void Abandon(IStreamEngine engine, ILogger logger)
    {
        if (_state.Query is not { IsActive: true } query) return;
        using var scope = logger.InQuery(name);
        logger.NotStopped(name);
        if (engine is StreamEngine embedded && query is EmbeddedQuery run) embedded.Release(name, run);
    }

    private async Task RunOnceAsync(IStreamEngine engine, IReadOnlyList<StreamOutput> outputs, CancellationToken stopping)
    {
        var query = await engine.StartAsync(outputs, _run, stopping).ConfigureAwait(false);
        _state = _state with { Phase = HostedQueryPhase.Running, Query = query };
        await query.Completion.WaitAsync(stopping).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await query.StopAsync(CancellationToken.None).ConfigureAwait(false);
        await query.Completion.ConfigureAwait(false);
    }
}
