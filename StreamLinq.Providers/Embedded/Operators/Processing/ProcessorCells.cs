// What values, lists and maps of a processor have in common: entries per key, each stored under a key of its own, so that an epoch writes the entries it changed and no others.
// With a time to live an entry is stored with the time it was written: the duration can be changed without losing what is there.
using System.Runtime.CompilerServices;

namespace StreamLinq.Embedded;

/// <summary>One declared state of a processor, for all keys: a table of the checkpoint.</summary>
internal abstract class ProcessorCells(ProcessorStorage storage, int index, string name, TimeSpan? timeToLive) : IKeyedTable
{
    protected ProcessorStorage Storage => storage;

    public string Name { get; } = $"{storage.Name}/{name}";

    public abstract string Schema { get; }

    public bool Expires => timeToLive is not null;

    public abstract long MemoryBytes { get; }

    protected ref object? Of(ProcessorKey key) => ref key.States[index];

    public abstract ulong HashOf(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value, ulong seed);

    public abstract void Restore(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value);

    public abstract void WriteChanges(StateDelta delta, int table);

    /// <summary>Frees the entries of a key that have lived until then or shorter; gives when the next one will have, or the end of time.</summary>
    public abstract long Sweep(ProcessorKey key, long until);

    /// <summary>Ends the epoch; what it changed has been written.</summary>
    public abstract void EndEpoch();

    protected long ExpiryOf(long written) => timeToLive is not { Ticks: var ticks } || written > long.MaxValue - ticks ? long.MaxValue : written + ticks;
}

/// <summary>A value, an item of a list or an entry of a map.</summary>
internal class StateEntry<V>
{
    public V Value = default!;

    /// <summary>When it was written last, in UTC ticks.</summary>
    public long Written;

    /// <summary>The place in a list.</summary>
    public long Place;

    public bool Exists;

    /// <summary>Whether the checkpoint has it.</summary>
    public bool IsKept;

    public bool IsChanged;
}

/// <summary>Entries of one kind.</summary>
internal abstract class ProcessorCells<TEntry, V>(ProcessorStorage storage, int index, string name, TimeSpan? timeToLive) : ProcessorCells(storage, index, name, timeToLive)
    where TEntry : StateEntry<V>
{
    private const int EntryBytes = 72;

    private readonly Codec<V> _values = Codecs.Value<V>();
    private readonly List<(ProcessorKey Key, TEntry Entry)> _changed = [];
    private readonly ByteWriter _bytes = new();
    private readonly ByteReader _reader = new();
    private long _count;

    /// <summary>What follows the key in the stored key, as it stands in the schema.</summary>
    protected abstract string Suffix { get; }

    public override string Schema => $"{Storage.KeySchema}{Suffix} -> {(Expires ? "written, " : "")}{_values.Schema}";

    public override long MemoryBytes => _count * (EntryBytes + Unsafe.SizeOf<V>());

    /// <summary>Writes what tells an entry from the others of its key.</summary>
    protected abstract void WriteSuffix(ByteWriter bytes, TEntry entry);

    /// <summary>Reads what was written, and makes the entry.</summary>
    protected abstract TEntry ReadSuffix(ByteReader reader, ProcessorKey key);

    /// <summary>The epoch has ended, and the entry is gone.</summary>
    protected abstract void Forget(ProcessorKey key, TEntry entry);

    protected bool IsVisible(StateEntry<V>? entry) => entry is { Exists: true } && (!Expires || Storage.Now < ExpiryOf(entry.Written));

    protected bool HasExpired(TEntry entry, long until) => entry.Exists && ExpiryOf(entry.Written) <= until;

    protected void Put(ProcessorKey key, TEntry entry, V value)
    {
        if (!entry.Exists) Came(key, entry);
        entry.Value = value;
        entry.Written = Storage.Now;
        Note(key, entry);
        if (Expires) Storage.Expires(key, ExpiryOf(entry.Written));
    }

    protected void Remove(ProcessorKey key, TEntry entry)
    {
        if (!entry.Exists) return;
        entry.Exists = false;
        entry.Value = default!;
        key.Entries--;
        _count--;
        Note(key, entry);
    }

    private void Came(ProcessorKey key, TEntry entry)
    {
        entry.Exists = true;
        key.Entries++;
        _count++;
    }

    private void Note(ProcessorKey key, TEntry entry)
    {
        key.IsChanged = true;
        if (entry.IsChanged) return;
        entry.IsChanged = true;
        _changed.Add((key, entry));
    }

    public override ulong HashOf(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value, ulong seed)
    {
        _reader.Load(key);
        return Storage.HashOf(_reader, seed);
    }

    public override void Restore(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value)
    {
        _reader.Load(key);
        var owner = Storage.Find(_reader);
        var entry = ReadSuffix(_reader, owner);
        RequireEnd();
        _reader.Load(value);
        if (Expires) entry.Written = _reader.ReadInt64();
        entry.Value = _values.Read(_reader);
        RequireEnd();
        Came(owner, entry);
        entry.IsKept = owner.IsKept = true;
        if (Expires) Storage.Expires(owner, ExpiryOf(entry.Written));
    }

    private void RequireEnd()
    {
        if (!_reader.AtEnd) CodecErrors.ThrowDamaged($"{_reader.Remaining} bytes are left over");
    }

    public override void WriteChanges(StateDelta delta, int table)
    {
        foreach (var (key, entry) in _changed)
        {
            if (!entry.Exists && !entry.IsKept) continue;
            _bytes.Clear();
            _bytes.WriteBytes(key.Bytes);
            WriteSuffix(_bytes, entry);
            var keyLength = _bytes.Length;
            if (!entry.Exists)
            {
                delta.Remove(table, _bytes.Slice(0, keyLength));
                continue;
            }

            if (Expires) _bytes.WriteInt64(entry.Written);
            _values.Write(_bytes, entry.Value);
            delta.Put(table, _bytes.Slice(0, keyLength), _bytes.Slice(keyLength, _bytes.Length - keyLength));
        }
    }

    public override void EndEpoch()
    {
        foreach (var (key, entry) in _changed)
        {
            entry.IsChanged = false;
            entry.IsKept = entry.Exists;
            if (!entry.Exists) Forget(key, entry);
        }

        _changed.Clear();
    }
}
