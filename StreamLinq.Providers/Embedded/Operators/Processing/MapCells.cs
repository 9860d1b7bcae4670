// A map per key. Each entry is stored under its own key; the order of the entries is that of their keys' bytes, because the order of arrival is not stored.
using System.Diagnostics.CodeAnalysis;

namespace StreamLinq.Embedded;

internal sealed class MapEntry<K, V>(K key, byte[] bytes) : StateEntry<V>
{
    public K Key { get; } = key;

    public byte[] Bytes { get; } = bytes;
}

internal sealed class MapCells<K, V>(ProcessorStorage storage, int index, string name, TimeSpan? timeToLive)
    : ProcessorCells<MapEntry<K, V>, V>(storage, index, name, timeToLive), IMapCell<K, V> where K : notnull
{
    private readonly Codec<K> _keys = Codecs.Key<K>();
    private readonly Func<K, K>? _canonical = Canonical.For<K>();
    private readonly ByteWriter _bytes = new();

    protected override string Suffix => $", {_keys.Schema}";

    public IEnumerable<KeyValuePair<K, V>> Entries
    {
        get
        {
            if (Of(Storage.Current) is not Dictionary<K, MapEntry<K, V>> map) return [];
            MapEntry<K, V>[] entries = [.. map.Values.Where(IsVisible)];
            Array.Sort(entries, static (a, b) => a.Bytes.AsSpan().SequenceCompareTo(b.Bytes));
            return entries.Select(e => KeyValuePair.Create(e.Key, e.Value));
        }
    }

    public bool TryGet(K key, [MaybeNullWhen(false)] out V value)
    {
        var entry = Entry(Storage.Current, key);
        var visible = IsVisible(entry);
        value = visible ? entry!.Value : default;
        return visible;
    }

    public void Set(K key, V value)
    {
        var owner = Storage.Current;
        var entry = Entry(owner, key);
        if (entry is null)
        {
            _bytes.Clear();
            _keys.Write(_bytes, key);
            entry = Made(owner, _canonical is null ? key : _canonical(key), _bytes.Written.ToArray());
        }

        Put(owner, entry, value);
    }

    public void Remove(K key)
    {
        var owner = Storage.Current;
        if (Entry(owner, key) is { } entry) Remove(owner, entry);
    }

    protected override void WriteSuffix(ByteWriter bytes, MapEntry<K, V> entry) => bytes.WriteBytes(entry.Bytes);

    protected override MapEntry<K, V> ReadSuffix(ByteReader reader, ProcessorKey key)
    {
        var bytes = reader.Rest.ToArray();
        return Made(key, _keys.Read(reader), bytes);
    }

    public override long Sweep(ProcessorKey key, long until)
    {
        var next = long.MaxValue;
        if (Of(key) is not Dictionary<K, MapEntry<K, V>> map) return next;
        foreach (var entry in map.Values)
        {
            if (HasExpired(entry, until)) Remove(key, entry);
            else if (entry.Exists) next = Math.Min(next, ExpiryOf(entry.Written));
        }

        return next;
    }

    protected override void Forget(ProcessorKey key, MapEntry<K, V> entry)
    {
        var map = (Dictionary<K, MapEntry<K, V>>)Of(key)!;
        map.Remove(entry.Key);
        if (map.Count == 0) Of(key) = null;
    }

    private MapEntry<K, V>? Entry(ProcessorKey owner, K key) => Of(owner) is Dictionary<K, MapEntry<K, V>> map ? map.GetValueOrDefault(key) : null;

    private MapEntry<K, V> Made(ProcessorKey owner, K key, byte[] bytes)
    {
        var map = (Dictionary<K, MapEntry<K, V>>)(Of(owner) ??= new Dictionary<K, MapEntry<K, V>>(SeededEquality<K>.Instance));
        return map[key] = new MapEntry<K, V>(key, bytes);
    }
}
