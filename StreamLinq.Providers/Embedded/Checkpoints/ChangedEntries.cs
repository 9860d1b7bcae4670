// The unfolded deltas laid over each other: of several changes to a key the last counts.
namespace StreamLinq.Embedded;

/// <summary>Changes by key. One caller at a time.</summary>
internal sealed class ChangedEntries
{
    private readonly Dictionary<byte[], byte[]?> _changes;
    private readonly Dictionary<byte[], byte[]?>.AlternateLookup<ReadOnlySpan<byte>> _bySpan;
    private byte[] _buffer = new byte[256];

    internal ChangedEntries()
    {
        _changes = new Dictionary<byte[], byte[]?>(KeyBytes.RandomlySeeded());
        _bySpan = _changes.GetAlternateLookup<ReadOnlySpan<byte>>();
    }

    internal void Add(int operatorId, ReadOnlySpan<byte> key, bool removed, ReadOnlySpan<byte> value) =>
        _bySpan[BaseStore.KeyOf(operatorId, key, ref _buffer)] = removed ? null : value.ToArray();

    internal bool Contains(ReadOnlySpan<byte> storeKey) => _bySpan.ContainsKey(storeKey);

    internal void VisitPuts(StateVisitor visit)
    {
        foreach (var (key, value) in _changes)
        {
            if (value is not null)
                visit(BitConverter.ToInt32(key), key.AsSpan(sizeof(int)), value);
        }
    }
}
