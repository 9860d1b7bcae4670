// Whether two parts of queries are the same query over the same source object, so that they are bound once and run once: a property that builds its query gives a new tree at each call. Lambdas are the same if their bodies are and what they
// have captured is; functions that are called as they are only if they are one function of one object. Parts that Named gives different names are kept apart.
using System.Linq.Expressions;
using System.Runtime.CompilerServices;

namespace StreamLinq;

/// <summary>Compares queries by what they say. Each query must have been told of before it is compared.</summary>
internal sealed class QueryEquality : IEqualityComparer<Expression>
{
    private readonly Dictionary<Expression, string?> _names = new(ReferenceEqualityComparer.Instance);
    private readonly Dictionary<Expression, int> _hashes = new(ReferenceEqualityComparer.Instance);

    /// <summary>Finds out which name Named gives to which part of a query: to all between it and the next operator with state, which keeps its state under it.</summary>
    internal void Learn(Expression query, string? name = null)
    {
        if (!_names.TryAdd(query, name) || query is not MethodCallExpression call) return;
        foreach (var argument in call.Arguments.Where(IsQuery)) Learn(argument, argument == call.Arguments[0] ? Below(call, name) : null);
    }

    private static string? Below(MethodCallExpression call, string? name) => call.Method.Name switch
    {
        nameof(StreamQueryable.Named) => name ?? (string?)Captures.Value(call.Arguments[1]),
        _ when call.Arguments.Count > 1 && IsQuery(call.Arguments[1]) => null,
        nameof(StreamQueryable.GroupBy) or nameof(StreamQueryable.Distinct) or nameof(StreamQueryable.DistinctBy) or nameof(StreamQueryable.Process) or nameof(StreamQueryable.LatestBy) or nameof(StreamQueryable.ToTable)
            or nameof(StreamQueryable.SelectAsync) or nameof(StreamQueryable.Take) => null,
        _ => name,
    };

    public bool Equals(Expression? left, Expression? right)
    {
        if (ReferenceEquals(left, right)) return true;
        return (left, right) switch
        {
            (StreamRootExpression a, StreamRootExpression b) => ReferenceEquals(a.Source, b.Source) && a.Name == b.Name,
            (MethodCallExpression a, MethodCallExpression b) => a.Method == b.Method && _names.GetValueOrDefault(a) == _names.GetValueOrDefault(b) && a.Arguments.Zip(b.Arguments).All(p => Same(p.First, p.Second)),
            _ => false,
        };
    }

    private bool Same(Expression left, Expression right) => IsQuery(left) ? Equals(left, right) : (left, right) switch
    {
        (ConstantExpression { Value: WatermarkStrategy { RowType: not null } a }, ConstantExpression { Value: var b }) => ReferenceEquals(a, b),
        (ConstantExpression { Value: ValueType or string or Delegate or WatermarkStrategy or Windowing or AsyncOptions or LookupOptions or null } a, ConstantExpression b) => Equals(a.Value, b.Value),
        (ConstantExpression a, ConstantExpression b) => ReferenceEquals(a.Value, b.Value),
        _ => ExpressionEquality.SameWithCaptures(left, right),
    };

    public int GetHashCode(Expression query)
    {
        if (_hashes.TryGetValue(query, out var known)) return known;
        return _hashes[query] = query switch
        {
            StreamRootExpression root => RuntimeHelpers.GetHashCode(root.Source),
            MethodCallExpression call => HashCode.Combine(call.Method, call.Arguments.Where(IsQuery).Aggregate(0, (hash, argument) => HashCode.Combine(hash, GetHashCode(argument)))),
            _ => RuntimeHelpers.GetHashCode(query),
        };
    }

    private static bool IsQuery(Expression argument) => argument is StreamRootExpression || typeof(IStreamQueryable).IsAssignableFrom(argument.Type) || typeof(IJoinSide).IsAssignableFrom(argument.Type);
}
