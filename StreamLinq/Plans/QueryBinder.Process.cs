// Binds Process. The key and the row stay whole, because the user's code gets them as objects; what it emits is one column that nobody can take apart.
using System.Linq.Expressions;

namespace StreamLinq;

internal sealed partial class QueryBinder
{
    private BoundQuery Process(MethodCallExpression call, BoundQuery source)
    {
        RequireRow(call, source.Row);
        var key = Rewrite(call, Lambda(call, 1), source.Row);
        RequireRow(call, key);
        if (!KeyEquality.Holds(key.Type, out var why)) throw Errors.NoValueEquality(call, key.Type, why);
        var factory = (Delegate?)Captures.Value(call.Arguments[2]) ?? throw Errors.UnknownOperator(call);
        var result = Column("row", call.Method.GetGenericArguments()[3]);
        var time = source.Time is null ? null : Column("time", typeof(DateTimeOffset));
        var node = new LogicalProcess(source.Node, key, source.Row, factory, result, source.Time, time, null, Origin(call));
        return new BoundQuery(node, result.Reference, null, [], false) { Time = time };
    }
}
