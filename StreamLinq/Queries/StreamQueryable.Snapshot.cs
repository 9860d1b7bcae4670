// Snapshot: the table as it is when the left row comes.
namespace StreamLinq;

public static partial class StreamQueryable
{
    /// <summary>Joins each left row with the table as it is in that row's epoch; what changes later does not touch the result. The left side keeps its kind.</summary>
    /// <typeparam name="T">The rows.</typeparam>
    /// <param name="table">A table.</param>
    /// <exception cref="ArgumentNullException"><paramref name="table"/> is null.</exception>
    public static ILookupSide<T> Snapshot<T>(this IStreamQueryable<T, Table> table) => new LookupSide<T>(Operator.Tree(Snapshot<T>, table));
}
