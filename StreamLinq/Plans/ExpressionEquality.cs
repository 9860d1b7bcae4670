// Whether two expressions say the same, so that an aggregate that is asked for twice is computed once. Unknown forms are different unless they are one object.
using System.Linq.Expressions;

namespace StreamLinq;

internal static class ExpressionEquality
{
    internal static bool Same(Expression? left, Expression? right) => new Comparison(readsCaptures: false).Equal(left, right);

    /// <summary>The same of lambdas as the compiler makes them: variables that they have captured are what they hold.</summary>
    internal static bool SameWithCaptures(Expression? left, Expression? right) => new Comparison(readsCaptures: true).Equal(left, right);

    private sealed class Comparison(bool readsCaptures)
    {
        private readonly Dictionary<ParameterExpression, ParameterExpression> _parameters = [];

        internal bool Equal(Expression? left, Expression? right)
        {
            if (ReferenceEquals(left, right)) return true;
            if (left is null || right is null || left.NodeType != right.NodeType || left.Type != right.Type) return false;
            return (left, right) switch
            {
                (ConstantExpression a, ConstantExpression b) => Equals(a.Value, b.Value),
                (MemberExpression a, MemberExpression b) when readsCaptures && Captured(a, out var ofLeft) && Captured(b, out var ofRight) => Equals(ofLeft, ofRight),
                (ParameterExpression a, ParameterExpression b) => _parameters.TryGetValue(a, out var mapped) && mapped == b,
                (MemberExpression a, MemberExpression b) => a.Member == b.Member && Equal(a.Expression, b.Expression),
                (UnaryExpression a, UnaryExpression b) => a.Method == b.Method && Equal(a.Operand, b.Operand),
                (BinaryExpression a, BinaryExpression b) => a.Method == b.Method && Equal(a.Left, b.Left) && Equal(a.Right, b.Right) && Equal(a.Conversion, b.Conversion),
                (ConditionalExpression a, ConditionalExpression b) => Equal(a.Test, b.Test) && Equal(a.IfTrue, b.IfTrue) && Equal(a.IfFalse, b.IfFalse),
                (MethodCallExpression a, MethodCallExpression b) => a.Method == b.Method && Equal(a.Object, b.Object) && All(a.Arguments, b.Arguments),
                (InvocationExpression a, InvocationExpression b) => Equal(a.Expression, b.Expression) && All(a.Arguments, b.Arguments),
                (NewExpression a, NewExpression b) => a.Constructor == b.Constructor && All(a.Arguments, b.Arguments),
                (MemberInitExpression a, MemberInitExpression b) => Equal(a.NewExpression, b.NewExpression) && a.Bindings.Count == b.Bindings.Count && a.Bindings.Zip(b.Bindings).All(p => Bound(p.First, p.Second)),
                (NewArrayExpression a, NewArrayExpression b) => All(a.Expressions, b.Expressions),
                (TypeBinaryExpression a, TypeBinaryExpression b) => a.TypeOperand == b.TypeOperand && Equal(a.Expression, b.Expression),
                (DefaultExpression, DefaultExpression) => true,
                (LambdaExpression a, LambdaExpression b) => Lambdas(a, b),
                _ => false,
            };
        }

        private bool Bound(MemberBinding left, MemberBinding right) => left is MemberAssignment a && right is MemberAssignment b && a.Member == b.Member && Equal(a.Expression, b.Expression);

        // A field of something captured, as RowRewriter reads it.
        private static bool Captured(MemberExpression member, out object? value)
        {
            value = null;
            if (member.Expression is MemberExpression owner) return Captured(owner, out var held) && held is not null && Captures.TryRead(member.Update(Expression.Constant(held, owner.Type)), out value);
            return Captures.TryRead(member, out value);
        }

        private bool Lambdas(LambdaExpression left, LambdaExpression right)
        {
            for (var i = 0; i < left.Parameters.Count; i++) _parameters[left.Parameters[i]] = right.Parameters[i];
            return Equal(left.Body, right.Body);
        }

        private bool All(IReadOnlyList<Expression> left, IReadOnlyList<Expression> right)
        {
            if (left.Count != right.Count) return false;
            for (var i = 0; i < left.Count; i++)
                if (!Equal(left[i], right[i])) return false;
            return true;
        }
    }
}
