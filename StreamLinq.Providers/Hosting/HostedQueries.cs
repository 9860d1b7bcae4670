// The hosted service: all queries start side by side without holding up the host, and stop side by side within its shutdown timeout.
using System.Runtime.ExceptionServices;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace StreamLinq.Hosting;

internal sealed class HostedQueries(IEnumerable<HostedQuery> queries, IStreamEngine engine, IServiceProvider services, ILoggerFactory loggers) : BackgroundService
{
    private readonly HostedQuery[] _queries = [.. queries];
    private readonly ILogger _logger = loggers.CreateLogger("StreamLinq");
    private Task[] _running = [];

    public override Task StartAsync(CancellationToken cancellationToken)
    {
        if (_queries.GroupBy(q => q.Name, StringComparer.Ordinal).FirstOrDefault(g => g.Skip(1).Any()) is { } twice)
            throw new StreamLinqException("SLQ2060", $"two queries were added under the name '{twice.Key}'. The name keeps their checkpoints, logs and metrics apart: give each its own in AddQuery.");
        return base.StartAsync(cancellationToken);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        Task[] running = [.. _queries.Select(q => Task.Run(() => q.RunAsync(engine, services, _logger, stoppingToken), CancellationToken.None))];
        Volatile.Write(ref _running, running);

        // The first that has failed for good throws here, which is how a host learns of it; the others go on until the host stops them.
        await foreach (var ended in Task.WhenEach(running).ConfigureAwait(false)) await ended.ConfigureAwait(false);
    }

    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken).ConfigureAwait(false);
        await Task.WhenAll(Volatile.Read(ref _running)).WaitAsync(cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        foreach (var query in _queries) query.Abandon(engine, _logger);

        // A host does not throw what ended a background service; it does throw what fails while it stops, and so the process ends with an error.
        Exception[] failures = [.. _queries.Select(q => q.State).Where(s => s.Phase == HostedQueryPhase.Failed).Select(s => s.Failure!)];
        if (failures is [var only]) ExceptionDispatchInfo.Throw(only);
        if (failures.Length > 0) throw new AggregateException("Several queries failed.", failures);
    }
}
