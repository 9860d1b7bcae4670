// How every operator becomes a node of the tree: a call of itself. The method is handed over as a delegate, so the compiler and not a string picks the overload.
using System.Linq.Expressions;

namespace StreamLinq;

internal static class Operator
{
    internal static IStreamQueryable<R, Q> Call<A, R, Q>(Func<A, IStreamQueryable<R, Q>> method, A a) where Q : QueryKind =>
        new StreamQuery<R, Q>(Tree(method, a));

    internal static IStreamQueryable<R, Q> Call<A, B, R, Q>(Func<A, B, IStreamQueryable<R, Q>> method, A a, B b) where Q : QueryKind =>
        new StreamQuery<R, Q>(Tree(method, a, b));

    internal static IStreamQueryable<R, Q> Call<A, B, C, R, Q>(Func<A, B, C, IStreamQueryable<R, Q>> method, A a, B b, C c) where Q : QueryKind =>
        new StreamQuery<R, Q>(Tree(method, a, b, c));

    internal static IStreamQueryable<R, Q> Call<A, B, C, D, R, Q>(Func<A, B, C, D, IStreamQueryable<R, Q>> method, A a, B b, C c, D d) where Q : QueryKind =>
        new StreamQuery<R, Q>(Tree(method, a, b, c, d));

    internal static IStreamQueryable<R, Q> Call<A, B, C, D, E, R, Q>(Func<A, B, C, D, E, IStreamQueryable<R, Q>> method, A a, B b, C c, D d, E e) where Q : QueryKind =>
        new StreamQuery<R, Q>(Tree(method, a, b, c, d, e));

    internal static IStreamQueryable<R, Q> Call<A, B, C, D, E, F, R, Q>(Func<A, B, C, D, E, F, IStreamQueryable<R, Q>> method, A a, B b, C c, D d, E e, F f) where Q : QueryKind =>
        new StreamQuery<R, Q>(Tree(method, a, b, c, d, e, f));

    /// <summary>The call as a node: queries and join sides by their own trees, lambdas quoted, all else as constants. Null is refused unless the parameter is optional.</summary>
    internal static MethodCallExpression Tree(Delegate method, params ReadOnlySpan<object?> arguments)
    {
        var parameters = method.Method.GetParameters();
        var nodes = new Expression[arguments.Length];
        for (var i = 0; i < nodes.Length; i++)
        {
            if (arguments[i] is null && !parameters[i].IsOptional) throw new ArgumentNullException(parameters[i].Name);
            nodes[i] = arguments[i] switch
            {
                IStreamQueryable query => query.Expression,
                IJoinSide side => side.SideExpression,
                LambdaExpression lambda => Expression.Quote(lambda),
                var value => Expression.Constant(value, parameters[i].ParameterType),
            };
        }

        return Expression.Call(method.Method, nodes);
    }
}
