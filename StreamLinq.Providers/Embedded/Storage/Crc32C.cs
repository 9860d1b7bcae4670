// The checksum of everything a checkpoint writes: CRC-32C, by the processor's instruction where there is one.
using System.Buffers.Binary;
using System.Numerics;

namespace StreamLinq.Embedded;

internal static class Crc32C
{
    internal const uint Begin = uint.MaxValue;

    internal static uint Of(ReadOnlySpan<byte> bytes) => End(Continue(Begin, bytes));

    /// <summary>Adds bytes to a sum that goes on; all pieces but the last have a length that 8 divides.</summary>
    internal static uint Continue(uint crc, ReadOnlySpan<byte> bytes)
    {
        for (; bytes.Length >= sizeof(ulong); bytes = bytes[sizeof(ulong)..])
            crc = BitOperations.Crc32C(crc, BinaryPrimitives.ReadUInt64LittleEndian(bytes));
        foreach (var b in bytes)
            crc = BitOperations.Crc32C(crc, b);
        return crc;
    }

    internal static uint End(uint crc) => ~crc;
}
