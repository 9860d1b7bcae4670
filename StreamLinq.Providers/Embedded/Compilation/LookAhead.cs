// Asks for the slot of a row that comes later while the row at hand is worked on. In a table larger than the processor's second cache nearly every slot is a miss, and this
// halves the cost of a row; in a small one it would only cost, so the loop asks the table once per batch.
using System.Linq.Expressions;
using System.Reflection;
using System.Runtime.CompilerServices;

namespace StreamLinq.Embedded;

internal static class LookAhead
{
    private const int Rows = 16;

    /// <summary>The statement, for the loop's end; null if the key cannot be had of a row that is not at hand, without running anything of the user's.</summary>
    /// <param name="key">The key, in terms of <paramref name="row"/>.</param>
    /// <param name="row">The row at hand.</param>
    /// <param name="rows">The batch.</param>
    /// <param name="index">Where the row is in it.</param>
    /// <param name="to">The end of the batch, exclusive.</param>
    /// <param name="table">The table.</param>
    /// <param name="isLarge">Whether it is worth it.</param>
    internal static Expression? Of(Expression key, Expression row, Expression rows, Expression index, Expression to, Expression table, Expression isLarge)
    {
        if (!IsStored(key, row)) return null;
        var place = Expression.Add(index, Expression.Constant(Rows));
        var later = Expression.Variable(row.Type, "later");
        var prefetch = (Expression)Expression.Call(table, nameof(GroupTable<,,,>.Prefetch), null, new Replacing(row, row.Type.IsValueType ? Expression.ArrayAccess(rows, place) : later).Visit(key)!);
        if (!row.Type.IsValueType)
            prefetch = Expression.Block([later], Expression.Assign(later, Expression.ArrayIndex(rows, place)), Expression.IfThen(Expression.ReferenceNotEqual(later, Expression.Constant(null)), prefetch));
        return Expression.IfThen(Expression.AndAlso(isLarge, Expression.LessThan(place, to)), prefetch);
    }

    /// <summary>Whether a value is there without running anything of the user's: fields and properties without code, of the row itself; tuples of them.</summary>
    internal static bool IsStored(Expression key, Expression row) => key == row || key switch
    {
        MemberExpression { Member: FieldInfo, Expression: { } owner } => IsOfRow(owner, row),
        MemberExpression { Member: PropertyInfo { GetMethod: { } get }, Expression: { } owner } => get.IsDefined(typeof(CompilerGeneratedAttribute)) && IsOfRow(owner, row),
        NewExpression { Type.IsValueType: true, Arguments.Count: > 0 } made => made.Arguments.All(a => IsStored(a, row)),
        _ => false,
    };

    private static bool IsOfRow(Expression owner, Expression row) => owner == row || (owner.Type.IsValueType && IsStored(owner, row));

    private sealed class Replacing(Expression from, Expression to) : ExpressionVisitor
    {
        public override Expression? Visit(Expression? node) => node == from ? to : base.Visit(node);
    }
}
