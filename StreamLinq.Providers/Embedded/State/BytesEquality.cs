// Equality of rows by their bytes, with a seeded hash, looked up by a span so that a row that is known costs no array.
using System.Security.Cryptography;

namespace StreamLinq.Embedded;

internal sealed class BytesEquality : IEqualityComparer<byte[]>, IAlternateEqualityComparer<ReadOnlySpan<byte>, byte[]>
{
    private readonly ulong _seed = BitConverter.ToUInt64(RandomNumberGenerator.GetBytes(sizeof(ulong)));

    public bool Equals(byte[]? x, byte[]? y) => x.AsSpan().SequenceEqual(y);

    public int GetHashCode(byte[] obj) => GetHashCode(obj.AsSpan());

    public bool Equals(ReadOnlySpan<byte> alternate, byte[] other) => alternate.SequenceEqual(other);

    public int GetHashCode(ReadOnlySpan<byte> alternate) => (int)(KeyHash.OfBytes(alternate, _seed) >> 32);

    public byte[] Create(ReadOnlySpan<byte> alternate) => alternate.ToArray();
}
