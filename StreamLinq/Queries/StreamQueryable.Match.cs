// Match: sequences of rows of one key, such as failures followed by a success.
using System.Linq.Expressions;

namespace StreamLinq;

public static partial class StreamQueryable
{
    /// <summary>Finds sequences of rows of one key, in the order of event time; matches do not overlap. A match has the time of its last row. Late rows are dropped and counted.</summary>
    /// <typeparam name="T">The rows.</typeparam>
    /// <typeparam name="K">The key, compared by value.</typeparam>
    /// <typeparam name="R">The results.</typeparam>
    /// <param name="source">A stream with event time.</param>
    /// <param name="key">The key. Pure.</param>
    /// <param name="pattern">Builds the pattern; called once, here.</param>
    /// <param name="result">Makes a row of a match. Pure.</param>
    /// <exception cref="ArgumentNullException">An argument is null.</exception>
    /// <exception cref="ArgumentException">The function gives null, or two steps of one name.</exception>
    public static IStreamQueryable<R, EventTime> Match<T, K, R>(
        this IStreamQueryable<T, EventTime> source, Expression<Func<T, K>> key, Func<RowPattern<T>, RowPattern<T>> pattern, Expression<Func<IKeyedRowMatch<K, T>, R>> result)
    {
        ArgumentNullException.ThrowIfNull(pattern);
        var built = pattern(RowPattern<T>.Empty) ?? throw new ArgumentException("The function gave no pattern.", nameof(pattern));
        Func<RowPattern<T>, RowPattern<T>> same = _ => built;
        return Operator.Call(Match<T, K, R>, source, key, same, result);
    }
}
