// How many rows an epoch takes: as many as the last rates say can be worked off in half of MaxLatency, so that a row that just missed an epoch is still in time.
namespace StreamLinq.Embedded;

internal sealed class EpochSizer(StreamingQueryOptions options)
{
    private const long FirstRows = 10_000;
    private const long LeastRows = 1_000;
    private const double Weight = 0.3;
    private const long PartForAnEpoch = 4;
    private const long BytesPerRow = 256;

    private double _rowsPerSecond;

    /// <summary>The most rows that memory lets the next epoch take; null: something else holds it to less, or nothing does.</summary>
    internal long? MemoryLimit { get; private set; }

    /// <summary>The most rows the next epoch may take; null: no limit.</summary>
    /// <param name="everything">Whatever the latency.</param>
    /// <param name="memory">The query's budget: each row may bring a new key, whose entry, change and result must fit. <see cref="Trigger.Once"/> is one epoch, whatever it takes.</param>
    internal long? Limit(bool everything, long memory)
    {
        var asked = Limit(everything);
        var rows = Math.Max(LeastRows, memory / PartForAnEpoch / BytesPerRow);
        MemoryLimit = options.Trigger is OnceTrigger || memory == long.MaxValue || asked <= rows ? null : rows;
        return MemoryLimit ?? asked;
    }

    private long? Limit(bool everything)
    {
        if (everything || options.MaxLatency == Timeout.InfiniteTimeSpan) return options.MaxRowsPerEpoch;
        var rows = _rowsPerSecond > 0 ? Math.Max(LeastRows, (long)(_rowsPerSecond * options.MaxLatency.TotalSeconds / 2)) : FirstRows;
        return Math.Min(rows, options.MaxRowsPerEpoch ?? long.MaxValue);
    }

    /// <summary>What the last epoch did. Small epochs say little about the rate and are not counted.</summary>
    internal void Learn(long rows, TimeSpan duration)
    {
        if (rows < LeastRows || duration <= TimeSpan.Zero) return;
        var rate = rows / duration.TotalSeconds;
        _rowsPerSecond = _rowsPerSecond == 0 ? rate : (_rowsPerSecond * (1 - Weight)) + (rate * Weight);
    }
}
