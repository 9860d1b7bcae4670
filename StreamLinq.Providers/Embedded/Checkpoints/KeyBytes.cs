// Compares keys in their stored form, with a seeded hash: they come from outside.
using System.Security.Cryptography;

namespace StreamLinq.Embedded;

/// <summary>Equality of byte arrays and spans. Thread-safe.</summary>
internal sealed class KeyBytes(ulong seed) : IEqualityComparer<byte[]>, IAlternateEqualityComparer<ReadOnlySpan<byte>, byte[]>
{
    internal static KeyBytes RandomlySeeded() => new(BitConverter.ToUInt64(RandomNumberGenerator.GetBytes(sizeof(ulong))));

    public bool Equals(byte[]? x, byte[]? y) => x.AsSpan().SequenceEqual(y);

    public int GetHashCode(byte[] obj) => (int)SeededKeyComparer.Hash(obj, seed);

    public bool Equals(ReadOnlySpan<byte> alternate, byte[] other) => alternate.SequenceEqual(other);

    public int GetHashCode(ReadOnlySpan<byte> alternate) => (int)SeededKeyComparer.Hash(alternate, seed);

    public byte[] Create(ReadOnlySpan<byte> alternate) => alternate.ToArray();
}
