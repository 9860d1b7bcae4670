// Merge: the rows of two queries of one kind in one; SQL's UNION ALL.
namespace StreamLinq;

public static partial class StreamQueryable
{
    /// <summary>
    /// All rows of both, duplicates too. Of an <see cref="EventTime"/> and an <see cref="AppendOnly"/> stream it is an AppendOnly stream: the time is lost.
    /// The watermark is the smaller of the two; an input that has not spoken yet holds it back.
    /// </summary>
    /// <typeparam name="T">The rows.</typeparam>
    /// <typeparam name="P">The kind that both queries have in common.</typeparam>
    /// <param name="first">One query.</param>
    /// <param name="second">The other; may be the same.</param>
    /// <exception cref="ArgumentNullException">An argument is null.</exception>
    public static IStreamQueryable<T, P> Merge<T, P>(this IStreamQueryable<T, P> first, IStreamQueryable<T, P> second) where P : QueryKind =>
        Operator.Call(Merge<T, P>, first, second);
}
