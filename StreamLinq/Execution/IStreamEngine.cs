// What runs outputs. The embedded engine is one; a query does not know which.
namespace StreamLinq;

/// <summary>Runs queries in this process. Thread-safe.</summary>
public interface IStreamEngine : IAsyncDisposable
{
    /// <summary>The clock of everything the engine does.</summary>
    TimeProvider TimeProvider { get; }

    /// <summary>The queries that are running, in the order in which they started.</summary>
    IReadOnlyList<StreamingQuery> ActiveQueries { get; }

    /// <summary>Starts one output as a query. The task completes when the query has recovered its state and its first epoch may run.</summary>
    /// <exception cref="QueryTranslationException">The query is not legal; the message says what to write instead.</exception>
    Task<StreamingQuery> StartAsync(StreamOutput output, StreamingQueryOptions? options = null, CancellationToken cancellationToken = default);

    /// <summary>Starts several outputs as one query: they commit one epoch together.</summary>
    /// <exception cref="QueryTranslationException">A query is not legal; the message says what to write instead.</exception>
    Task<StreamingQuery> StartAsync(IReadOnlyList<StreamOutput> outputs, StreamingQueryOptions? options = null, CancellationToken cancellationToken = default);

    /// <summary>Tells the listener of every query of this engine, until the result is disposed. A listener that throws is logged and goes on being called.</summary>
    IDisposable AddListener(IStreamingQueryListener listener);
}

/// <summary>Shorthands over <see cref="IStreamEngine"/>.</summary>
public static class StreamEngineExtensions
{
    /// <summary>Starts an output, waits for its end, and stops it cleanly when the token is cancelled.</summary>
    public static Task RunAsync(this IStreamEngine engine, StreamOutput output, StreamingQueryOptions? options = null, CancellationToken stoppingToken = default) =>
        engine.RunAsync([output], options, stoppingToken);

    /// <summary>Starts outputs as one query, waits for its end, and stops it cleanly when the token is cancelled.</summary>
    /// <exception cref="StreamingQueryException">The query failed.</exception>
    public static async Task RunAsync(this IStreamEngine engine, IReadOnlyList<StreamOutput> outputs, StreamingQueryOptions? options = null, CancellationToken stoppingToken = default)
    {
        ArgumentNullException.ThrowIfNull(engine);
        var query = await engine.StartAsync(outputs, options, stoppingToken).ConfigureAwait(false);
        await using (query.ConfigureAwait(false))
        {
            await query.Completion.WaitAsync(stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (!query.Completion.IsCompleted) await query.StopAsync(CancellationToken.None).ConfigureAwait(false);
            await query.Completion.ConfigureAwait(false);
        }
    }
}
