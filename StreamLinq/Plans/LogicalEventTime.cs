// WithEventTime and WithProcessingTime: from here on rows have a time and watermarks flow.
using System.Linq.Expressions;

namespace StreamLinq;

/// <summary>The input's rows with their time as one more column. Where two of these meet in a merge, the least of their watermarks holds.</summary>
public sealed class LogicalEventTime : LogicalNode
{
    internal LogicalEventTime(LogicalNode input, Expression? time, WatermarkStrategy? watermarks, Expression? observed, PlanColumn column, string origin)
        : base([input], [.. input.Columns, column], origin)
    {
        Time = time;
        Watermarks = watermarks;
        Observed = observed;
        Column = column;
    }

    /// <summary>A <see cref="DateTimeOffset"/> over the input's columns; null: the clock of the epoch (processing time).</summary>
    public Expression? Time { get; }

    /// <summary>How the watermark follows; null for processing time.</summary>
    public WatermarkStrategy? Watermarks { get; }

    /// <summary>The row that a watermark generator of the user's own sees; null where the strategy looks at the time only.</summary>
    public Expression? Observed { get; }

    /// <summary>The column that holds the time.</summary>
    public PlanColumn Column { get; }

    /// <inheritdoc />
    public override bool IsChanging => false;

    /// <inheritdoc />
    public override TResult Accept<TResult>(LogicalVisitor<TResult> visitor) => visitor.VisitEventTime(this);

    /// <inheritdoc />
    public override LogicalNode WithInputs(IReadOnlyList<LogicalNode> inputs) => new LogicalEventTime(inputs[0], Time, Watermarks, Observed, Column, Origin);
}
