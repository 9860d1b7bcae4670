// Process: state and timers per key, for what no operator says.
using System.Linq.Expressions;

namespace StreamLinq;

public static partial class StreamQueryable
{
    /// <summary>Calls a processor for each row, by key, in the order in which the rows of the key come. Late rows come too: the processor decides what to do with them.</summary>
    /// <typeparam name="T">The rows.</typeparam>
    /// <typeparam name="P">The kind of the stream, which is kept.</typeparam>
    /// <typeparam name="K">The key, compared by value.</typeparam>
    /// <typeparam name="R">The rows the processor emits.</typeparam>
    /// <param name="source">A stream.</param>
    /// <param name="key">The key whose state a row sees. Pure.</param>
    /// <param name="processor">Makes a processor; called once per worker.</param>
    /// <exception cref="ArgumentNullException">An argument is null.</exception>
    public static IStreamQueryable<R, P> Process<T, P, K, R>(
        this IStreamQueryable<T, P> source, Expression<Func<T, K>> key, Func<StatefulProcessor<K, T, R>> processor)
        where P : AppendOnly =>
        Operator.Call(Process<T, P, K, R>, source, key, processor);
}
