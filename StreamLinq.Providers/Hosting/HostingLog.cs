// What is logged about queries under a host. The event ids go on where the engine's end, since the category is the same.
using Microsoft.Extensions.Logging;

namespace StreamLinq.Hosting;

internal static partial class HostingLog
{
    [LoggerMessage(20, LogLevel.Error, "Query {Query} could not start.")]
    internal static partial void StartFailed(this ILogger logger, Exception error, string query);

    [LoggerMessage(21, LogLevel.Warning, "Query {Query} starts again in {Delay}; failures in a row: {Failures}.")]
    internal static partial void Restarting(this ILogger logger, string query, TimeSpan delay, int failures);

    [LoggerMessage(22, LogLevel.Warning, "Query {Query} did not end within the host's shutdown timeout. Its epoch is not committed and runs again at the next start; raise HostOptions.ShutdownTimeout if epochs take that long.")]
    internal static partial void NotStopped(this ILogger logger, string query);
}
