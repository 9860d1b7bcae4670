// C# 14 binds array.Contains(x) in a lambda to a method on spans. It compiles, but cannot be translated or interpreted: back to the one on sequences.
using System.Linq.Expressions;

namespace StreamLinq;

internal static class SpanCalls
{
    internal static Expression Normalized(MethodCallExpression call)
    {
        if (call.Method.DeclaringType != typeof(MemoryExtensions) || call.Method.Name != nameof(MemoryExtensions.Contains)) return call;
        if (call.Arguments[0] is not MethodCallExpression { Method.Name: "op_Implicit", Arguments: [var array] } || !array.Type.IsArray) return call;
        var element = array.Type.GetElementType()!;
        var arguments = call.Arguments.Skip(1).Prepend(array).ToArray();
        var contains = typeof(Enumerable).GetMethods().Single(m => m.Name == nameof(Enumerable.Contains) && m.GetParameters().Length == arguments.Length).MakeGenericMethod(element);
        return Expression.Call(contains, arguments);
    }
}
