// What an epoch did, in numbers. Snapshots: nothing here changes after it was handed out.
namespace StreamLinq;

/// <summary>What one epoch of a query did.</summary>
public sealed record StreamingQueryProgress
{
    /// <summary>The query's id.</summary>
    public required Guid Id { get; init; }

    /// <summary>The run's id.</summary>
    public required Guid RunId { get; init; }

    /// <summary>The query's name.</summary>
    public required string Name { get; init; }

    /// <summary>When the epoch started, by the engine's clock.</summary>
    public required DateTimeOffset Timestamp { get; init; }

    /// <summary>The epoch's number, from 0.</summary>
    public required long Epoch { get; init; }

    /// <summary>How long it took, from planning to commit.</summary>
    public required TimeSpan Duration { get; init; }

    /// <summary>How long its phases took: plan, log, run, sink, state, commit.</summary>
    public required IReadOnlyDictionary<string, TimeSpan> Durations { get; init; }

    /// <summary>What can be relied on after a crash, computed from the query's sources and sinks.</summary>
    public DeliveryGuarantee Delivery { get; init; }

    /// <summary>The watermark the epoch ran with; null while the query has none.</summary>
    public Watermark? Watermark { get; init; }

    /// <summary>Per WithEventTime or WithProcessingTime of the query, in its order; empty if there is none.</summary>
    public IReadOnlyList<EventTimeProgress> EventTime { get; init; } = [];

    /// <summary>Per source, in the order of the query.</summary>
    public required IReadOnlyList<SourceProgress> Sources { get; init; }

    /// <summary>Per stateful operator.</summary>
    public required IReadOnlyList<StateOperatorProgress> StateOperators { get; init; }

    /// <summary>Per output.</summary>
    public required IReadOnlyList<SinkProgress> Sinks { get; init; }

    /// <summary>Rows left out in this epoch because a lambda threw (<see cref="RowErrorPolicy.SkipAndCount"/>) or a source could not read them and was told to skip.</summary>
    public long RowErrors { get; init; }

    /// <summary>Rows read from all sources.</summary>
    public long InputRows => Sources.Sum(s => s.InputRows);

    /// <summary>Rows read per second since the epoch before started.</summary>
    public double InputRowsPerSecond => Sources.Sum(s => s.InputRowsPerSecond);

    /// <summary>Rows read per second of work.</summary>
    public double ProcessedRowsPerSecond => Duration > TimeSpan.Zero ? InputRows / Duration.TotalSeconds : 0;

    /// <summary>Rows dropped because they were late, over all operators.</summary>
    public long LateRows => StateOperators.Sum(s => s.RowsLate);
}

/// <summary>What one source gave in an epoch.</summary>
public sealed record SourceProgress(string Name, string Description, IReadOnlyList<SourceOffset> Start, IReadOnlyList<SourceOffset> End, long InputRows, double InputRowsPerSecond)
{
    /// <summary>How its partitions stand after the epoch; empty where the source does not tell.</summary>
    public IReadOnlyList<PartitionProgress> Partitions { get; init; } = [];
}

/// <summary>What one sink got in an epoch.</summary>
public sealed record SinkProgress(string Description, long OutputRows);

/// <summary>The state of one operator after an epoch.</summary>
/// <param name="Operator">Its name.</param>
/// <param name="Rows">How many keys or rows it keeps.</param>
/// <param name="RowsUpdated">How many were written in the epoch.</param>
/// <param name="RowsRemoved">How many were removed in the epoch.</param>
/// <param name="RowsLate">How many rows it dropped in the epoch because they were late.</param>
/// <param name="MemoryBytes">About how much memory it holds.</param>
public sealed record StateOperatorProgress(string Operator, long Rows, long RowsUpdated, long RowsRemoved, long RowsLate, long MemoryBytes)
{
    /// <summary>Pairs of a row and a window that was closed for it. A row that is late for one of its windows and in time for another counts here and not in <see cref="RowsLate"/>.</summary>
    public long WindowsMissed { get; init; }

    /// <summary>What bounds the operator's state, in words, as Explain says it: "state bounded by the watermark", or what can make it grow for ever.</summary>
    public string Bound { get; init; } = "";

    /// <summary>How many of <see cref="Rows"/> are on disk and not in memory, because of the query's memory budget or because nothing has asked for them since the start.</summary>
    public long RowsOnDisk { get; init; }

    /// <summary>
    /// Since when its state is complete: rows read before that are not, or not all, in it, because the query was changed then (<see cref="StreamingQueryOptions.AllowStateChanges"/>).
    /// Null: it has seen all rows since the query first started.
    /// </summary>
    public DateTimeOffset? CompleteSince { get; init; }
}
