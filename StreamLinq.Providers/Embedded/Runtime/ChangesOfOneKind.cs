// Makes of rows the changes that a sink gets, all of one kind: rows of a stream are inserted, new rows of a table's keys are put in place of the old ones. Apart from the loop that makes the rows,
// because a row that is made inside a larger struct is written to memory twice, and the second time waits for the first.
namespace StreamLinq.Embedded;

internal sealed class ChangesOfOneKind<T>(ChangeKind kind, RowBuffer<Change<T>> changes) : IRowTarget<T>
{
    public void Push(T[] rows, int from, int to, sbyte[]? weights)
    {
        var room = changes.Extend(to - from);
        for (var i = 0; i < room.Length; i++) room[i] = new Change<T>(kind, rows[from + i]);
    }
}
