// Take: the first rows of an ordered table.
namespace StreamLinq;

public static partial class StreamQueryable
{
    /// <summary>The first rows of an ordered table. A row that falls out is deleted from the result, the next one takes its place. Of equal rows the earlier arrival comes first.</summary>
    /// <typeparam name="T">The rows.</typeparam>
    /// <param name="table">An ordered table.</param>
    /// <param name="count">How many; at least 1.</param>
    /// <exception cref="ArgumentNullException"><paramref name="table"/> is null.</exception>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="count"/> is zero or less.</exception>
    public static IStreamQueryable<T, OrderedTable> Take<T>(this IStreamQueryable<T, OrderedTable> table, int count)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(count);
        return Operator.Call(Take<T>, table, count);
    }
}
