// The delays between the runs of a query that fails: doubled each time up to a maximum, begun anew after a run that lasted.
namespace StreamLinq.Hosting;

internal sealed class RestartDelay(HostedQueryOptions options)
{
    private TimeSpan _next = options.FirstRestartDelay;

    /// <summary>How many runs have failed since the last one that lasted.</summary>
    internal int Failures { get; private set; }

    internal TimeSpan After(TimeSpan run)
    {
        if (run >= options.ResetDelayAfter)
        {
            Failures = 0;
            _next = options.FirstRestartDelay;
        }

        Failures++;
        var delay = _next < options.MaxRestartDelay ? _next : options.MaxRestartDelay;
        _next = delay + delay;
        return delay;
    }
}
