// Whether an expression can throw. Where it cannot, the compiled loop need not say where it stands.
using System.Linq.Expressions;

namespace StreamLinq.Embedded;

internal sealed class ThrowAnalysis : ExpressionVisitor
{
    private bool _can;

    internal static bool Can(Expression expression)
    {
        var analysis = new ThrowAnalysis();
        analysis.Visit(expression);
        return analysis._can;
    }

    public override Expression? Visit(Expression? node)
    {
        if (_can || node is null) return node;
        _can = node switch
        {
            ConstantExpression or ParameterExpression or ColumnExpression or DefaultExpression or ConditionalExpression or TypeBinaryExpression => false,
            MemberExpression { Member: System.Reflection.FieldInfo, Expression: var owner } => owner is not null && !owner.Type.IsValueType,
            // What a struct keeps in a property of its own: reading it is reading a field.
            MemberExpression { Member: System.Reflection.PropertyInfo { GetMethod: { } get }, Expression: { Type.IsValueType: true } } => !get.IsDefined(typeof(System.Runtime.CompilerServices.CompilerGeneratedAttribute), false),
            BinaryExpression binary => binary.Method is not null && binary.Type != typeof(bool) || binary.NodeType is not (ExpressionType.Add or ExpressionType.Subtract or ExpressionType.Multiply
                or ExpressionType.And or ExpressionType.Or or ExpressionType.ExclusiveOr or ExpressionType.AndAlso or ExpressionType.OrElse or ExpressionType.Equal or ExpressionType.NotEqual
                or ExpressionType.LessThan or ExpressionType.LessThanOrEqual or ExpressionType.GreaterThan or ExpressionType.GreaterThanOrEqual or ExpressionType.LeftShift or ExpressionType.RightShift)
                && !IsFloatingDivision(binary),
            UnaryExpression unary => unary.Method is not null || unary.NodeType is not (ExpressionType.Not or ExpressionType.Negate or ExpressionType.Convert)
                || (unary.NodeType == ExpressionType.Convert && !(unary.Type.IsValueType && unary.Operand.Type.IsPrimitive)),
            NewExpression made => !(made.Type.IsValueType && made.Type.FullName!.StartsWith("System.ValueTuple", StringComparison.Ordinal)) && made.Members is null,
            _ => true,
        };
        return _can ? node : node is ColumnExpression ? node : base.Visit(node);
    }

    private static bool IsFloatingDivision(BinaryExpression binary) =>
        binary.NodeType is ExpressionType.Divide or ExpressionType.Modulo && (binary.Type == typeof(double) || binary.Type == typeof(float));
}
