// How single values stand in values: compact, exact to the last bit (NaN payloads, -0.0, 1.00m, the kind of a DateTime), one form for each.
// The compiler finds Write by the type of its argument and Read by the type's name.
using System.Buffers;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Unicode;

namespace StreamLinq.Embedded;

internal static class ValueFormat
{
    private const int KindShift = 62;

    public static void Write(ByteWriter writer, bool value) => writer.WriteByte(value ? (byte)1 : (byte)0);

    public static bool ReadBoolean(ByteReader reader) => reader.ReadFlag();

    public static void Write(ByteWriter writer, byte value) => writer.WriteByte(value);

    public static byte ReadByte(ByteReader reader) => reader.ReadByte();

    public static void Write(ByteWriter writer, sbyte value) => writer.WriteByte((byte)value);

    public static sbyte ReadSByte(ByteReader reader) => (sbyte)reader.ReadByte();

    public static void Write(ByteWriter writer, short value) => writer.WriteVarInt64(value);

    public static short ReadInt16(ByteReader reader) => (short)Signed(reader, short.MinValue, short.MaxValue);

    public static void Write(ByteWriter writer, ushort value) => writer.WriteVarUInt64(value);

    public static ushort ReadUInt16(ByteReader reader) => (ushort)Unsigned(reader, ushort.MaxValue);

    public static void Write(ByteWriter writer, char value) => writer.WriteVarUInt64(value);

    public static char ReadChar(ByteReader reader) => (char)Unsigned(reader, char.MaxValue);

    public static void Write(ByteWriter writer, int value) => writer.WriteVarInt64(value);

    public static int ReadInt32(ByteReader reader) => (int)Signed(reader, int.MinValue, int.MaxValue);

    public static void Write(ByteWriter writer, uint value) => writer.WriteVarUInt64(value);

    public static uint ReadUInt32(ByteReader reader) => (uint)Unsigned(reader, uint.MaxValue);

    public static void Write(ByteWriter writer, long value) => writer.WriteVarInt64(value);

    public static long ReadInt64(ByteReader reader) => reader.ReadVarInt64();

    public static void Write(ByteWriter writer, ulong value) => writer.WriteVarUInt64(value);

    public static ulong ReadUInt64(ByteReader reader) => reader.ReadVarUInt64();

    public static void Write(ByteWriter writer, Int128 value) => writer.WriteUInt128((UInt128)value);

    public static Int128 ReadInt128(ByteReader reader) => (Int128)reader.ReadUInt128();

    public static void Write(ByteWriter writer, UInt128 value) => writer.WriteUInt128(value);

    public static UInt128 ReadUInt128(ByteReader reader) => reader.ReadUInt128();

    public static void Write(ByteWriter writer, Half value) => writer.WriteUInt16(BitConverter.HalfToUInt16Bits(value));

    public static Half ReadHalf(ByteReader reader) => BitConverter.UInt16BitsToHalf(reader.ReadUInt16());

    public static void Write(ByteWriter writer, float value) => writer.WriteUInt32(BitConverter.SingleToUInt32Bits(value));

    public static float ReadSingle(ByteReader reader) => BitConverter.UInt32BitsToSingle(reader.ReadUInt32());

    public static void Write(ByteWriter writer, double value) => writer.WriteDouble(value);

    public static double ReadDouble(ByteReader reader) => reader.ReadDouble();

    // One byte: sign, scale (0 to 28) and how many words of four bytes follow (0 to 3).
    public static void Write(ByteWriter writer, decimal value)
    {
        Span<int> bits = stackalloc int[4];
        decimal.GetBits(value, bits);
        var words = bits[2] != 0 ? 3 : bits[1] != 0 ? 2 : bits[0] != 0 ? 1 : 0;
        writer.WriteByte((byte)((bits[3] < 0 ? 0x80 : 0) | (((bits[3] >> 16) & 0xFF) << 2) | words));
        for (var i = 0; i < words; i++) writer.WriteInt32(bits[i]);
    }

    public static decimal ReadDecimal(ByteReader reader)
    {
        var head = reader.ReadByte();
        var words = head & 3;
        var scale = (head & 0x7F) >> 2;
        if (scale > 28) CodecErrors.ThrowDamaged("a decimal is out of range");
        var low = words > 0 ? reader.ReadInt32() : 0;
        var middle = words > 1 ? reader.ReadInt32() : 0;
        var high = words > 2 ? reader.ReadInt32() : 0;
        return new decimal(low, middle, high, head >= 0x80, (byte)scale);
    }

    // 0 for null; else 1 + 2 × bytes and UTF-8, or 2 + 2 × bytes and UTF-16 for a string with half a surrogate pair, which UTF-8 cannot hold.
    public static void Write(ByteWriter writer, string? value)
    {
        if (value is null)
        {
            writer.WriteByte(0);
            return;
        }

        var start = writer.Length;
        var bytes = value.Length <= 20 ? -1 : Encoding.UTF8.GetByteCount(value);
        if (bytes < 0)
        {
            // At most 60 bytes: the length takes one byte, written afterwards.
            var span = writer.Reserve(1 + (3 * value.Length));
            if (Utf8.FromUtf16(value, span[1..], out _, out bytes, replaceInvalidSequences: false) == OperationStatus.Done)
            {
                span[0] = (byte)((2 * bytes) + 1);
                writer.Advance(bytes + 1);
                return;
            }
        }
        else
        {
            writer.WriteVarUInt64((2UL * (uint)bytes) + 1);
            if (Utf8.FromUtf16(value, writer.Reserve(bytes), out _, out _, replaceInvalidSequences: false) == OperationStatus.Done)
            {
                writer.Advance(bytes);
                return;
            }
        }

        writer.Rewind(start);
        writer.WriteVarUInt64((4UL * (uint)value.Length) + 2);
        foreach (var unit in value) writer.WriteUInt16(unit);
    }

    public static string? ReadString(ByteReader reader)
    {
        var head = reader.ReadVarUInt64();
        if (head == 0) return null;
        var count = (head - 1) >> 1;
        if (count > (ulong)reader.Remaining) CodecErrors.ThrowDamaged($"a text of {count} bytes does not fit into the {reader.Remaining} that remain");
        return (head & 1) == 1 ? Utf8Text(reader.ReadBytes((int)count)) : Utf16Text(reader.ReadBytes((int)count));
    }

    public static void Write(ByteWriter writer, Guid value)
    {
        value.TryWriteBytes(writer.Reserve(16));
        writer.Advance(16);
    }

    public static Guid ReadGuid(ByteReader reader) => new(reader.ReadBytes(16));

    public static void Write(ByteWriter writer, DateTime value) => writer.WriteUInt64((ulong)value.Ticks | ((ulong)value.Kind << KindShift));

    public static DateTime ReadDateTime(ByteReader reader)
    {
        var bits = reader.ReadUInt64();
        var kind = (int)(bits >> KindShift);
        if (kind > 2) CodecErrors.ThrowDamaged("a DateTime has no such kind");
        return new DateTime(InRange((long)(bits & ((1UL << KindShift) - 1)), DateTime.MaxValue.Ticks), (DateTimeKind)kind);
    }

    public static void Write(ByteWriter writer, DateTimeOffset value)
    {
        writer.WriteUInt64((ulong)value.UtcTicks);
        writer.WriteVarInt64(value.TotalOffsetMinutes);
    }

    public static DateTimeOffset ReadDateTimeOffset(ByteReader reader)
    {
        var utc = InRange(reader.ReadInt64(), DateTime.MaxValue.Ticks);
        var offset = Signed(reader, -14 * 60, 14 * 60) * TimeSpan.TicksPerMinute;
        return new DateTimeOffset(InRange(utc + offset, DateTime.MaxValue.Ticks), new TimeSpan(offset));
    }

    public static void Write(ByteWriter writer, TimeSpan value) => writer.WriteVarInt64(value.Ticks);

    public static TimeSpan ReadTimeSpan(ByteReader reader) => new(reader.ReadVarInt64());

    public static void Write(ByteWriter writer, DateOnly value) => writer.WriteVarUInt64((uint)value.DayNumber);

    public static DateOnly ReadDateOnly(ByteReader reader) => DateOnly.FromDayNumber((int)Unsigned(reader, (ulong)DateOnly.MaxValue.DayNumber));

    public static void Write(ByteWriter writer, TimeOnly value) => writer.WriteVarUInt64((ulong)value.Ticks);

    public static TimeOnly ReadTimeOnly(ByteReader reader) => new((long)Unsigned(reader, (ulong)TimeOnly.MaxValue.Ticks));

    public static void Write(ByteWriter writer, BigInteger value)
    {
        var count = value.GetByteCount();
        writer.WriteVarUInt64((uint)count);
        value.TryWriteBytes(writer.Reserve(count), out _);
        writer.Advance(count);
    }

    public static BigInteger ReadBigInteger(ByteReader reader)
    {
        var count = reader.ReadVarUInt64();
        if (count > (ulong)reader.Remaining) CodecErrors.ThrowDamaged("an integer is longer than what remains");
        return new BigInteger(reader.ReadBytes((int)count));
    }

    // byte[]: the compiler treats it as one value.
    public static void Write(ByteWriter writer, byte[]? value)
    {
        if (value is null)
        {
            writer.WriteByte(0);
            return;
        }

        writer.WriteVarUInt64((ulong)value.Length + 1);
        writer.WriteBytes(value);
    }

    public static byte[]? ReadBytes(ByteReader reader)
    {
        var count = reader.ReadCount(1);
        return count < 0 ? null : reader.ReadBytes(count).ToArray();
    }

    [SkipLocalsInit]
    private static string Utf8Text(ReadOnlySpan<byte> bytes)
    {
        if (Ascii.IsValid(bytes)) return Encoding.Latin1.GetString(bytes);
        var rented = bytes.Length > 256 ? ArrayPool<char>.Shared.Rent(bytes.Length) : null;
        try
        {
            var units = rented ?? stackalloc char[256];
            if (Utf8.ToUtf16(bytes, units, out _, out var count, replaceInvalidSequences: false) != OperationStatus.Done) CodecErrors.ThrowDamaged("a text is not UTF-8");
            return new string(units[..count]);
        }
        finally
        {
            if (rented is not null) ArrayPool<char>.Shared.Return(rented);
        }
    }

    private static string Utf16Text(ReadOnlySpan<byte> bytes)
    {
        if ((bytes.Length & 1) != 0) CodecErrors.ThrowDamaged("a text breaks off inside a letter");
        return string.Create(bytes.Length / 2, bytes, static (units, from) =>
        {
            for (var i = 0; i < units.Length; i++) units[i] = (char)((from[2 * i] << 8) | from[(2 * i) + 1]);
        });
    }

    private static long Signed(ByteReader reader, long min, long max)
    {
        var value = reader.ReadVarInt64();
        if (value < min || value > max) CodecErrors.ThrowDamaged("a number is out of range");
        return value;
    }

    private static ulong Unsigned(ByteReader reader, ulong max)
    {
        var value = reader.ReadVarUInt64();
        if (value > max) CodecErrors.ThrowDamaged("a number is out of range");
        return value;
    }

    private static long InRange(long ticks, long max)
    {
        if ((ulong)ticks > (ulong)max) CodecErrors.ThrowDamaged("a date or time is out of range");
        return ticks;
    }
}
