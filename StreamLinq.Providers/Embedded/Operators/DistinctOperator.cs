// Distinct and DistinctBy over a stream: the first row of each key goes on at once, later ones go nowhere. Keys are kept for ever.
namespace StreamLinq.Embedded;

internal sealed class DistinctOperator<TKey, TRow, THash> : IRowTarget<(TKey Key, TRow Row)>, IStreamOperator<TRow>, ILaneOperator, IColdTable, IKeyedTable where THash : struct, IKeyHash<TKey>
{
    private readonly GroupTable<TKey, byte, byte, THash> _table;
    private readonly Codec<TKey> _keys = Codecs.Key<TKey>();
    private readonly ByteWriter _bytes = new();
    private readonly ByteReader _reader = new();
    private readonly RowBuffer<TRow> _first = new();
    private readonly List<(int Row, int Touch)> _new = [];
    private ColdEntries<TKey, byte>? _cold;

    public DistinctOperator(string name, ulong seed, LaneOrder? order)
    {
        Order = order;
        Name = name;
        _table = new GroupTable<TKey, byte, byte, THash>(seed, static (_, _) => 0, Canonical.For<TKey>());
        Tables = [this];
    }

    public string Name { get; }

    public LaneOrder? Order { get; }

    public string Schema => $"{_keys.Schema} -> ";

    public IReadOnlyList<IStateTable> Tables { get; }

    public List<IRowTarget<TRow>> Targets { get; } = [];

    public long Rows => _table.Count + _table.ColdRows;

    public long TotalRows => Rows;

    public long RowsOnDisk => _table.ColdRows;

    public long RowsUpdated { get; private set; }

    public long RowsRemoved => 0;

    public long MemoryBytes => _table.MemoryBytes;

    public void Push((TKey Key, TRow Row)[] rows, int from, int to, sbyte[]? weights)
    {
        _new.Clear();
        var known = _table.Touched.Length;
        for (var i = from; i < to; i++)
        {
            var count = _table.Count;
            _table.Slot(rows[i].Key);
            if (_table.Count > count) _new.Add((i, _table.Touched.Length - 1));
        }

        // A key that is out of memory looks like a new one; those of a batch are looked up together.
        _table.TakeTouched(known);
        foreach (var (row, touch) in _new)
        {
            if (_table.Touched[touch].Existed) continue;
            _first.Add(rows[row].Row);
            Order?.Stamp(_first.Count, Order.At(row));
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

    public ulong HashOf(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value, ulong seed) => LaneOfKey.HashOf(_keys.Decode(_reader, key), seed);

    public void UseCold(ColdStore store, int table)
    {
        _cold = new ColdEntries<TKey, byte>(store, table, _keys, new NoState());
        _table.UseCold(_cold, static (ref byte _, byte _) => { });
    }

    public void BeginCold(long? totalRows)
    {
        if (totalRows is { } total) _cold!.Rows = total - _table.Count;
    }

    public void RestoreRemoval(ReadOnlySpan<byte> key) => _table.RestoreRemoval(_keys.Decode(_reader, key));

    public TableRoom Keep(long bytes, long foldedEpochs) => _table.Keep(bytes, foldedEpochs, isOver: null);

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

    // That a key is there is all there is to know of it.
    private sealed class NoState : Codec<byte>
    {
        public override string Schema => "";

        public override void Write(ByteWriter writer, byte value)
        {
        }

        public override byte Read(ByteReader reader) => 0;
    }
}
