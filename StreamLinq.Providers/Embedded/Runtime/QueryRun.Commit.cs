// The end of an epoch, done while the next one already runs: its changes are made durable, then it is committed, then its sinks are told.
// The next epoch computes meanwhile; before its first row reaches a sink it waits for this, and for its own plan to be durable. So sinks and checkpoint see one epoch after another.
namespace StreamLinq.Embedded;

internal sealed partial class QueryRun
{
    private Task _committing = Task.CompletedTask;
    private EpochPlan? _untold;

    /// <summary>Is given the progress of each epoch once it is committed, on any thread, one at a time.</summary>
    internal Action<StreamingQueryProgress> Committed { get; set; } = _ => { };

    /// <summary>Waits until every epoch that has run is committed and the sources know it. Throws if a commit failed.</summary>
    internal async Task SettleAsync()
    {
        await _committing.ConfigureAwait(false);
        await TellSourcesAsync().ConfigureAwait(false);
    }

    private async Task LogAsync(EpochPlan plan, Dictionary<string, TimeSpan> phases)
    {
        await _committing.ConfigureAwait(false);
        await Timed(phases, "log", () => InState(() => _checkpoint!.LogPlanAsync(plan, CancellationToken.None), plan.Epoch)).ConfigureAwait(false);
    }

    private async Task CommitAsync(EpochPlan plan, StateDelta? delta, StreamingQueryProgress progress, Dictionary<string, TimeSpan> phases, long started)
    {
        var stop = CancellationToken.None;
        if (delta is not null)
        {
            var written = phases["state"];
            await Timed(phases, "state", () => InState(() => _checkpoint!.CommitAsync(plan.Epoch, delta, stop), plan.Epoch)).ConfigureAwait(false);
            phases["state"] += written;
        }

        await Timed(phases, "commit", () => InSinks(o => o.CommitAsync(plan.Epoch, stop), plan.Epoch)).ConfigureAwait(false);
        var duration = _clock.GetElapsedTime(started);
        _logger.Committed(Name, plan.Epoch, progress.InputRows, duration.TotalMilliseconds);
        Committed(progress with { Duration = duration });
    }

    // Readers take one call at a time, so they are told between two epochs.
    private async ValueTask TellSourcesAsync()
    {
        if (_untold is not { } plan) return;
        _untold = null;
        foreach (var source in _graph.Sources)
        {
            if (plan.Sources.FirstOrDefault(s => s.Source == source.Name) is not { } range) continue;
            await InSource(source, async () =>
            {
                await source.CommitAsync(range.End, CancellationToken.None).ConfigureAwait(false);
                return true;
            }).ConfigureAwait(false);
        }
    }
}
