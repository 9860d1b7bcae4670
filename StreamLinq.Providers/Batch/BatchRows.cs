// Rows of a group, or of an ordered table, as a list. Beside the rows stand their ties: rows with the same number are equal in the
// stated order (all of them, if none was stated), which is all that ThenBy and TakeWithTies need to know of the order.
using System.Collections;

namespace StreamLinq.Batch;

// Not an IGroupRows itself: else the markers of GroupRows would compete with LINQ for every call in this folder.
internal interface IBatchRows<out E> : IEnumerable<E>
{
    /// <summary>One number per row, never falling.</summary>
    IReadOnlyList<int> Ties { get; }
}

internal class BatchRows<E>(IReadOnlyList<E> rows, IReadOnlyList<int> ties) : IBatchRows<E>, IOrderedRows<E>
{
    internal BatchRows(IReadOnlyList<E> rows) : this(rows, new int[rows.Count])
    {
    }

    public IReadOnlyList<int> Ties => ties;

    public IEnumerator<E> GetEnumerator() => rows.GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}

internal sealed class BatchGrouping<K, E>(K key, IReadOnlyList<E> rows) : BatchRows<E>(rows), IStreamGrouping<K, E>
{
    public K Key => key;
}
