// ToTable: a changelog read as the table it describes (change data capture).
using System.Linq.Expressions;

namespace StreamLinq;

public static partial class StreamQueryable
{
    /// <summary>The table that a stream of changes describes. <see cref="ChangeKind.Insert"/> and <see cref="ChangeKind.Upsert"/> set the row of the key, <see cref="ChangeKind.Delete"/> removes it; the order is event time, then arrival. The table knows its past.</summary>
    /// <typeparam name="T">The rows.</typeparam>
    /// <typeparam name="K">The key, compared by value.</typeparam>
    /// <param name="changes">A stream of changes with event time.</param>
    /// <param name="key">The key of a row, also of a deleted one. Pure.</param>
    /// <exception cref="ArgumentNullException">An argument is null.</exception>
    public static IStreamQueryable<T, VersionedTable> ToTable<T, K>(this IStreamQueryable<Change<T>, EventTime> changes, Expression<Func<T, K>> key) =>
        Operator.Call(ToTable<T, K>, changes, key);

    /// <summary>The table that a stream of changes describes, in order of arrival.</summary>
    /// <typeparam name="T">The rows.</typeparam>
    /// <typeparam name="K">The key, compared by value.</typeparam>
    /// <param name="changes">A stream of changes.</param>
    /// <param name="key">The key of a row, also of a deleted one. Pure.</param>
    /// <exception cref="ArgumentNullException">An argument is null.</exception>
    public static IStreamQueryable<T, Table> ToTable<T, K>(this IStreamQueryable<Change<T>, AppendOnly> changes, Expression<Func<T, K>> key) =>
        Operator.Call(ToTable<T, K>, changes, key);
}
