// The checksum of everything a checkpoint writes: CRC-32C, by the processor's instruction where there is one.
using System.Buffers.Binary;
using System.Numerics;

namespace StreamLinq.Embedded;

internal static class Crc32C
{
    internal static uint Of(ReadOnlySpan<byte> bytes)
    {
        var crc = uint.MaxValue;
        for (; bytes.Length >= sizeof(ulong); bytes = bytes[sizeof(ulong)..])
            crc = BitOperations.Crc32C(crc, BinaryPrimitives.ReadUInt64LittleEndian(bytes));
        foreach (var b in bytes)
            crc = BitOperations.Crc32C(crc, b);
        return ~crc;
    }
}
