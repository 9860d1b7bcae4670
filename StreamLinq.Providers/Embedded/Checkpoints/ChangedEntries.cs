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
        _changes = new Dictionary<byte[], byte[]?>(new BytesComparer(BitConverter.ToUInt64(System.Security.Cryptography.RandomNumberGenerator.GetBytes(sizeof(ulong)))));
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

    private sealed class BytesComparer(ulong seed) : IEqualityComparer<byte[]>, IAlternateEqualityComparer<ReadOnlySpan<byte>, byte[]>
    {
        public bool Equals(byte[]? x, byte[]? y) => x.AsSpan().SequenceEqual(y);

        public int GetHashCode(byte[] obj) => (int)SeededKeyComparer.Hash(obj, seed);

        public bool Equals(ReadOnlySpan<byte> alternate, byte[] other) => alternate.SequenceEqual(other);

        public int GetHashCode(ReadOnlySpan<byte> alternate) => (int)SeededKeyComparer.Hash(alternate, seed);

        public byte[] Create(ReadOnlySpan<byte> alternate) => alternate.ToArray();
    }
}
