// Captured variables are constants, read once when the query is bound. It is remembered of these constants that they were variables: the next query of this shape may have captured another value, and its code should be the same.
using System.Linq.Expressions;
using System.Reflection;
using System.Runtime.CompilerServices;

namespace StreamLinq;

internal static class Captures
{
    private static readonly ConditionalWeakTable<Expression, object> Variables = [];

    /// <summary>The constant that a captured variable becomes. One of two values is better known to the code.</summary>
    internal static ConstantExpression Constant(object? value, Type type)
    {
        var constant = Expression.Constant(value, type);
        if (value is not (null or bool)) Variables.Add(constant, constant.Type);
        return constant;
    }

    /// <summary>Whether a constant was a variable. A constant that was made from one since is none.</summary>
    internal static bool IsVariable(ConstantExpression constant) => Variables.TryGetValue(constant, out _);

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
