// The meter and the activity source "StreamLinq", tagged by query.
using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace StreamLinq.Embedded;

internal static class QueryTelemetry
{
    private static readonly Meter Meter = new("StreamLinq");
    private static readonly Counter<long> RowsIn = Meter.CreateCounter<long>("streamlinq.rows.in", "{row}", "Rows read from sources");
    private static readonly Counter<long> RowsOut = Meter.CreateCounter<long>("streamlinq.rows.out", "{row}", "Rows written to sinks");
    private static readonly Counter<long> RowErrors = Meter.CreateCounter<long>("streamlinq.rows.errors", "{row}", "Rows left out because of an error");
    private static readonly Counter<long> RowsLate = Meter.CreateCounter<long>("streamlinq.rows.late", "{row}", "Rows dropped because they were late");
    private static readonly Histogram<double> EpochDuration = Meter.CreateHistogram<double>("streamlinq.epoch.duration", "s", "How long epochs take, from planning to commit");
    private static readonly Gauge<long> StateBytes = Meter.CreateGauge<long>("streamlinq.state.bytes", "By", "Memory held by state");
    private static readonly Gauge<long> StateRows = Meter.CreateGauge<long>("streamlinq.state.rows", "{row}", "Keys held in state");
    private static readonly Gauge<double> WatermarkLag = Meter.CreateGauge<double>("streamlinq.watermark.lag", "s", "How far the watermark is behind the clock");

    internal static ActivitySource Activities { get; } = new("StreamLinq");

    internal static void Record(StreamingQueryProgress progress)
    {
        var query = new KeyValuePair<string, object?>("query", progress.Name);
        foreach (var source in progress.Sources) RowsIn.Add(source.InputRows, query, new("source", source.Name));
        foreach (var sink in progress.Sinks) RowsOut.Add(sink.OutputRows, query, new("sink", sink.Description));
        if (progress.RowErrors > 0) RowErrors.Add(progress.RowErrors, query);
        if (progress.LateRows > 0) RowsLate.Add(progress.LateRows, query);
        EpochDuration.Record(progress.Duration.TotalSeconds, query);
        foreach (var state in progress.StateOperators)
        {
            StateBytes.Record(state.MemoryBytes, query, new("operator", state.Operator));
            StateRows.Record(state.Rows, query, new("operator", state.Operator));
        }

        if (progress.Watermark is { } watermark) WatermarkLag.Record((progress.Timestamp - watermark.Time).TotalSeconds, query);
    }
}
