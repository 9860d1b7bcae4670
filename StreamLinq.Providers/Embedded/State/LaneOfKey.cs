// Which of several workers has a key. Tables find a key's slot by the upper bits of its hash, so those are mixed with the others first: each worker's keys are spread over its whole table.
using System.Runtime.CompilerServices;

namespace StreamLinq.Embedded;

internal static class LaneOfKey
{
    private const ulong Odd = 0xD6E8FEB86659FD93;

    /// <summary>The hash of a key; the same as that of the <see cref="IKeyHash{TKey}"/> for its type.</summary>
    internal static ulong HashOf<TKey>(TKey key, ulong seed) => default(CompiledHash<TKey>).Hash(key, seed);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static int Of(ulong hash, int lanes) => (int)(((((hash ^ (hash >> 32)) * Odd) >> 32) * (ulong)lanes) >> 32);
}
