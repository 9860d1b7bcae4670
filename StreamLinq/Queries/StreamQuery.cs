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

    /// <summary>Kind, columns and types, such as <c>Table of { Word: string, Count: long }</c>.</summary>
    public override string ToString() => RowTypeText.Query(typeof(TKind), typeof(T));
}

/// <summary>The table of all rows of a stream, which can also stand on the right of a join.</summary>
internal sealed class UnboundedSide<T>(Expression expression) : StreamQuery<T, Table>(expression), IUnboundedSide<T>
{
    Expression IJoinSide.SideExpression => Expression;
}
