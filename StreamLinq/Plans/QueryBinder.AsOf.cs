// Binds joins with a table as of the left row's time. The join reads the stream under the table, whose rows are the versions, and keeps them as long as it needs them; conditions and selections between the table and
// the join are asked of each version. What a condition leaves out is no match, but it still ends the version before it. Of a version that is gone nothing is read but its key: a deletion need not hold more.
using System.Linq.Expressions;

namespace StreamLinq;

internal sealed partial class QueryBinder
{
    private BoundQuery JoinAsOf(MethodCallExpression call)
    {
        var left = BindQuery(call.Arguments[0]);
        RequireRow(call, left.Row);
        var table = BindQuery(((MethodCallExpression)call.Arguments[1]).Arguments[0]);
        RequireRow(call, table.Row);
        var kind = call.Method.Name == nameof(StreamQueryable.LeftJoin) ? JoinKind.Left : JoinKind.Inner;
        var values = new Dictionary<PlanColumn, Expression>();
        var latest = Versions(call, table.Node, values, out var condition);
        var isThere = latest.IsThere as ColumnExpression;
        var canMatch = isThere is null ? condition : condition is null ? isThere : Expression.AndAlso(isThere, condition);
        var source = latest.Inputs[0];
        var row = new Assigned(values).Visit(table.Row);

        // First whether the version is there, then what is read of one that is.
        var matches = canMatch is null ? null : canMatch is ColumnExpression { Column: var known } ? known : Column("canMatch", typeof(bool));
        if (matches is not null && canMatch is not ColumnExpression) source = new LogicalProject(source, [.. Pass(source), new PlanAssignment(matches, canMatch!)], Origin(call));
        var read = new Dictionary<PlanColumn, Expression>();
        PlanColumn[] tableKey = [.. latest.Keys.Select(k => Read(k.Column.Name, k.Value, ofAll: true))];
        var keys = new List<JoinKey>();
        var nullsMatch = KeyParts(call, Rewrite(call, Lambda(call, 2), left.Row), Rewrite(call, Lambda(call, 3), row), keys);
        keys = keys.ConvertAll(k => new JoinKey(k.Left, Read("key", k.Right, ofAll: false).Reference));
        var result = Lambda(call, 4);
        var rightColumns = new List<PlanAssignment>();
        var rightRow = kind == JoinKind.Left ? Kept(RowName(result.Parameters[1]), row) : Parts(row, RowName(result.Parameters[1]));
        var on = call.Arguments.Count > 5 ? OptionalLambda(call, 5) : null;
        var pair = on is null ? null : new RowRewriter(this, call).With(on.Parameters[0], left.Row).With(on.Parameters[1], rightRow).Visit(on.Body);

        PlanColumn[] passed = [.. new[] { latest.Time, isThere?.Column, matches }.OfType<PlanColumn>().Distinct()];
        var right = new LogicalProject(source, [.. passed.Select(c => new PlanAssignment(c, c.Reference)), .. read.Where(r => !passed.Contains(r.Key)).Select(r => new PlanAssignment(r.Key, r.Value))], Origin(call));
        PlanColumn[] leftColumns = [.. ColumnFinder.In(new[] { left.Row, pair }.OfType<Expression>()).Where(c => rightColumns.All(r => r.Column != c)).Append(left.Time!).Distinct()];
        var terms = new JoinTerms(keys, nullsMatch, null, null, pair, new JoinAsOf(left.Time!, latest.Time!, tableKey, isThere?.Column, matches));
        var node = new LogicalJoin(left.Node, right, kind, terms, leftColumns, rightColumns, null, null, Origin(call));
        var joined = new BoundQuery(node, left.Row, null, [], false) { Time = left.Time };
        return Project(call, joined, new RowRewriter(this, call).With(result.Parameters[0], left.Row).With(result.Parameters[1], rightRow).Visit(result.Body), result);

        PlanColumn Read(string name, Expression value, bool ofAll)
        {
            if (value is ColumnExpression { Column: var column })
            {
                read[column] = value;
                return column;
            }

            column = Column(Decapitalized(name.Split('#')[0]), value.Type);
            read[column] = ofAll || matches is null ? value : Expression.Condition(matches.Reference, value, Expression.Default(value.Type));
            return column;
        }

        ColumnExpression Kept(string name, Expression value)
        {
            var below = Read(name, value, ofAll: false);
            if (rightColumns.Find(c => c.Value == below.Reference) is { } known) return known.Column.Reference;
            var above = Column(below.Name.Split('#')[0], below.Type);
            rightColumns.Add(new PlanAssignment(above, below.Reference));
            return above.Reference;
        }

        Expression Parts(Expression part, string name) => part is ConstantExpression ? part
            : RowShape.TryTakeApart(part, out var parts) ? RowShape.PutTogether(part, [.. parts.Select(p => Parts(p.Value, p.Member))]) : Kept(name, part);
    }

    // The table under what stands between it and the join, and what that computes, over the columns of the stream the table is made of.
    private static LogicalLatest Versions(MethodCallExpression call, LogicalNode node, Dictionary<PlanColumn, Expression> values, out Expression? condition)
    {
        condition = null;
        switch (node)
        {
            case LogicalLatest { Time: not null } latest:
                foreach (var key in latest.Keys.Where(k => k.Value is not ColumnExpression)) values[key.Column] = key.Value;
                return latest;
            case LogicalFilter filter:
                var filtered = Versions(call, filter.Inputs[0], values, out condition);
                var asked = new Assigned(values).Visit(filter.Condition);
                condition = condition is null ? asked : Expression.AndAlso(condition, asked);
                return filtered;
            case LogicalProject project:
                var selected = Versions(call, project.Inputs[0], values, out condition);
                foreach (var assigned in project.Assignments.Select(a => (a.Column, Value: new Assigned(values).Visit(a.Value))).ToList()) values[assigned.Column] = assigned.Value;
                return selected;
            default:
                throw Errors.NotYet(call, "AsOf of a table that is more than Where and Select away from its LatestBy or ToTable");
        }
    }
}
