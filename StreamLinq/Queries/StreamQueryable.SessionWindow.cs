// SessionWindow: sessions whose gap depends on the row.
using System.Linq.Expressions;

namespace StreamLinq;

public static partial class StreamQueryable
{
    /// <summary>Sessions with a gap of each row's own: a row at t makes [t, t + gap), and what overlaps or touches is one session per key. A row whose gap is zero or less is dropped.</summary>
    /// <typeparam name="T">The rows.</typeparam>
    /// <param name="source">A stream with event time.</param>
    /// <param name="gap">The row's gap; parts of a millisecond are cut off. Pure.</param>
    /// <exception cref="ArgumentNullException">An argument is null.</exception>
    public static IStreamQueryable<T, Windowed> SessionWindow<T>(this IStreamQueryable<T, EventTime> source, Expression<Func<T, TimeSpan>> gap) =>
        Operator.Call(SessionWindow<T>, source, gap);
}
