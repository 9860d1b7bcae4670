// Makes a query of a source. It stands beside the contract of a source, because the language below knows none.
namespace StreamLinq;

/// <summary>Makes a query of a source.</summary>
public static class StreamSourceExtensions
{
    /// <summary>A query over all rows of a source. Two calls on one source object give queries over the same input.</summary>
    /// <param name="source">The source.</param>
    /// <param name="name">The name its offsets are kept under across versions of the query; null: named by its place in the query.</param>
    /// <exception cref="ArgumentNullException"><paramref name="source"/> is null.</exception>
    public static IStreamQueryable<T, AppendOnly> AsStreamQueryable<T>(this IStreamSource<T> source, string? name = null)
    {
        ArgumentNullException.ThrowIfNull(source);
        return new StreamQuery<T, AppendOnly>(new StreamRootExpression(source, name, source.Description, typeof(T)));
    }
}
