// Process: rows go, by key, through code of the user's with state and timers. To a plan it is a black box that reads the whole row and makes another.
using System.Linq.Expressions;

namespace StreamLinq;

/// <summary>The rows that a <see cref="StatefulProcessor{TKey, TIn, TOut}"/> emits for the rows of the input, which only gains rows. Where those have a time, what is emitted has one too.</summary>
public sealed class LogicalProcess : LogicalNode
{
    internal LogicalProcess(LogicalNode input, Expression key, Expression row, Delegate factory, PlanColumn result, PlanColumn? time, PlanColumn? outputTime, string? name, string origin)
        : base([input], outputTime is null ? [result] : [result, outputTime], origin)
    {
        Key = key;
        Row = row;
        Factory = factory;
        Result = result;
        Time = time;
        OutputTime = outputTime;
        Name = name;
    }

    /// <summary>The key, over the input's columns; one value, as the processor gets it.</summary>
    public Expression Key { get; }

    /// <summary>The row as the processor gets it, over the input's columns.</summary>
    public Expression Row { get; }

    /// <summary>Makes a processor: a <see cref="Func{TResult}"/> of a <see cref="StatefulProcessor{TKey, TIn, TOut}"/> of the types of <see cref="Key"/>, <see cref="Row"/> and <see cref="Result"/>.</summary>
    public Delegate Factory { get; }

    /// <summary>The column that holds what is emitted.</summary>
    public PlanColumn Result { get; }

    /// <summary>The input's column with the row's time; null where rows have none, and then time is the epoch's clock.</summary>
    public PlanColumn? Time { get; }

    /// <summary>The column with the time of what is emitted; null exactly where <see cref="Time"/> is.</summary>
    public PlanColumn? OutputTime { get; }

    /// <summary>The name its state is kept under, if the query gives one.</summary>
    public string? Name { get; }

    /// <inheritdoc />
    public override bool IsChanging => false;

    /// <inheritdoc />
    public override TResult Accept<TResult>(LogicalVisitor<TResult> visitor) => visitor.VisitProcess(this);

    /// <inheritdoc />
    public override LogicalNode WithInputs(IReadOnlyList<LogicalNode> inputs) => new LogicalProcess(inputs[0], Key, Row, Factory, Result, Time, OutputTime, Name, Origin);

    internal LogicalProcess WithName(string name) => new(Inputs[0], Key, Row, Factory, Result, Time, OutputTime, name, Origin);
}
