// The durable side of CountDistinct: the pairs of group and value as a state table of its own.
namespace StreamLinq.Embedded;

/// <summary>Counts of pairs, as the operator that owns them sees them.</summary>
internal interface IPairCounts : IStateTable
{
    /// <summary>The <see cref="ValueCounts{TKey, TValue}"/>.</summary>
    object Counts { get; }

    long MemoryBytes { get; }

    void EndEpoch();
}

internal sealed class PairCounts<TKey, TValue>(string name, ulong seed) : IPairCounts
{
    private readonly ValueCounts<TKey, TValue> _counts = new(seed);
    private readonly Codec<(TKey Key, TValue Value)> _keys = Codecs.Key<(TKey Key, TValue Value)>();
    private readonly Codec<long> _values = Codecs.Value<long>();
    private readonly ByteWriter _bytes = new();
    private readonly ByteReader _reader = new();
    private readonly List<(TKey, TValue)> _gone = [];

    public object Counts => _counts;

    public string Name => name;

    public string Schema => $"{_keys.Schema} -> {_values.Schema}";

    public long MemoryBytes => _counts.Pairs.MemoryBytes;

    public void Restore(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value) => _counts.Pairs.Restore(_keys.Decode(_reader, key), _values.Decode(_reader, value));

    public void WriteChanges(StateDelta delta, int table)
    {
        foreach (var touched in _counts.Pairs.Touched)
        {
            ref var entry = ref _counts.Pairs.Entries[touched.Slot];
            _bytes.Clear();
            _keys.Write(_bytes, entry.Key);
            var keyLength = _bytes.Length;
            if (entry.Accumulator != 0)
            {
                _values.Write(_bytes, entry.Accumulator);
                delta.Put(table, _bytes.Slice(0, keyLength), _bytes.Slice(keyLength, _bytes.Length - keyLength));
            }
            else
            {
                if (touched.Existed) delta.Remove(table, _bytes.Slice(0, keyLength));
            }
        }
    }

    public void EndEpoch()
    {
        foreach (var touched in _counts.Pairs.Touched)
            if (_counts.Pairs.Entries[touched.Slot].Accumulator == 0) _gone.Add(_counts.Pairs.Entries[touched.Slot].Key);
        _counts.Pairs.EndEpoch(_gone);
        _gone.Clear();
    }
}
