// The clock and the loggers of the container, for an engine that was not given its own. Applied before all other settings, so these win.
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace StreamLinq.Hosting;

internal sealed class EngineDefaults(ILoggerFactory loggers, IEnumerable<TimeProvider> clocks) : IConfigureOptions<StreamEngineOptions>
{
    public void Configure(StreamEngineOptions options)
    {
        options.LoggerFactory = loggers;
        if (clocks.LastOrDefault() is { } clock) options.TimeProvider = clock;
    }
}
