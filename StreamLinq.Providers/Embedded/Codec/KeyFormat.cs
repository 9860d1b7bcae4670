// How single values stand in keys: equal values have equal bytes, and comparing the bytes is comparing the values (CompareTo; strings ordinal).
// The compiler finds Write by the type of its argument and Read by the type's name.
using System.Globalization;
using System.Numerics;

namespace StreamLinq.Embedded;

internal static class KeyFormat
{
    private const ulong Sign64 = 1UL << 63;

    public static void Write(ByteWriter writer, bool value) => writer.WriteByte(value ? (byte)1 : (byte)0);

    public static bool ReadBoolean(ByteReader reader) => reader.ReadFlag();

    public static void Write(ByteWriter writer, byte value) => writer.WriteByte(value);

    public static byte ReadByte(ByteReader reader) => reader.ReadByte();

    public static void Write(ByteWriter writer, sbyte value) => writer.WriteByte((byte)(value ^ 0x80));

    public static sbyte ReadSByte(ByteReader reader) => (sbyte)(reader.ReadByte() ^ 0x80);

    public static void Write(ByteWriter writer, short value) => writer.WriteUInt16((ushort)(value ^ 0x8000));

    public static short ReadInt16(ByteReader reader) => (short)(reader.ReadUInt16() ^ 0x8000);

    public static void Write(ByteWriter writer, ushort value) => writer.WriteUInt16(value);

    public static ushort ReadUInt16(ByteReader reader) => reader.ReadUInt16();

    public static void Write(ByteWriter writer, char value) => writer.WriteUInt16(value);

    public static char ReadChar(ByteReader reader) => (char)reader.ReadUInt16();

    public static void Write(ByteWriter writer, int value) => writer.WriteUInt32((uint)value ^ 0x8000_0000);

    public static int ReadInt32(ByteReader reader) => (int)(reader.ReadUInt32() ^ 0x8000_0000);

    public static void Write(ByteWriter writer, uint value) => writer.WriteUInt32(value);

    public static uint ReadUInt32(ByteReader reader) => reader.ReadUInt32();

    public static void Write(ByteWriter writer, long value) => writer.WriteUInt64((ulong)value ^ Sign64);

    public static long ReadInt64(ByteReader reader) => (long)(reader.ReadUInt64() ^ Sign64);

    public static void Write(ByteWriter writer, ulong value) => writer.WriteUInt64(value);

    public static ulong ReadUInt64(ByteReader reader) => reader.ReadUInt64();

    public static void Write(ByteWriter writer, Int128 value) => writer.WriteUInt128((UInt128)value ^ (UInt128.One << 127));

    public static Int128 ReadInt128(ByteReader reader) => (Int128)(reader.ReadUInt128() ^ (UInt128.One << 127));

    public static void Write(ByteWriter writer, UInt128 value) => writer.WriteUInt128(value);

    public static UInt128 ReadUInt128(ByteReader reader) => reader.ReadUInt128();

    // Floating point: -0 is 0, every NaN is one NaN and sorts first as in CompareTo; negative numbers are inverted, the others get the sign bit.
    public static void Write(ByteWriter writer, Half value)
    {
        var bits = Half.IsNaN(value) ? (ushort)0xFE00 : value == Half.Zero ? (ushort)0 : BitConverter.HalfToUInt16Bits(value);
        writer.WriteUInt16((ushort)((bits & 0x8000) != 0 ? ~bits : bits | 0x8000));
    }

    public static Half ReadHalf(ByteReader reader)
    {
        var bits = reader.ReadUInt16();
        return BitConverter.UInt16BitsToHalf((ushort)((bits & 0x8000) != 0 ? bits & 0x7FFF : ~bits));
    }

    public static void Write(ByteWriter writer, float value)
    {
        var bits = float.IsNaN(value) ? 0xFFC0_0000 : value == 0 ? 0 : BitConverter.SingleToUInt32Bits(value);
        writer.WriteUInt32((bits & 0x8000_0000) != 0 ? ~bits : bits | 0x8000_0000);
    }

    public static float ReadSingle(ByteReader reader)
    {
        var bits = reader.ReadUInt32();
        return BitConverter.UInt32BitsToSingle((bits & 0x8000_0000) != 0 ? bits & 0x7FFF_FFFF : ~bits);
    }

    public static void Write(ByteWriter writer, double value)
    {
        var bits = double.IsNaN(value) ? 0xFFF8_0000_0000_0000 : value == 0 ? 0 : BitConverter.DoubleToUInt64Bits(value);
        writer.WriteUInt64((bits & Sign64) != 0 ? ~bits : bits | Sign64);
    }

    public static double ReadDouble(ByteReader reader)
    {
        var bits = reader.ReadUInt64();
        return BitConverter.UInt64BitsToDouble((bits & Sign64) != 0 ? bits & ~Sign64 : ~bits);
    }

    public static void Write(ByteWriter writer, decimal value) => OrderedDecimal.Write(writer, value);

    public static decimal ReadDecimal(ByteReader reader) => OrderedDecimal.Read(reader);

    public static void Write(ByteWriter writer, string? value) => OrderedText.Write(writer, value);

    public static string? ReadString(ByteReader reader) => OrderedText.Read(reader);

    public static void Write(ByteWriter writer, Guid value)
    {
        value.TryWriteBytes(writer.Reserve(16), bigEndian: true, out _);
        writer.Advance(16);
    }

    public static Guid ReadGuid(ByteReader reader) => new(reader.ReadBytes(16), bigEndian: true);

    // DateTimes are equal if their ticks are; the kind is no part of it, and a key comes back with kind Unspecified.
    public static void Write(ByteWriter writer, DateTime value) => writer.WriteUInt64((ulong)value.Ticks);

    public static DateTime ReadDateTime(ByteReader reader) => new(Ticks(reader.ReadUInt64(), DateTime.MaxValue.Ticks));

    // The instant; a key comes back with offset zero.
    public static void Write(ByteWriter writer, DateTimeOffset value) => writer.WriteUInt64((ulong)value.UtcTicks);

    public static DateTimeOffset ReadDateTimeOffset(ByteReader reader) => new(Ticks(reader.ReadUInt64(), DateTime.MaxValue.Ticks), TimeSpan.Zero);

    public static void Write(ByteWriter writer, TimeSpan value) => Write(writer, value.Ticks);

    public static TimeSpan ReadTimeSpan(ByteReader reader) => new(ReadInt64(reader));

    public static void Write(ByteWriter writer, DateOnly value) => writer.WriteUInt32((uint)value.DayNumber);

    public static DateOnly ReadDateOnly(ByteReader reader) => DateOnly.FromDayNumber((int)Ticks(reader.ReadUInt32(), DateOnly.MaxValue.DayNumber));

    public static void Write(ByteWriter writer, TimeOnly value) => writer.WriteUInt64((ulong)value.Ticks);

    public static TimeOnly ReadTimeOnly(ByteReader reader) => new(Ticks(reader.ReadUInt64(), TimeOnly.MaxValue.Ticks));

    // 0, 1, 2 for negative, zero, positive; then the length of the magnitude and the magnitude, both inverted if negative.
    public static void Write(ByteWriter writer, BigInteger value)
    {
        writer.WriteByte((byte)(value.Sign + 1));
        if (value.IsZero) return;
        var magnitude = BigInteger.Abs(value);
        var count = magnitude.GetByteCount(isUnsigned: true);
        var mask = value.Sign < 0 ? (byte)0xFF : (byte)0;
        writer.WriteUInt32((uint)count ^ (mask == 0 ? 0 : uint.MaxValue));
        var span = writer.Reserve(count)[..count];
        magnitude.TryWriteBytes(span, out _, isUnsigned: true, isBigEndian: true);
        foreach (ref var b in span) b ^= mask;
        writer.Advance(count);
    }

    public static BigInteger ReadBigInteger(ByteReader reader)
    {
        var sign = reader.ReadByte();
        if (sign == 1) return BigInteger.Zero;
        if (sign > 2) CodecErrors.ThrowDamaged(string.Create(CultureInfo.InvariantCulture, $"{sign} is no sign"));
        var count = reader.ReadUInt32() ^ (sign == 0 ? uint.MaxValue : 0);
        if (count > (uint)reader.Remaining) CodecErrors.ThrowDamaged("an integer is longer than what remains");
        var bytes = reader.ReadBytes((int)count).ToArray();
        if (sign == 0) foreach (ref var b in bytes.AsSpan()) b ^= 0xFF;
        var magnitude = new BigInteger(bytes, isUnsigned: true, isBigEndian: true);
        return sign == 0 ? -magnitude : magnitude;
    }

    private static long Ticks(ulong value, long max)
    {
        if (value > (ulong)max) CodecErrors.ThrowDamaged("a date or time is out of range");
        return (long)value;
    }
}
