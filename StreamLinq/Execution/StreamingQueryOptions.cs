// What can be set per run of a query. Every option has a default that a first user can live with.
namespace StreamLinq;

/// <summary>What happens to a row for which a lambda of the query throws.</summary>
public enum RowErrorPolicy
{
    /// <summary>The query fails, naming the operator, the source and the row (SLQ2001).</summary>
    Fail,

    /// <summary>The row is left out and counted in <see cref="StreamingQueryProgress.RowErrors"/>; the first of an epoch is logged.</summary>
    SkipAndCount,
}

/// <summary>How a query runs. Immutable; may be shared between queries except for <see cref="Name"/> and <see cref="CheckpointLocation"/>.</summary>
public sealed record StreamingQueryOptions
{
    /// <summary>The query's name, unique among the active queries of an engine (SLQ1013); null: a generated one.</summary>
    public string? Name { get; init; }

    /// <summary>When epochs start; null means <see cref="Trigger.Default"/>.</summary>
    public Trigger? Trigger { get; init; }

    /// <summary>The folder for the epoch log and the state. Null, and no root set on the engine: nothing survives the process.</summary>
    public string? CheckpointLocation { get; init; }

    /// <summary>What the query may do to the state in the checkpoint if it was changed since; null: only what loses nothing, and any other change refuses the start (SLQ2043).</summary>
    public AllowedStateChanges? AllowStateChanges { get; init; }

    /// <summary>
    /// A savepoint (<c>StreamCheckpoint.ExportAsync</c>) from which a query with an empty checkpoint folder starts: with its state and offsets, and an id of its own. Once there is a checkpoint it is not looked at.
    /// Null: a query with an empty folder reads its sources from their beginning.
    /// </summary>
    public string? StartFrom { get; init; }

    /// <summary>
    /// How many of the last epochs the checkpoint keeps the record of (<c>StateReader.Epochs</c>): what they read, and when. Older records go when the log has grown to some megabytes. What the epochs have
    /// changed does not wait for this: it goes into the base of the checkpoint, and its files go, as soon as some ten megabytes of it are there. The default is 100. At least 1.
    /// </summary>
    public int RetainedEpochs { get; init; } = 100;

    /// <summary>A hard cap on the rows that one epoch takes from each source; null: no cap. At least 1.</summary>
    public long? MaxRowsPerEpoch { get; init; }

    /// <summary>How long a row may wait for its epoch under load: an epoch takes as many rows as the last rates say can be worked off in half of it. The default is 100 ms.</summary>
    public TimeSpan MaxLatency { get; init; } = TimeSpan.FromMilliseconds(100);

    /// <summary>
    /// About how many bytes of memory the query may take for state, buffers and the pages of its checkpoint; null: its share of the engine's. Beyond it, groups that have not been used for the longest
    /// time are kept on disk, in the checkpoint or in a temporary folder, and read when a row asks for them. State that cannot leave memory and does not fit fails the query (SLQ2047). At least 1;
    /// below 64 MB little is left beside the checkpoint's own pages. An epoch takes no more rows than a quarter of it has room for, at 256 bytes a row; <see cref="Trigger.Once"/> is not held to that.
    /// </summary>
    public long? MemoryBudget { get; init; }

    /// <summary>What happens to a row for which a lambda throws. Failures inside an aggregate (overflow, a custom aggregate that throws) always fail the query.</summary>
    public RowErrorPolicy OnRowError { get; init; }
}
