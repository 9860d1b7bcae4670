// Keys: what they are made of, and in which members of the query's row a table's key can be found again.
using System.Linq.Expressions;

namespace StreamLinq;

internal sealed partial class QueryBinder
{
    private Expression Key(MethodCallExpression call, Expression shape, string name, List<PlanAssignment> keys)
    {
        if (RowShape.TryTakeApart(shape, out var parts))
            return RowShape.PutTogether(shape, [.. parts.Select(p => Key(call, p.Value, p.Member, keys))]);
        if (!KeyEquality.Holds(shape.Type, out var why)) throw Errors.NoValueEquality(call, shape.Type, why);
        var column = Column(Decapitalized(name), shape.Type);
        keys.Add(new PlanAssignment(column, shape));
        return column.Reference;
    }

    private static string KeyName(Expression body) => body switch
    {
        MemberExpression member => member.Member.Name,
        ParameterExpression { Name: { } name } when !name.StartsWith('<') => name,
        _ => "key",
    };

    private IReadOnlyList<string>? KeyMembers(IReadOnlyList<PlanColumn> key, Expression row)
    {
        if (row is ColumnExpression single && key.Count == 1 && single.Column == key[0]) return ["value"];
        var parts = row is ColumnExpression { Column: var whole } && _members.TryGetValue(whole, out var byConvention) ? byConvention
            : RowShape.TryTakeApart(row, out var taken) ? taken : [];
        // An object of which a member is the key.
        if (row is ColumnExpression { Column: var held } && key.Count > 0 && key.All(k => _keyValues.TryGetValue(k, out var v) && v is MemberExpression { Expression: ColumnExpression of } && of.Column == held))
            return [.. key.Select(k => ((MemberExpression)_keyValues[k]).Member.Name)];
        var members = new List<string>();
        foreach (var column in key)
        {
            string[] holding = parts.FirstOrDefault(p => Holds(p.Value, column)).Member is { } member ? [member] : [.. HoldingEnds(column, parts)];
            if (holding.Length == 0) return null;
            members.AddRange(holding.Except(members));
        }

        return members;
    }

    // Windows of a fixed kind are told apart by one of their ends, others by both.
    private IEnumerable<string> HoldingEnds(PlanColumn column, IReadOnlyList<(string Member, Expression Value)> parts)
    {
        var start = Showing(nameof(StreamLinq.Window.Start));
        var end = Showing(nameof(StreamLinq.Window.End));
        return (_windows.GetValueOrDefault(column)?.Windowing, start, end) switch
        {
            (TumblingWindowing or HoppingWindowing or CalendarDayWindowing, { } one, _) => [one],
            (TumblingWindowing or HoppingWindowing or CalendarDayWindowing or CumulatingWindowing, _, { } one) => [one],
            (_, { } first, { } second) => [first, second],
            _ => [],
        };

        string? Showing(string name) => parts.FirstOrDefault(p => p.Value is ColumnExpression { Column: var shown } && _windowEnds.TryGetValue(shown, out var of) && of == (column, name)).Member;
    }

    private bool Holds(Expression value, PlanColumn column) =>
        IsKeyPart(value, column) || IsShifted(value, column) || (RowShape.TryTakeApart(value, out var parts) && parts.Any(p => Holds(p.Value, column)));
}
