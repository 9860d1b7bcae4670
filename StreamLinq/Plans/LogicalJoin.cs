// Joins of two streams or tables: pairs of rows with equal keys, within a stretch of event time, within windows, or among all rows there ever were or are.
// The left side's columns stay what they are; the right side's get an identity of their own, because both sides may be the same node.
using System.Linq.Expressions;

namespace StreamLinq;

/// <summary>Which rows a join gives.</summary>
public enum JoinKind
{
    /// <summary>The pairs that match.</summary>
    Inner,

    /// <summary>The pairs, and left rows without a match.</summary>
    Left,

    /// <summary>The pairs, and right rows without a match.</summary>
    Right,

    /// <summary>The pairs, and rows of both sides without a match.</summary>
    Full,

    /// <summary>Left rows that have a match, each once.</summary>
    Semi,

    /// <summary>Left rows without a match.</summary>
    Anti,
}

/// <summary>Which time a pair has.</summary>
public enum JoinTime
{
    /// <summary>The later of the two.</summary>
    Later,

    /// <summary>The left row's.</summary>
    Left,

    /// <summary>The right row's.</summary>
    Right,
}

/// <summary>One part of the keys of a join; equal by value. Nulls in it are equal, unless they are the whole key.</summary>
/// <param name="Left">Its value, over the columns of the left input.</param>
/// <param name="Right">Its value, over the columns of the right input.</param>
public sealed record JoinKey(Expression Left, Expression Right);

/// <summary>The bound of a join in event time: left time - before &lt;= right time &lt;= left time + after. <see cref="TimeSpan.MaxValue"/> leaves an end open.</summary>
/// <param name="Left">The left input's column with the time of a row.</param>
/// <param name="Right">The right input's column with the time of a row.</param>
/// <param name="Before">How much earlier the right row may be.</param>
/// <param name="After">How much later the right row may be.</param>
/// <param name="Time">Which time a pair has.</param>
public sealed record JoinInterval(PlanColumn Left, PlanColumn Right, TimeSpan Before, TimeSpan After, JoinTime Time);

/// <summary>The windows of a join: rows match within each window that both are in.</summary>
/// <param name="Left">The left rows' windows.</param>
/// <param name="Right">The right rows' windows; the same but for the columns.</param>
public sealed record JoinWindows(PlanWindow Left, PlanWindow Right);

/// <summary>How a join finds the version of a row that held at a time. The right input's rows are versions of rows of a table, each from its time until that of the next one of the same table key.</summary>
/// <param name="Left">The left input's column with the time of a row.</param>
/// <param name="Right">The right input's column with the time from which a version holds.</param>
/// <param name="TableKey">The right input's columns that tell the rows of the table apart.</param>
/// <param name="IsThere">The right input's column that is false where a version says that its row is gone; null: no row ever goes.</param>
/// <param name="CanMatch">The right input's column that is false where a version is gone, or fails a condition behind the table; null: all are there. The columns read of such a version have no value.</param>
public sealed record JoinAsOf(PlanColumn Left, PlanColumn Right, IReadOnlyList<PlanColumn> TableKey, PlanColumn? IsThere, PlanColumn? CanMatch)
{
    internal IEnumerable<PlanColumn> RightColumns => [Right, .. TableKey, .. new[] { IsThere, CanMatch }.OfType<PlanColumn>()];
}

/// <summary>
/// Rows of two inputs with equal keys. Within an interval a pair comes with the later of its rows, and an unmatched row when the watermark has passed its bound; within windows all comes
/// when the window closes; without either, all rows of both sides are kept, and where rows without a match are asked for, the result is a table that a later match changes. Of tables the rows are those there are now, and the result is a table.
/// </summary>
public sealed class LogicalJoin : LogicalNode
{
    internal LogicalJoin(LogicalNode left, LogicalNode right, JoinKind kind, JoinTerms terms, IReadOnlyList<PlanColumn> leftColumns, IReadOnlyList<PlanAssignment> rightColumns, PlanColumn? time, string? name, string origin)
        : base([left, right], [.. leftColumns, .. kind is JoinKind.Semi or JoinKind.Anti ? [] : rightColumns.Select(c => c.Column), .. time is null ? [] : new[] { time }], origin)
    {
        Kind = kind;
        Terms = terms;
        LeftColumns = leftColumns;
        RightColumns = rightColumns;
        Time = time;
        Name = name;
    }

    /// <summary>Which rows come out.</summary>
    public JoinKind Kind { get; }

    /// <summary>The parts of the keys.</summary>
    public IReadOnlyList<JoinKey> Keys => Terms.Keys;

    /// <summary>Whether a key that is null as a whole equals another one: not where the query compares single values.</summary>
    public bool NullsMatch => Terms.NullsMatch;

    /// <summary>The bound in event time, or null.</summary>
    public JoinInterval? Interval => Terms.Interval;

    /// <summary>The windows, or null.</summary>
    public JoinWindows? Windows => Terms.Windows;

    /// <summary>How the version is found that held at the left row's time, or null. Then left rows wait until the watermark has passed their time, and keep it.</summary>
    public JoinAsOf? AsOf => Terms.AsOf;

    /// <summary>Whether the rows of a stream are joined with a table as it is after their epoch's changes, and never corrected.</summary>
    public bool IsSnapshot => Terms.IsSnapshot;

    /// <summary>A further condition of a match, a bool over <see cref="LeftColumns"/> and the columns of <see cref="RightColumns"/>; null: none.</summary>
    public Expression? Condition => Terms.Condition;

    /// <summary>The columns of the left input that go on or are in the condition. Null or default where there is no left row.</summary>
    public IReadOnlyList<PlanColumn> LeftColumns { get; }

    /// <summary>The columns of the right input that go on or are in the condition, each under an identity of its own. Null or default where there is no right row.</summary>
    public IReadOnlyList<PlanAssignment> RightColumns { get; }

    /// <summary>The column with the time of a result: of a pair as the interval says, of a row without a match its own, of a window its last instant. Null where nobody asks for it, where results have none, and
    /// for <see cref="JoinKind.Semi"/> and <see cref="JoinKind.Anti"/> within an interval, where the left row's stays.</summary>
    public PlanColumn? Time { get; }

    /// <summary>The name its state is kept under, if the query gives one.</summary>
    public string? Name { get; }

    internal JoinTerms Terms { get; }

    /// <summary>Whether all rows of both sides are kept for ever.</summary>
    public bool IsUnbounded => Interval is null && Windows is null && AsOf is null && !IsSnapshot;

    /// <summary>Whether rows of one of the sides can be taken back, and their results with them.</summary>
    public bool IsOfTables => !IsSnapshot && Inputs.Any(i => i.IsChanging);

    /// <inheritdoc />
    public override bool IsChanging => IsOfTables || (IsUnbounded && Kind is not (JoinKind.Inner or JoinKind.Semi));

    /// <inheritdoc />
    public override TResult Accept<TResult>(LogicalVisitor<TResult> visitor) => visitor.VisitJoin(this);

    /// <inheritdoc />
    public override LogicalNode WithInputs(IReadOnlyList<LogicalNode> inputs) => new LogicalJoin(inputs[0], inputs[1], Kind, Terms, LeftColumns, RightColumns, Time, Name, Origin);

    internal LogicalJoin WithName(string name) => new(Inputs[0], Inputs[1], Kind, Terms, LeftColumns, RightColumns, Time, name, Origin);

    internal LogicalJoin WithTerms(JoinTerms terms) => new(Inputs[0], Inputs[1], Kind, terms, LeftColumns, RightColumns, Time, Name, Origin);

    /// <summary>Whether left rows come out that have no match.</summary>
    internal bool KeepsLeft => Kind is JoinKind.Left or JoinKind.Full or JoinKind.Anti;

    /// <summary>Whether right rows come out that have no match.</summary>
    internal bool KeepsRight => Kind is JoinKind.Right or JoinKind.Full;
}

/// <summary>What makes two rows a match.</summary>
internal sealed record JoinTerms(IReadOnlyList<JoinKey> Keys, bool NullsMatch, JoinInterval? Interval, JoinWindows? Windows, Expression? Condition, JoinAsOf? AsOf = null, bool IsSnapshot = false);
