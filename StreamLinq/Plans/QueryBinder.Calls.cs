// Binds what is asked elsewhere: SelectAsync, and joins with a Lookup. A join is a call that finds the rows of a key, and a list that is gone through; what the left side carries goes along.
using System.Linq.Expressions;
using System.Reflection;

namespace StreamLinq;

internal sealed partial class QueryBinder
{
    private BoundQuery SelectAsync(MethodCallExpression call, BoundQuery source)
    {
        RequireRow(call, source.Row);
        var function = (Delegate?)Captures.Value(call.Arguments[1]) ?? throw Errors.UnknownOperator(call);
        var terms = new CallTerms(source.Row, function, Column("row", call.Method.GetGenericArguments()[2])) { Each = (AsyncOptions?)Captures.Value(call.Arguments[2]) ?? new AsyncOptions() };
        return source with { Node = new LogicalCall(source.Node, terms, [.. source.Kept.Distinct()], null, Origin(call)), Row = terms.Result.Reference, Key = null, Order = [], OrderIsOpen = false };
    }

    private BoundQuery JoinLookup(MethodCallExpression call, MethodCallExpression side)
    {
        var left = BindQuery(call.Arguments[0]);
        RequireRow(call, left.Row);
        if (left.Node.IsChanging) throw Errors.LookupOfTable(call);
        var inner = Lambda(call, 3);
        var key = Rewrite(call, Lambda(call, 2), left.Row);
        var innerKey = Rewrite(call, inner, inner.Parameters[0]);
        KeyParts(call, key, innerKey, []);
        var isLeft = call.Method.Name == nameof(StreamQueryable.LeftJoin);
        var on = isLeft ? OptionalLambda(call, 5) : null;
        var row = call.Method.GetGenericArguments()[1];
        var found = side.Method.GetGenericArguments()[^1];
        var result = Column("found", found.MakeArrayType());
        var terms = side.Method.Name == nameof(Lookup.From)
            ? new CallTerms(key, Finding(call, side, key.Type), result) { ByKey = (LookupOptions?)Captures.Value(side.Arguments[1]) ?? new LookupOptions() }
            : new CallTerms(key, (Delegate)Captures.Value(side.Arguments[0])!, result) { Every = (TimeSpan)Captures.Value(side.Arguments[1])!, RowKey = Expression.Lambda(typeof(Func<,>).MakeGenericType(found, key.Type), innerKey, inner.Parameters) };

        // Whoever was asked may take another key for the same; a join does not.
        var isAsked = terms.ByKey is null ? null : Expression.Call(
            Expression.Property(null, typeof(EqualityComparer<>).MakeGenericType(key.Type), nameof(EqualityComparer<>.Default)), nameof(EqualityComparer<>.Equals), null, innerKey, key);
        var condition = on is null ? null : new RowRewriter(this, call).With(on.Parameters[0], left.Row).With(on.Parameters[1], inner.Parameters[0]).Visit(on.Body);
        var match = isAsked is null ? condition : condition is null ? isAsked : Expression.AndAlso(isAsked, condition);
        PlanColumn[] kept = [.. ColumnFinder.In(new[] { left.Row, match }.OfType<Expression>()).Concat(left.Kept).Distinct()];
        Expression[] rows = match is null ? [result.Reference] : [result.Reference, Expression.Lambda(typeof(Func<,>).MakeGenericType(found, typeof(bool)), match, inner.Parameters)];
        var name = (isLeft, match is null) switch { (false, true) => null, (false, false) => nameof(FoundRows.Where), (true, true) => nameof(FoundRows.OrNull), _ => nameof(FoundRows.WhereOrNull) };
        var matches = name is null ? result.Reference : (Expression)Expression.Call(typeof(FoundRows).GetMethod(name, BindingFlags.Static | BindingFlags.NonPublic)!.MakeGenericMethod(found), rows);

        var selector = Lambda(call, 4);
        var element = Column(RowName(selector.Parameters[1]), row);
        var flat = new LogicalFlatten(new LogicalCall(left.Node, terms, kept, null, Origin(call)), Expression.Convert(matches, typeof(IEnumerable<>).MakeGenericType(row)), element, null, Origin(call));
        var joined = left with { Node = flat, Key = null, OrderIsOpen = false };
        return Project(call, joined, new RowRewriter(this, call).With(selector.Parameters[0], left.Row).With(selector.Parameters[1], element.Reference).Visit(selector.Body), selector);
    }

    // The keys of the join may be of a type that only converts to what is asked with: nobody is asked for a null.
    private static Delegate Finding(MethodCallExpression call, MethodCallExpression side, Type key)
    {
        var find = (Delegate)Captures.Value(side.Arguments[0])!;
        var (asked, found) = (side.Method.GetGenericArguments()[0], side.Method.GetGenericArguments()[1]);
        if (asked == key) return find;
        if (Nullable.GetUnderlyingType(key) != asked && !asked.IsAssignableFrom(key)) throw Errors.LookupByAnotherKey(call, asked, key);
        var (of, token) = (Expression.Parameter(key), Expression.Parameter(typeof(CancellationToken)));
        return CompiledCode.Shared.Of(Expression.Lambda(typeof(Func<,,>).MakeGenericType(key, typeof(CancellationToken), typeof(ValueTask<>).MakeGenericType(found)), Expression.Invoke(Expression.Constant(find), Expression.Convert(of, asked), token), of, token));
    }
}

/// <summary>What a join makes of the rows that a look-up has found for a left row.</summary>
internal static class FoundRows
{
    internal static V[] Where<V>(V[] found, Func<V, bool> match) => Array.FindAll(found, row => match(row));

    internal static V[] OrNull<V>(V[] found) => found.Length == 0 ? [default!] : found;

    internal static V[] WhereOrNull<V>(V[] found, Func<V, bool> match) => OrNull(Where(found, match));
}
