// Distinct and DistinctBy over a stream: the first row of each key goes on at once, later ones go nowhere. Keys are kept for ever.
namespace StreamLinq.Embedded;

internal sealed class DistinctOperator<TKey, TRow, THash> : IRowTarget<(TKey Key, TRow Row)>, IStreamOperator<TRow>, IStateTable where THash : struct, IKeyHash<TKey>
{
    private readonly GroupTable<TKey, byte, byte, THash> _table;
    private readonly Codec<TKey> _keys = Codecs.Key<TKey>();
    private readonly ByteWriter _bytes = new();
    private readonly ByteReader _reader = new();
    private readonly RowBuffer<TRow> _first = new();

    public DistinctOperator(string name, ulong seed)
    {
        Name = name;
        _table = new GroupTable<TKey, byte, byte, THash>(seed, static (_, _) => 0, Canonical.For<TKey>());
        Tables = [this];
    }

    public string Name { get; }

    public string Schema => $"{_keys.Schema} -> ";

    public IReadOnlyList<IStateTable> Tables { get; }

    public List<IRowTarget<TRow>> Targets { get; } = [];

    public long Rows => _table.Count;

    public long RowsUpdated { get; private set; }

    public long RowsRemoved => 0;

    public long MemoryBytes => _table.MemoryBytes;

    public void Push((TKey Key, TRow Row)[] rows, int from, int to, sbyte[]? weights)
    {
        for (var i = from; i < to; i++)
        {
            var known = _table.Count;
            _table.Slot(rows[i].Key);
            if (_table.Count > known) _first.Add(rows[i].Row);
        }

        _first.Flush(Targets);
    }

    public void Flush() => RowsUpdated = CountNew();

    private int CountNew()
    {
        var count = 0;
        foreach (var touched in _table.Touched)
            if (!touched.Existed) count++;
        return count;
    }

    public void Restore(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value) => _table.Restore(_keys.Decode(_reader, key), 0);

    public void WriteChanges(StateDelta delta, int table)
    {
        foreach (var touched in _table.Touched)
        {
            if (touched.Existed) continue;
            _bytes.Clear();
            _keys.Write(_bytes, _table.Entries[touched.Slot].Key);
            delta.Put(table, _bytes.Written, default);
        }
    }

    public void EndEpoch() => _table.EndEpoch([]);
}
