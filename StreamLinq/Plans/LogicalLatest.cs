// LatestBy and ToTable: of each key the row that counts, as a table. Which row that is goes by the rows' times or by arrival; in a feed of changes the row that counts may say that there is none.
using System.Linq.Expressions;

namespace StreamLinq;

/// <summary>The row of each key that is latest: by its time, of equal times the later arrival, or by arrival alone. The input only gains rows; the result is a table.</summary>
public sealed class LogicalLatest : LogicalNode
{
    internal LogicalLatest(LogicalNode input, IReadOnlyList<PlanAssignment> keys, IReadOnlyList<PlanColumn> kept, PlanColumn? time, Expression? isThere, string? name, string origin)
        : base([input], [.. keys.Select(k => k.Column), .. kept.Where(c => keys.All(k => k.Column != c))], origin)
    {
        Keys = keys;
        Time = time;
        IsThere = isThere;
        Name = name;
    }

    /// <summary>The parts of the key, compared by value; nulls are equal. A part that is a column of the input is that column.</summary>
    public IReadOnlyList<PlanAssignment> Keys { get; }

    /// <summary>The input's column with the row's time, by which the latest is found; null: it is the one that arrived last.</summary>
    public PlanColumn? Time { get; }

    /// <summary>Whether the row sets what its key has, a bool over the input's columns; where it is false the row takes it away. Null: every row sets it.</summary>
    public Expression? IsThere { get; }

    /// <summary>The name its state is kept under, if the query gives one.</summary>
    public string? Name { get; }

    /// <inheritdoc />
    public override bool IsChanging => true;

    /// <summary>The columns of the input that go on beside the key.</summary>
    internal IEnumerable<PlanColumn> Kept => Columns.Skip(Keys.Count);

    /// <inheritdoc />
    public override TResult Accept<TResult>(LogicalVisitor<TResult> visitor) => visitor.VisitLatest(this);

    /// <inheritdoc />
    public override LogicalNode WithInputs(IReadOnlyList<LogicalNode> inputs) => new LogicalLatest(inputs[0], Keys, [.. Kept], Time, IsThere, Name, Origin);

    internal LogicalLatest WithName(string name) => new(Inputs[0], Keys, [.. Kept], Time, IsThere, name, Origin);

    internal LogicalLatest Narrowed(LogicalNode input, IReadOnlySet<PlanColumn> needed) => new(input, Keys, [.. Kept.Where(needed.Contains)], Time, IsThere, Name, Origin);
}
