// WithProcessingTime: the clock as event time, logged, so that windows over it are ordinary windows and replay the same.
namespace StreamLinq;

public static partial class StreamQueryable
{
    /// <summary>Gives each row the clock of its epoch as event time, with the watermark right behind: nothing is ever late. The clock is the engine's and is logged, so an epoch that runs again gives the same times.</summary>
    /// <typeparam name="T">The rows.</typeparam>
    /// <param name="source">A stream; an event time that it has is replaced.</param>
    /// <exception cref="ArgumentNullException"><paramref name="source"/> is null.</exception>
    public static IStreamQueryable<T, EventTime> WithProcessingTime<T>(this IStreamQueryable<T, AppendOnly> source) =>
        Operator.Call(WithProcessingTime<T>, source);
}
