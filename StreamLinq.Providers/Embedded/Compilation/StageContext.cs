// Where a compiled loop stands, so that an exception of the user's code can be told with its row and operator. The loop writes two ints per row where anything can throw.
namespace StreamLinq.Embedded;

/// <summary>Shared by the stages of one worker of one query.</summary>
internal sealed class StageContext
{
    /// <summary>No lambda of the user is running: what is thrown now is the engine's or an aggregate's.</summary>
    public const int NoStep = -1;

    /// <summary>The row the loop is at.</summary>
    public int Row;

    /// <summary>The step of the stage whose lambda is running, or <see cref="NoStep"/>.</summary>
    public int Step = NoStep;

    /// <summary>The order of the operator whose rows the loop is at, where several workers share it.</summary>
    public LaneOrder? Order;

    public RowErrorPolicy OnRowError { get; init; }

    /// <summary>The engine's clock, for what waits.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>Rows left out in the running epoch.</summary>
    public long RowErrors { get; set; }

    /// <summary>What is being read: source and offset, or the operator whose changes are being sent on.</summary>
    public string Place { get; set; } = "";

    /// <summary>The clock of the running epoch, in UTC ticks.</summary>
    public long Clock;

    /// <summary>Is told from where the rows come that follow: a source or operator, and the partition.</summary>
    public Action<string, string> BeginPartition { get; set; } = static (_, _) => { };

    /// <summary>How many rows of <see cref="Place"/> came before the batch at hand.</summary>
    public long RowBase { get; set; }

    /// <summary>Whether the batch at hand stays as it is until the epoch ends.</summary>
    public bool RowsStay { get; set; }

    /// <summary>The first row error of the epoch, for the log.</summary>
    public Exception? FirstRowError { get; set; }
}

/// <summary>A compiled stage: takes rows [from, to) and writes to the target.</summary>
internal delegate void StageKernel<TRow, TTarget>(TRow[] rows, int from, int to, sbyte[]? weights, TTarget target, StageContext context);
