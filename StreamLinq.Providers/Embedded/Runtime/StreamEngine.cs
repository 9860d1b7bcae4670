// The engine that runs queries inside this process: plans them, starts them, and knows which are active.
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using StreamLinq.Embedded;

namespace StreamLinq;

/// <summary>The embedded engine. Without a host two lines do: <c>await using var engine = new StreamEngine();</c> and <c>engine.StartAsync(…)</c>. Thread-safe. Disposing stops all queries after their running epoch.</summary>
public sealed class StreamEngine : IStreamEngine
{
    private readonly Lock _lock = new();
    private readonly List<EmbeddedQuery> _active = [];
    private readonly HashSet<string> _names = new(StringComparer.Ordinal);
    private readonly QueryListeners _listeners;
    private readonly StreamEngineOptions _options;
    private readonly long _budget;
    private int _started;
    private bool _disposed;

    /// <summary>Makes an engine; nothing runs yet.</summary>
    public StreamEngine(StreamEngineOptions? options = null)
    {
        _options = options ?? new StreamEngineOptions();
        Logger = (_options.LoggerFactory ?? NullLoggerFactory.Instance).CreateLogger("StreamLinq");
        _listeners = new QueryListeners(Logger);
        _budget = _options.MemoryBudget ?? GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / 2;
    }

    /// <inheritdoc />
    public TimeProvider TimeProvider => _options.TimeProvider;

    /// <inheritdoc />
    public IReadOnlyList<StreamingQuery> ActiveQueries
    {
        get
        {
            lock (_lock) return [.. _active];
        }
    }

    internal ILogger Logger { get; }

    /// <inheritdoc />
    public Task<StreamingQuery> StartAsync(StreamOutput output, StreamingQueryOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(output);
        return StartAsync([output], options, cancellationToken);
    }

    /// <inheritdoc />
    public async Task<StreamingQuery> StartAsync(IReadOnlyList<StreamOutput> outputs, StreamingQueryOptions? options = null, CancellationToken cancellationToken = default)
    {
        options ??= new StreamingQueryOptions();
        ArgumentNullException.ThrowIfNull(outputs);
        ArgumentOutOfRangeException.ThrowIfZero(outputs.Count, nameof(outputs));
        if (options.MaxRowsPerEpoch is { } rows) ArgumentOutOfRangeException.ThrowIfLessThan(rows, 1, nameof(options.MaxRowsPerEpoch));
        if (options.MaxLatency <= TimeSpan.Zero && options.MaxLatency != Timeout.InfiniteTimeSpan)
            throw new ArgumentOutOfRangeException(nameof(options), options.MaxLatency, "MaxLatency must be positive, or Timeout.InfiniteTimeSpan for epochs of any size.");
        if (options.MemoryBudget is { } memory) ArgumentOutOfRangeException.ThrowIfLessThan(memory, 1, nameof(options.MemoryBudget));
        ArgumentOutOfRangeException.ThrowIfLessThan(options.RetainedEpochs, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(_options.Workers, 1);
        var plans = EmbeddedPlans.Of(outputs);
        var name = Reserve(options.Name);
        EmbeddedQuery? query = null;
        try
        {
            var location = options.CheckpointLocation ?? (options.Name is not null && _options.CheckpointRoot is { } root ? Path.Combine(root, options.Name) : null);
            using var scope = Logger.InQuery(name);
            query = await EmbeddedQuery.OpenAsync(this, _options, _listeners, plans, options with { Name = name, CheckpointLocation = location }, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            if (query is null) Release(name, null);
        }

        lock (_lock) _active.Add(query);
        query.Start();
        return query;
    }

    /// <inheritdoc />
    public IDisposable AddListener(IStreamingQueryListener listener)
    {
        ArgumentNullException.ThrowIfNull(listener);
        return _listeners.Add(listener);
    }

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        EmbeddedQuery[] active;
        lock (_lock)
        {
            _disposed = true;
            active = [.. _active];
        }

        foreach (var query in active) await query.DisposeAsync().ConfigureAwait(false);
    }

    /// <summary>What a query may take now: its own budget, or an equal share of what the engine has beside those.</summary>
    internal long BudgetOf(StreamingQueryOptions options)
    {
        if (options.MemoryBudget is { } own) return own;
        lock (_lock) return Math.Max(1, (_budget - _active.Sum(q => q.OwnBudget ?? 0)) / Math.Max(1, _active.Count(q => q.OwnBudget is null)));
    }

    private string Reserve(string? name)
    {
        lock (_lock)
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            var reserved = name ?? $"query-{++_started}";
            while (name is null && _names.Contains(reserved)) reserved = $"query-{++_started}";
            return _names.Add(reserved) ? reserved
                : throw new StreamLinqException("SLQ1013", $"a query with this name is already active: '{reserved}'. Stop it first, or give this one another name.");
        }
    }

    internal void Release(string name, EmbeddedQuery? query)
    {
        lock (_lock)
        {
            _names.Remove(name);
            if (query is not null) _active.Remove(query);
        }
    }
}
