// Named: ties the state of an operator to a name instead of to its place, so that a changed query finds it again.
namespace StreamLinq;

public static partial class StreamQueryable
{
    /// <summary>Fixes the name under which the state of the operator before it is kept in a checkpoint, so that the query may be changed around it. Without it an operator is named by its place.</summary>
    /// <typeparam name="T">The rows.</typeparam>
    /// <typeparam name="P">The kind of the query, which is kept.</typeparam>
    /// <param name="source">The query whose last operator is named.</param>
    /// <param name="name">The name, unique in the query (SLQ1013); not empty.</param>
    /// <exception cref="ArgumentNullException">An argument is null.</exception>
    /// <exception cref="ArgumentException"><paramref name="name"/> is empty or blank.</exception>
    public static IStreamQueryable<T, P> Named<T, P>(this IStreamQueryable<T, P> source, string name) where P : QueryKind
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(name);
        return Operator.Call(Named<T, P>, source, name);
    }
}
