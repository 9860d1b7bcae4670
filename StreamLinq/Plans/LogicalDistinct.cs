// Distinct and DistinctBy over a stream: the first row to arrive of each key stays, so a stream stays a stream.
using System.Linq.Expressions;

namespace StreamLinq;

/// <summary>The first row of each key, in the order of arrival. The input only gains rows.</summary>
public sealed class LogicalDistinct : LogicalNode
{
    internal LogicalDistinct(LogicalNode input, IReadOnlyList<Expression> keys, PlanColumn? time, TimeSpan within, string? name, string origin) : base([input], input.Columns, origin)
    {
        Keys = keys;
        Time = time;
        Within = within;
        Name = name;
    }

    /// <summary>The parts of the key, over the input's columns.</summary>
    public IReadOnlyList<Expression> Keys { get; }

    /// <summary>The column with the row's time, by which keys are forgotten and late rows dropped; null: keys are kept for ever.</summary>
    public PlanColumn? Time { get; }

    /// <summary>How long after the time of its first row a key is kept; meaningless without <see cref="Time"/>.</summary>
    public TimeSpan Within { get; }

    /// <summary>The name its state is kept under, if the query gives one.</summary>
    public string? Name { get; }

    /// <inheritdoc />
    public override bool IsChanging => false;

    /// <inheritdoc />
    public override TResult Accept<TResult>(LogicalVisitor<TResult> visitor) => visitor.VisitDistinct(this);

    /// <inheritdoc />
    public override LogicalNode WithInputs(IReadOnlyList<LogicalNode> inputs) => new LogicalDistinct(inputs[0], Keys, Time, Within, Name, Origin);

    internal LogicalDistinct WithName(string name) => new(Inputs[0], Keys, Time, Within, name, Origin);
}
