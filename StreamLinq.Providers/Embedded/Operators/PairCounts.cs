// The durable side of CountDistinct: the pairs of group and value as a state table of its own.
namespace StreamLinq.Embedded;

internal sealed class PairCounts<TKey, TValue>(string name, ulong seed) : IGroupSide, IColdTable, IKeyedTable
{
    private readonly ValueCounts<TKey, TValue> _counts = new(seed);
    private readonly Codec<(TKey Key, TValue Value)> _keys = Codecs.Key<(TKey Key, TValue Value)>();
    private readonly Codec<long> _values = Codecs.Value<long>();
    private readonly ByteReader _reader = new();
    private readonly List<(TKey, TValue)> _gone = [];
    private ColdEntries<(TKey Key, TValue Value), long>? _cold;
    private long _epoch;
    private int _over;

    public object Content => _counts;

    public long SideBytes => MemoryBytes;

    public string Name => name;

    public string Schema => $"{_keys.Schema} -> {_values.Schema}";

    public long MemoryBytes => _counts.Pairs.MemoryBytes + (_cold?.MemoryBytes ?? 0);

    public long TotalRows => _counts.Pairs.Count + _counts.Pairs.ColdRows - _over;

    // Whether a value is new to its group is needed at once, so each pair is looked up when it first comes.
    public void UseCold(ColdStore store, int table)
    {
        _cold = new ColdEntries<(TKey Key, TValue Value), long>(store, table, _keys, _values);
        _counts.Pairs.UseCold(_cold, merge: null);
    }

    public void BeginCold(long? totalRows)
    {
        if (totalRows is { } total) _cold!.Rows = total - _counts.Pairs.Count;
    }

    public void RestoreRemoval(ReadOnlySpan<byte> key)
    {
        var pair = _keys.Decode(_reader, key);
        _counts.Pairs.RestoreRemoval(pair);
        _cold?.Remove(pair, epoch: 0);
    }

    public TableRoom Keep(long bytes, long foldedEpochs)
    {
        if (foldedEpochs >= 0) _cold!.Folded(foldedEpochs);
        return _counts.Pairs.Keep(bytes, foldedEpochs, isOver: null);
    }

    public ulong HashOf(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value, ulong seed) => LaneOfKey.HashOf(_keys.Decode(_reader, key).Key, seed);

    public void Restore(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value) => _counts.Pairs.Restore(_keys.Decode(_reader, key), _values.Decode(_reader, value));

    public void WriteChanges(StateDelta delta, int table)
    {
        _over = 0;
        foreach (var touched in _counts.Pairs.Touched)
        {
            ref var entry = ref _counts.Pairs.Entries[touched.Slot];
            if (entry.Accumulator != 0) delta.Put(table, _keys, entry.Key, _values, entry.Accumulator);
            else
            {
                _over++;
                if (touched.Existed) delta.Remove(table, _keys, entry.Key);
            }
        }
    }

    public void EndEpoch()
    {
        foreach (var touched in _counts.Pairs.Touched)
            if (_counts.Pairs.Entries[touched.Slot].Accumulator == 0) _gone.Add(_counts.Pairs.Entries[touched.Slot].Key);
        _epoch++;
        _over = 0;
        if (_cold is not null)
            foreach (var pair in _gone) _cold.Remove(pair, _epoch);
        _counts.Pairs.EndEpoch(_gone);
        _gone.Clear();
    }
}
