// Lists and arrays: the count plus one (0 is null), then the elements. Arrays and lists of one element type have the same bytes.
using System.Collections.Immutable;
using System.Runtime.InteropServices;

namespace StreamLinq.Embedded;

// One per element type; the compiler calls the pair of methods that fits the declared type. The interfaces are read back as arrays
// (IReadOnlyList, IReadOnlyCollection, IEnumerable) or lists (IList, ICollection).
internal sealed class Sequences<T>(Codec<T> element, int minBytes)
{
    public void WriteArray(ByteWriter writer, T[]? values)
    {
        if (values is null) writer.WriteByte(0);
        else WriteAll(writer, values);
    }

    public T[]? ReadArray(ByteReader reader)
    {
        var count = reader.ReadCount(minBytes);
        if (count < 0) return null;
        var values = count == 0 ? [] : new T[count];
        for (var i = 0; i < values.Length; i++) values[i] = element.Read(reader);
        return values;
    }

    public void WriteList(ByteWriter writer, List<T>? values)
    {
        if (values is null)
        {
            writer.WriteByte(0);
            return;
        }

        if (values.GetType() != typeof(List<T>)) throw CodecErrors.Derived(typeof(List<T>), values.GetType());
        WriteAll(writer, CollectionsMarshal.AsSpan(values));
    }

    public List<T>? ReadList(ByteReader reader)
    {
        var count = reader.ReadCount(minBytes);
        if (count < 0) return null;
        var values = new List<T>(count);
        for (var i = 0; i < count; i++) values.Add(element.Read(reader));
        return values;
    }

    public void WriteImmutable(ByteWriter writer, ImmutableArray<T> values)
    {
        if (values.IsDefault) writer.WriteByte(0);
        else WriteAll(writer, values.AsSpan());
    }

    public ImmutableArray<T> ReadImmutable(ByteReader reader) => ImmutableCollectionsMarshal.AsImmutableArray(ReadArray(reader));

    public void WriteOther(ByteWriter writer, IEnumerable<T>? values)
    {
        if (values is null) writer.WriteByte(0);
        else if (values is T[] array) WriteAll(writer, array);
        else if (values.GetType() == typeof(List<T>)) WriteAll(writer, CollectionsMarshal.AsSpan((List<T>)values));
        else WriteAll(writer, values.ToArray());
    }

    private void WriteAll(ByteWriter writer, ReadOnlySpan<T> values)
    {
        writer.WriteVarUInt64((ulong)values.Length + 1);
        foreach (var value in values) element.Write(writer, value);
    }
}
