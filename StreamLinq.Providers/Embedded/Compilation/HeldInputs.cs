// The inputs of a group that a first loop computes and a second one reads: before an exchange, and where a row becomes many, so that all lambdas of a row run before anything is changed.
// What is computed becomes a column of the row between the two; a condition is held too, and with it the argument, which is only computed for rows that pass.
using System.Linq.Expressions;

namespace StreamLinq.Embedded;

internal sealed class HeldInputs
{
    private readonly List<PlanColumn> _columns = [];
    private readonly List<Expression> _values = [];

    /// <param name="group">What the group asks of each row.</param>
    /// <param name="keys">How the second loop finds the parts of the key; null: they are held like the rest.</param>
    internal HeldInputs(GroupInputs group, IReadOnlyList<Expression>? keys)
    {
        Inputs = new GroupInputs(
            keys ?? [.. group.Keys.Select(Hold)],
            [.. group.Aggregates.Select(i => (i.Argument is null ? null : Hold(Guarded(i.Argument, i.Filter)), i.Filter is null ? null : Hold(i.Filter)))],
            group.Window is not { } window ? null : window with { Carried = Held(window.Carried), Gap = Held(window.Gap), Time = HeldColumn(window.Time.Reference) });
        Layout = new TupleLayout([.. _columns.Select(c => c.Type)]);
    }

    /// <summary>What the second loop reads.</summary>
    internal GroupInputs Inputs { get; }

    /// <summary>The columns between the loops.</summary>
    internal IReadOnlyList<PlanColumn> Columns => _columns;

    /// <summary>What the first loop computes for them.</summary>
    internal IReadOnlyList<Expression> Values => _values;

    /// <summary>How they lie in a row.</summary>
    internal TupleLayout Layout { get; }

    private static Expression Guarded(Expression argument, Expression? filter) => filter is null ? argument : Expression.Condition(filter, argument, Expression.Default(argument.Type));

    private PlanColumn? Held(PlanColumn? column) => column is null ? null : HeldColumn(column.Reference);

    private Expression Hold(Expression value) => HeldColumn(value).Reference;

    private PlanColumn HeldColumn(Expression value)
    {
        var column = new PlanColumn($"value{_columns.Count}", value.Type);
        _columns.Add(column);
        _values.Add(value);
        return column;
    }
}
