// Rows of a group, or of an ordered table, as a list. Beside the rows stand their ties: rows with the same number are equal in the
// stated order (all of them, if none was stated), which is all that ThenBy and TakeWithTies need to know of the order. Rows of a group
// also have their times, as long as no order was stated: what is first and last goes by them.
using System.Collections;

namespace StreamLinq.Batch;

// Not an IGroupRows itself: else the markers of GroupRows would compete with LINQ for every call in this folder.
internal interface IBatchRows<out E> : IEnumerable<E>
{
    /// <summary>One number per row, never falling.</summary>
    IReadOnlyList<int> Ties { get; }

    /// <summary>What each row is ordered by first, where that is a time and the earliest comes first; else null.</summary>
    IReadOnlyList<DateTimeOffset>? OrderTimes { get; }

    /// <summary>The event time of each row; null if rows have none, or an order was stated.</summary>
    IReadOnlyList<DateTimeOffset>? Times { get; }
}

internal class BatchRows<E>(IReadOnlyList<E> rows, IReadOnlyList<int> ties, IReadOnlyList<DateTimeOffset>? times) : IBatchRows<E>, IOrderedRows<E>
{
    internal BatchRows(IReadOnlyList<E> rows) : this(rows, new int[rows.Count], null)
    {
    }

    public IReadOnlyList<int> Ties => ties;

    public IReadOnlyList<DateTimeOffset>? Times => times;

    public IReadOnlyList<DateTimeOffset>? OrderTimes { get; init; }

    public IEnumerator<E> GetEnumerator() => rows.GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}

internal sealed class BatchFrame<E>(IReadOnlyList<E> rows) : BatchRows<E>(rows, new int[rows.Count], null), IRowFrame<E>
{
    public E Current { get; } = rows[^1];
}

internal class BatchGrouping<K, E>(K key, IReadOnlyList<E> rows, IReadOnlyList<DateTimeOffset>? times) : BatchRows<E>(rows, new int[rows.Count], times), IStreamGrouping<K, E>
{
    public K Key => key;
}

internal sealed class BatchWindowGrouping<K, E>(K key, Window window, IReadOnlyList<E> rows, IReadOnlyList<DateTimeOffset> times) : BatchGrouping<K, E>(key, rows, times), IWindowGrouping<K, E>
{
    public Window Window => window;
}
