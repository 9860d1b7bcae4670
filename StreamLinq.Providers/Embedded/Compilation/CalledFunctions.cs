// Tells whether an expression calls nothing that could notice which thread it runs on: functions of the platform on values of the row, and no object that the query has captured.
using System.Linq.Expressions;
using System.Reflection;

namespace StreamLinq.Embedded;

internal sealed class CalledFunctions : ExpressionVisitor
{
    private static readonly Assembly System = typeof(object).Assembly;

    private bool _hasOthers;

    internal static bool AreOfTheSystem(Expression expression)
    {
        var finder = new CalledFunctions();
        finder.Visit(expression);
        return !finder._hasOthers;
    }

    protected override Expression VisitMethodCall(MethodCallExpression node)
    {
        _hasOthers |= IsOther(node.Method) || (node.Object is { } of && !of.Type.IsValueType && of.Type != typeof(string));
        return base.VisitMethodCall(node);
    }

    protected override Expression VisitBinary(BinaryExpression node)
    {
        _hasOthers |= IsOther(node.Method);
        return base.VisitBinary(node);
    }

    protected override Expression VisitUnary(UnaryExpression node)
    {
        _hasOthers |= IsOther(node.Method);
        return base.VisitUnary(node);
    }

    protected override Expression VisitInvocation(InvocationExpression node)
    {
        _hasOthers = true;
        return node;
    }

    protected override Expression VisitLambda<T>(Expression<T> node)
    {
        _hasOthers = true;
        return node;
    }

    protected override Expression VisitNew(NewExpression node)
    {
        _hasOthers |= node.Constructor is { } made && made.DeclaringType!.Assembly != System && !made.DeclaringType.Name.StartsWith('<');
        return base.VisitNew(node);
    }

    protected override Expression VisitExtension(Expression node) => node;

    private static bool IsOther(MethodInfo? method) => method is not null && method.DeclaringType?.Assembly != System;
}
