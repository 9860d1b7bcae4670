// One value per key.
using System.Diagnostics.CodeAnalysis;

namespace StreamLinq.Embedded;

internal sealed class ValueCells<V>(ProcessorStorage storage, int index, string name, TimeSpan? timeToLive)
    : ProcessorCells<StateEntry<V>, V>(storage, index, name, timeToLive), IValueCell<V>
{
    protected override string Suffix => "";

    public bool TryGet([MaybeNullWhen(false)] out V value)
    {
        var entry = (StateEntry<V>?)Of(Storage.Current);
        var visible = IsVisible(entry);
        value = visible ? entry!.Value : default;
        return visible;
    }

    public void Set(V value)
    {
        var key = Storage.Current;
        Put(key, (StateEntry<V>)(Of(key) ??= new StateEntry<V>()), value);
    }

    public void Clear()
    {
        var key = Storage.Current;
        if (Of(key) is StateEntry<V> entry) Remove(key, entry);
    }

    protected override void WriteSuffix(ByteWriter bytes, StateEntry<V> entry)
    {
    }

    protected override StateEntry<V> ReadSuffix(ByteReader reader, ProcessorKey key)
    {
        var entry = new StateEntry<V>();
        Of(key) = entry;
        return entry;
    }

    public override long Sweep(ProcessorKey key, long until)
    {
        if (Of(key) is not StateEntry<V> { Exists: true } entry) return long.MaxValue;
        if (!HasExpired(entry, until)) return ExpiryOf(entry.Written);
        Remove(key, entry);
        return long.MaxValue;
    }

    protected override void Forget(ProcessorKey key, StateEntry<V> entry) => Of(key) = null;
}
