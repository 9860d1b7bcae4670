// The one class behind IStreamQueryable: a description, held as an expression tree.
using System.Diagnostics;
using System.Linq.Expressions;

namespace StreamLinq;

[DebuggerDisplay("{ToString(),nq}")]
internal class StreamQuery<T, TKind>(Expression expression) : IStreamQueryable<T, TKind> where TKind : QueryKind
{
    public Type ElementType => typeof(T);
    public Type Kind => typeof(TKind);
    public Expression Expression { get; } = expression;
}
