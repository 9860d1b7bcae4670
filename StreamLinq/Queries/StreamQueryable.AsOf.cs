// AsOf: the version of a table that held at the time of the left row.
namespace StreamLinq;

public static partial class StreamQueryable
{
    /// <summary>Joins each left row with the version that the table's row had at the left row's event time. The left row waits until both watermarks have passed it; one older than the oldest version still kept gets no match.</summary>
    /// <typeparam name="T">The rows.</typeparam>
    /// <param name="table">A table that knows its past: <c>LatestBy</c> or <c>ToTable</c> over a stream with event time.</param>
    /// <exception cref="ArgumentNullException"><paramref name="table"/> is null.</exception>
    public static IAsOfSide<T> AsOf<T>(this IStreamQueryable<T, VersionedTable> table) => new AsOfSide<T>(Operator.Tree(AsOf<T>, table));
}
