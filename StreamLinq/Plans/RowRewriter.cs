// Rewrites the body of a lambda so that it speaks of columns: parameters become the row's shape, captured variables their values, aggregates of a group their columns.
using System.Linq.Expressions;
using System.Reflection;

namespace StreamLinq;

internal sealed class RowRewriter(QueryBinder binder, MethodCallExpression call) : ExpressionVisitor
{
    private readonly Dictionary<ParameterExpression, Expression> _rows = [];

    internal RowRewriter With(ParameterExpression parameter, Expression row)
    {
        _rows[parameter] = row;
        return this;
    }

    internal MethodCallExpression Operator => call;

    internal QueryBinder Binder => binder;

    protected override Expression VisitParameter(ParameterExpression node) => _rows.GetValueOrDefault(node, node);

    protected override Expression VisitExtension(Expression node) => node;

    protected override Expression VisitConstant(ConstantExpression node) =>
        node.Value is IStreamQueryable ? throw Errors.QueryInside(call) : node;

    protected override Expression VisitMember(MemberExpression node)
    {
        Purity.Check(node, call);
        var inner = Visit(node.Expression);
        if (inner is GroupExpression group)
        {
            return node.Member.Name switch
            {
                nameof(IStreamGrouping<,>.Key) => group.Scope.KeyShape,
                nameof(IWindowGrouping<,>.Window) when group.Scope.Window is { } window => window.Column.Reference,
                nameof(IRowFrame<>.Current) when group.Scope.IsFrame => group.Scope.Element,
                _ => throw Errors.NotYet(call, node.Member.Name),
            };
        }

        if (inner is not null && RowShape.TryTakeApart(inner, out var parts))
        {
            foreach (var (member, value) in parts)
                if (member == node.Member.Name) return value;
        }

        if (node.Member is FieldInfo field && inner is ConstantExpression or null && Captures.TryRead(node.Update(inner), out var captured))
            return captured is IStreamQueryable ? throw Errors.QueryInside(call) : field.IsStatic ? Expression.Constant(captured, node.Type) : Captures.Constant(captured, node.Type);
        return node.Update(inner);
    }

    protected override Expression VisitMethodCall(MethodCallExpression node)
    {
        Purity.Check(node, call);
        if (node.Method.DeclaringType == typeof(GroupRows)) return new GroupCalls(this, node).Bind();
        if (node.Method.DeclaringType == typeof(StreamQueryable)) throw Errors.QueryInside(call);
        return SpanCalls.Normalized((MethodCallExpression)base.VisitMethodCall(node));
    }

    // The code for a division is several times as fast if it is made for its divisor, so that one stays a part of it.
    protected override Expression VisitBinary(BinaryExpression node)
    {
        var visited = (BinaryExpression)base.VisitBinary(node);
        return visited.NodeType is ExpressionType.Divide or ExpressionType.Modulo ? visited.Update(visited.Left, visited.Conversion, new Divisor().Visit(visited.Right)) : visited;
    }

    protected override Expression VisitUnary(UnaryExpression node)
    {
        var operand = Visit(node.Operand);
        return operand is GroupExpression && node.NodeType is ExpressionType.Convert ? operand : node.Update(operand);
    }

    private sealed class Divisor : ExpressionVisitor
    {
        protected override Expression VisitConstant(ConstantExpression node) => Captures.IsVariable(node) ? Expression.Constant(node.Value, node.Type) : node;

        protected override Expression VisitExtension(Expression node) => node;
    }
}
