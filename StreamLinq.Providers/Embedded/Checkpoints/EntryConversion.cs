// Rewrites the entries of a table from the form they are stored in to the form the query at hand wants.
namespace StreamLinq.Embedded;

/// <summary>A conversion of entries. Not for several threads.</summary>
internal sealed class EntryConversion(EntryFields from, EntryFields to, IReadOnlyList<(int From, Func<object?, object?> Convert)> fields)
{
    private readonly ByteWriter _bytes = new();

    /// <summary>Gives an entry in its new form. The spans are valid until the next call.</summary>
    internal void Convert(int newId, ReadOnlySpan<byte> key, ReadOnlySpan<byte> value, StateVisitor visit)
    {
        var old = from.Read(key, value);
        var row = new object?[fields.Count];
        for (var i = 0; i < row.Length; i++) row[i] = fields[i].Convert(fields[i].From < 0 ? null : old[fields[i].From]);
        var length = to.Write(row, _bytes);
        visit(newId, _bytes.Slice(0, length), _bytes.Slice(length, _bytes.Length - length));
    }
}
