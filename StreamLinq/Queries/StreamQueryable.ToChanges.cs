// ToChanges: the changes of a table as a stream.
namespace StreamLinq;

public static partial class StreamQueryable
{
    /// <summary>What happens to a table, as a stream without event time: per change a <see cref="ChangeKind.Delete"/> of the old row and an <see cref="ChangeKind.Insert"/> of the new one. Changes within an epoch that cancel out are not seen.</summary>
    /// <typeparam name="T">The rows.</typeparam>
    /// <param name="table">A table.</param>
    /// <exception cref="ArgumentNullException"><paramref name="table"/> is null.</exception>
    public static IStreamQueryable<Change<T>, AppendOnly> ToChanges<T>(this IStreamQueryable<T, Table> table) =>
        Operator.Call(ToChanges<T>, table);
}
