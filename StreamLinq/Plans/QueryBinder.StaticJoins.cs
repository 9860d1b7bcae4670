// Binds joins with rows that do not change: each left row becomes as many rows as its key has there, which is what SelectMany does; so it needs no state, and the left side stays what it is.
using System.Linq.Expressions;
using System.Reflection;

namespace StreamLinq;

internal sealed partial class QueryBinder
{
    private BoundQuery JoinStatic(MethodCallExpression call)
    {
        var left = BindQuery(call.Arguments[0]);
        RequireRow(call, left.Row);
        var inner = Lambda(call, 3);
        var key = Rewrite(call, Lambda(call, 2), left.Row);
        var innerKey = Rewrite(call, inner, inner.Parameters[0]);
        KeyParts(call, key, innerKey, []);
        var isLeft = call.Method.Name == nameof(StreamQueryable.LeftJoin);
        var on = isLeft ? OptionalLambda(call, 5) : null;
        var types = call.Method.GetGenericArguments();
        var rows = ReadOnce(call, types[2], types[1], Expression.Lambda(innerKey, inner.Parameters));
        var find = rows.Type.GetMethod(on is not null ? nameof(StaticRows<,>.OfOrNullWhere) : isLeft ? nameof(StaticRows<,>.OfOrNull) : nameof(StaticRows<,>.Of), BindingFlags.Instance | BindingFlags.NonPublic)!;
        var found = on is null
            ? Expression.Call(rows, find, key)
            : Expression.Call(rows, find, key, Expression.Lambda(new RowRewriter(this, call).With(on.Parameters[0], left.Row).With(on.Parameters[1], on.Parameters[1]).Visit(on.Body), on.Parameters[1]));
        var result = Lambda(call, 4);
        var element = Column(RowName(result.Parameters[1]), types[1]);
        var isKept = ((IStaticRows)rows.Value!).HasUniqueKeys;
        var flat = new LogicalFlatten(left.Node, Expression.Convert(found, typeof(IEnumerable<>).MakeGenericType(types[1])), element, null, Origin(call)) { KeepsKeys = isKept };
        var joined = left with { Node = flat, Key = isKept ? left.Key : null, OrderIsOpen = false };
        return Project(call, joined, new RowRewriter(this, call).With(result.Parameters[0], left.Row).With(result.Parameters[1], element.Reference).Visit(result.Body), result);
    }

    private static ConstantExpression ReadOnce(MethodCallExpression call, Type key, Type row, LambdaExpression innerKey)
    {
        try
        {
            var type = typeof(StaticRows<,>).MakeGenericType(key, row);
            return Expression.Constant(Activator.CreateInstance(type, BindingFlags.Instance | BindingFlags.NonPublic | BindingFlags.DoNotWrapExceptions, null, [Captures.Value(call.Arguments[1]), CompiledCode.Shared.Of(innerKey)], null), type);
        }
        catch (Exception failure) when (failure is not (StreamLinqException or OutOfMemoryException))
        {
            throw Errors.StaticRowsFailed(call, failure);
        }
    }
}
