// Captured variables are constants, read once when the query is bound.
using System.Linq.Expressions;
using System.Reflection;

namespace StreamLinq;

internal static class Captures
{
    /// <summary>Reads a field of a captured object, or a field that never changes. Properties are left alone: they are code.</summary>
    internal static bool TryRead(MemberExpression member, out object? value)
    {
        value = null;
        if (member.Member is not FieldInfo field) return false;
        switch (member.Expression)
        {
            case null when field.IsInitOnly || field.IsLiteral:
                value = field.GetValue(null);
                return true;
            case ConstantExpression { Value: { } target }:
                value = field.GetValue(target);
                return true;
            default:
                return false;
        }
    }

    /// <summary>The value of an argument that does not depend on a row.</summary>
    internal static object? Value(Expression expression) => expression switch
    {
        ConstantExpression constant => constant.Value,
        UnaryExpression { NodeType: ExpressionType.Quote, Operand: var operand } => operand,
        _ => Expression.Lambda<Func<object?>>(Expression.Convert(expression, typeof(object))).Compile(preferInterpretation: true)(),
    };
}
