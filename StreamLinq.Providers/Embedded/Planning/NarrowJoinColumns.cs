// Of a struct of which only members are read behind a join, only those members are kept in it. Reading them cannot throw. An object is kept as it is: a reference is as small as a value.
using System.Linq.Expressions;
using System.Reflection;
using System.Runtime.CompilerServices;

namespace StreamLinq.Embedded;

internal sealed class NarrowJoinColumns : IPlanRule
{
    public LogicalNode Apply(LogicalNode node, Func<LogicalNode, bool> isShared)
    {
        if (node is not LogicalProject { Inputs: [LogicalJoin { AsOf: null } join] } project || isShared(join)) return node;
        var values = project.Assignments.Select(a => a.Value).Append(join.Condition).OfType<Expression>().ToList();
        var structs = join.LeftColumns.Concat(join.RightColumns.Select(c => c.Column)).Where(c => c.Type is { IsValueType: true, IsPrimitive: false, IsEnum: false } && Nullable.GetUnderlyingType(c.Type) is null).ToHashSet();
        var uses = new Uses(structs);
        foreach (var value in values) uses.Visit(value);
        structs.ExceptWith(uses.Whole);
        if (structs.Count == 0) return node;

        var members = new Dictionary<(PlanColumn, MemberInfo), PlanColumn>();
        var left = Narrowed(join.Inputs[0], [.. join.Keys.Select(k => k.Left)], join.Interval?.Left, join.Windows?.Left, join.LeftColumns.Select(c => new PlanAssignment(c, c.Reference)), out var leftColumns);
        var right = Narrowed(join.Inputs[1], [.. join.Keys.Select(k => k.Right)], join.Interval?.Right, join.Windows?.Right, join.RightColumns, out var rightColumns);
        var reading = new Reading(members);
        var terms = join.Condition is null ? join.Terms : join.Terms with { Condition = reading.Visit(join.Condition) };
        var narrow = new LogicalJoin(left, right, join.Kind, terms, [.. leftColumns.Select(c => c.Column)], rightColumns, join.Time, join.Name, join.Origin);
        return new LogicalProject(narrow, [.. project.Assignments.Select(a => a with { Value = reading.Visit(a.Value) })], project.Origin);

        // The side with the members as columns of their own. On the left a column has one identity below and above the join, on the right it has two.
        LogicalNode Narrowed(LogicalNode input, IEnumerable<Expression> keys, PlanColumn? time, PlanWindow? window, IEnumerable<PlanAssignment> columns, out List<PlanAssignment> made)
        {
            made = [];
            var computed = new List<PlanAssignment>();
            foreach (var column in columns)
            {
                if (!structs.Contains(column.Column))
                {
                    made.Add(column);
                    continue;
                }

                foreach (var member in uses.Members.Where(m => m.Column == column.Column).Select(m => m.Member).Distinct())
                {
                    var value = Expression.MakeMemberAccess(column.Value, member);
                    var below = new PlanColumn($"{((ColumnExpression)column.Value).Column.Name}.{member.Name}", value.Type);
                    var above = column.Value == column.Column.Reference ? below : new PlanColumn($"{column.Column.Name}.{member.Name}", value.Type);
                    computed.Add(new PlanAssignment(below, value));
                    made.Add(new PlanAssignment(above, below.Reference));
                    members[(column.Column, member)] = above;
                }
            }

            if (computed.Count == 0) return input;
            var kept = ColumnFinder.In(keys.Concat(made.Select(m => m.Value))).Concat(time is null ? [] : new[] { time }).Concat(window?.Columns ?? []).Where(c => computed.All(a => a.Column != c)).Distinct();
            return new LogicalProject(input, [.. kept.Select(c => new PlanAssignment(c, c.Reference)), .. computed], join.Origin);
        }
    }

    // A column of a struct is read by its members where they are stored, or whole.
    private sealed class Uses(HashSet<PlanColumn> structs) : ExpressionVisitor
    {
        internal HashSet<PlanColumn> Whole { get; } = [];

        internal List<(PlanColumn Column, MemberInfo Member)> Members { get; } = [];

        protected override Expression VisitMember(MemberExpression node)
        {
            if (node.Expression is not ColumnExpression { Column: var column } || !structs.Contains(column)) return base.VisitMember(node);
            if (node.Member is FieldInfo || (node.Member is PropertyInfo { GetMethod: { } get } && get.IsDefined(typeof(CompilerGeneratedAttribute), false))) Members.Add((column, node.Member));
            else Whole.Add(column);
            return node;
        }

        protected override Expression VisitExtension(Expression node)
        {
            if (node is ColumnExpression { Column: var column }) Whole.Add(column);
            return node;
        }
    }

    private sealed class Reading(Dictionary<(PlanColumn, MemberInfo), PlanColumn> members) : ExpressionVisitor
    {
        protected override Expression VisitMember(MemberExpression node) =>
            node.Expression is ColumnExpression { Column: var column } && members.TryGetValue((column, node.Member), out var member) ? member.Reference : base.VisitMember(node);

        protected override Expression VisitExtension(Expression node) => node;
    }
}
