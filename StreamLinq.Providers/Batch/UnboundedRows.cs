// All rows of a stream as a table: plain rows without what they carried, in a type of its own, so that joins with them are told from joins of tables.
using System.Collections;

namespace StreamLinq.Batch;

internal sealed class UnboundedRows<T>(IEnumerable<T> rows) : IEnumerable<T>
{
    public IEnumerator<T> GetEnumerator() => rows.GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}
