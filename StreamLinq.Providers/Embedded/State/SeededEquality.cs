// Equality for dictionaries and sets of keys that come from outside: without the seed they could be chosen to collide, and each look-up would walk through all of them.
using System.Security.Cryptography;

namespace StreamLinq.Embedded;

/// <summary>Compares as keys are compared, with a hash that is another one in each process. Thread-safe.</summary>
internal sealed class SeededEquality<T> : IEqualityComparer<T>
{
    internal static readonly SeededEquality<T> Instance = new();

    private readonly ulong _seed = BitConverter.ToUInt64(RandomNumberGenerator.GetBytes(sizeof(ulong)));

    public bool Equals(T? x, T? y) => EqualityComparer<T>.Default.Equals(x, y);

    public int GetHashCode(T obj) => (int)(default(CompiledHash<T>).Hash(obj, _seed) >> 32);
}
