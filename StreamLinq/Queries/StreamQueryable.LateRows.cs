// LateRows: what a window had to drop, as a stream of its own.
namespace StreamLinq;

public static partial class StreamQueryable
{
    /// <summary>The rows that came too late for every one of their windows, each once: a stream without event time, for a place where somebody looks at them. The windows count them either way.</summary>
    /// <typeparam name="T">The rows.</typeparam>
    /// <param name="source">Rows in windows.</param>
    /// <exception cref="ArgumentNullException"><paramref name="source"/> is null.</exception>
    public static IStreamQueryable<T, AppendOnly> LateRows<T>(this IStreamQueryable<T, Windowed> source) =>
        Operator.Call(LateRows<T>, source);
}
