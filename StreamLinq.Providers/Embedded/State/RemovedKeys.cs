// Keys that were removed from memory and that the base still has, until the removal is folded into it. Without them an entry would come back from the dead.
namespace StreamLinq.Embedded;

/// <summary>Keys as bytes, with the epoch of their removal. One caller at a time.</summary>
internal sealed class RemovedKeys
{
    private readonly Dictionary<byte[], long> _keys;
    private readonly Dictionary<byte[], long>.AlternateLookup<ReadOnlySpan<byte>> _bySpan;
    private long _bytes;

    internal RemovedKeys()
    {
        _keys = new Dictionary<byte[], long>(KeyBytes.RandomlySeeded());
        _bySpan = _keys.GetAlternateLookup<ReadOnlySpan<byte>>();
    }

    internal int Count => _keys.Count;

    internal long MemoryBytes => _bytes + (_keys.Count * 64L);

    internal void Add(ReadOnlySpan<byte> key, long epoch)
    {
        if (!_bySpan.ContainsKey(key)) _bytes += key.Length;
        _bySpan[key] = epoch;
    }

    internal bool Contains(ReadOnlySpan<byte> key) => _bySpan.ContainsKey(key);

    /// <summary>Forgets what was removed in an epoch or before.</summary>
    internal void Forget(long epoch)
    {
        if (_keys.Count == 0) return;
        foreach (var (key, removed) in _keys)
        {
            if (removed > epoch) continue;
            _keys.Remove(key);
            _bytes -= key.Length;
        }
    }
}
