// What holds for all queries of an engine.
using Microsoft.Extensions.Logging;

namespace StreamLinq;

/// <summary>Settings of a <see cref="StreamEngine"/>; read once, when the engine is made.</summary>
public sealed class StreamEngineOptions
{
    /// <summary>The folder under which a named query without a <see cref="StreamingQueryOptions.CheckpointLocation"/> keeps its checkpoint, in a folder of its name. Null: such a query keeps nothing.</summary>
    public string? CheckpointRoot { get; set; }

    /// <summary>
    /// How many workers share the keys of a query: each keeps the state of some keys, on a thread of its own while there is enough to do. At least 1. Results, their order and checkpoints do not depend
    /// on it, and a query may go on with another number. What a query computes of its rows before it groups, joins or keeps them runs on one thread, whatever the number.
    /// </summary>
    public int Workers { get; set; } = 1;

    /// <summary>
    /// About how many bytes of memory the queries of the engine may take together for state, buffers and the pages of their checkpoints; null: half of what the process may use. Queries without a
    /// <see cref="StreamingQueryOptions.MemoryBudget"/> of their own share what is left of it in equal parts. Rows of the sources and of the sinks are not in it.
    /// </summary>
    public long? MemoryBudget { get; set; }

    /// <summary>The clock of everything the engine does.</summary>
    public TimeProvider TimeProvider { get; set; } = TimeProvider.System;

    /// <summary>Where the engine logs; null: nowhere. Under AddStreamLinq the host's is used.</summary>
    public ILoggerFactory? LoggerFactory { get; set; }

    /// <summary>How a checkpoint folder becomes storage; tests put it in memory.</summary>
    internal Func<string, Embedded.IStorage>? Storage { get; set; }

    /// <summary>How checkpoints are kept; tests make them small.</summary>
    internal Embedded.CheckpointOptions Checkpoints { get; set; } = new();

    /// <summary>How far a row may be ahead of the clock and still move the watermark, where its strategy does not say.</summary>
    internal TimeSpan MaxAhead { get; init; } = TimeSpan.FromDays(1);
}
