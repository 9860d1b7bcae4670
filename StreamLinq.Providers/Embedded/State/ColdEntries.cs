// The typed view of a table's entries that are out of memory: how many there are, how to look them up, and which of them the store still has although they are gone.
namespace StreamLinq.Embedded;

/// <summary>One caller at a time.</summary>
internal sealed class ColdEntries<TKey, TState>(ColdStore store, int table, Codec<TKey> keys, Codec<TState> states)
{
    private readonly ByteWriter _bytes = new();
    private readonly ByteReader _reader = new();
    private readonly RemovedKeys _removed = new();
    private readonly ColdRows _rows = store.RowsOf(table);

    /// <summary>How many entries are out of memory.</summary>
    internal long Rows
    {
        get => _rows.Count;
        set => _rows.Count = value;
    }

    internal long MemoryBytes => _removed.MemoryBytes;

    /// <summary>Looks one key up; an entry that is found counts as back in memory.</summary>
    internal bool TryTake(TKey key, out TState state)
    {
        var taken = false;
        var result = default(TState)!;
        if (Rows > 0)
            Take([0], _ => key, (_, found) =>
            {
                taken = true;
                result = found;
            });
        state = result;
        return taken;
    }

    /// <summary>Looks many keys up, given by number; the entries that are found are told, in no order that means anything, and count as back in memory.</summary>
    internal void Take(ReadOnlySpan<int> tags, Func<int, TKey> key, Action<int, TState> taken)
    {
        if (Rows == 0 || tags.Length == 0) return;
        store.Read(table, tags, (tag, bytes) => keys.Write(bytes, key(tag)), (tag, found, value) =>
        {
            if (!found || IsRemoved(key(tag))) return;
            Rows--;
            taken(tag, states.Decode(_reader, value));
        });
    }

    /// <summary>An entry leaves memory. Where folds do not see to it, it is written.</summary>
    internal void Leave(TKey key, TState state)
    {
        Rows++;
        if (!store.Writes) return;
        _bytes.Clear();
        keys.Write(_bytes, key);
        var length = _bytes.Length;
        states.Write(_bytes, state);
        store.Put(table, _bytes.Slice(0, length), _bytes.Slice(length, _bytes.Length - length));
    }

    /// <summary>An entry in memory has been removed; what the store has of it is void.</summary>
    /// <param name="key">Its key.</param>
    /// <param name="epoch">In which epoch of the run.</param>
    internal void Remove(TKey key, long epoch)
    {
        _bytes.Clear();
        keys.Write(_bytes, key);
        if (store.Writes) store.Remove(table, _bytes.Written);
        else _removed.Add(_bytes.Written, epoch);
    }

    /// <summary>What was removed up to an epoch of the run is no longer in the store.</summary>
    internal void Folded(long epoch) => _removed.Forget(epoch);

    private bool IsRemoved(TKey key)
    {
        if (_removed.Count == 0) return false;
        _bytes.Clear();
        keys.Write(_bytes, key);
        return _removed.Contains(_bytes.Written);
    }
}
