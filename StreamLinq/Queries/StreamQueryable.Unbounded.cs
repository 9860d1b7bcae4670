// Unbounded: all rows of a stream as a table, said in as many words because its state never shrinks.
namespace StreamLinq;

public static partial class StreamQueryable
{
    /// <summary>The table of all rows of a stream, kept for ever. On the right of a join it joins every row with every other of its key; as a table it can be ordered and cut. Filter before it: the mark goes last.</summary>
    /// <typeparam name="T">The rows.</typeparam>
    /// <param name="source">A stream.</param>
    /// <exception cref="ArgumentNullException"><paramref name="source"/> is null.</exception>
    public static IUnboundedSide<T> Unbounded<T>(this IStreamQueryable<T, AppendOnly> source) => new UnboundedSide<T>(Operator.Tree(Unbounded<T>, source));
}
