// Hashes the base's keys with the checkpoint's seed: keys come from outside, and who knows the hash could send ones that collide.
// The seed is kept with the checkpoint because FASTER's index checkpoint holds hashes.
using System.Numerics;
using System.Runtime.InteropServices;
using FASTER.core;

namespace StreamLinq.Embedded;

internal sealed class SeededKeyComparer(ulong seed) : IFasterEqualityComparer<SpanByte>
{
    public long GetHashCode64(ref SpanByte k) => (long)Hash(k.AsReadOnlySpan(), seed);

    public bool Equals(ref SpanByte k1, ref SpanByte k2) => k1.AsReadOnlySpan().SequenceEqual(k2.AsReadOnlySpan());

    // Multiply and fold with a secret start: each word's product depends on all before it.
    internal static ulong Hash(ReadOnlySpan<byte> bytes, ulong seed)
    {
        var hash = seed ^ ((ulong)bytes.Length * 0x9E3779B97F4A7C15UL);
        foreach (var word in MemoryMarshal.Cast<byte, ulong>(bytes))
            hash = Fold(hash ^ word, 0xA0761D6478BD642FUL ^ BitOperations.RotateLeft(seed, 23));
        ulong last = 0;
        foreach (var b in bytes[(bytes.Length & ~7)..])
            last = (last << 8) | b;
        return Fold(hash ^ last, 0xE7037ED1A0B428DBUL ^ BitOperations.RotateLeft(seed, 41));
    }

    private static ulong Fold(ulong a, ulong b)
    {
        var high = Math.BigMul(a, b, out var low);
        return high ^ low;
    }
}
