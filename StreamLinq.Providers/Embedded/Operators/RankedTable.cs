// The durable side of ordered rows of groups that can be taken back: an entry per row.
using System.Runtime.CompilerServices;

namespace StreamLinq.Embedded;

internal sealed class RankedTable<TOrder, TRow>(string name, RankedSets<TOrder, TRow> sets) : IGroupSide
{
    private const int EntryBytes = 144;
    private readonly Codec<long> _keys = Codecs.Key<long>();
    private readonly Codec<(long Set, long Count, TOrder Order, TRow Row)> _values = Codecs.Value<(long Set, long Count, TOrder Order, TRow Row)>();
    private readonly ByteReader _reader = new();
    private long _sampledBytes;

    public object Content => sets;

    public string Name => name;

    public string Schema => $"{_keys.Schema} -> {_values.Schema}";

    public long SideBytes => sets.Count * (EntryBytes + Unsafe.SizeOf<TOrder>() + Unsafe.SizeOf<TRow>() + _sampledBytes);

    public void Restore(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value)
    {
        var (set, count, order, row) = _values.Decode(_reader, value);
        sets.Restore(set, order, row, _keys.Decode(_reader, key), count);
    }

    public void WriteChanges(StateDelta delta, int table)
    {
        foreach (var row in sets.Touched)
        {
            if (row.Count == row.Before) continue;
            if (row.Count == 0)
            {
                delta.Remove(table, _keys, row.Number);
                continue;
            }

            var bytes = delta.Put(table, _keys, row.Number, _values, (row.Set, row.Count, row.Order, row.Row));
            _sampledBytes = RuntimeHelpers.IsReferenceOrContainsReferences<TRow>() ? bytes : 0;
        }
    }

    public void EndEpoch() => sets.EndEpoch();
}
