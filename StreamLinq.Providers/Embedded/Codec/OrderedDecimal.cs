// Decimals in keys: 1.0 and 1.00 are one key. The value is ±0.d1d2d3… × 10^e without trailing zeros.
// First byte: 80 for zero, 80 + e + 30 if positive (e is -27 to 29). Then two digits a byte, twice their number, plus one if more follow:
// a prefix sorts before what continues it. All bytes of a negative number are inverted. 12.34 takes three bytes.
namespace StreamLinq.Embedded;

internal static class OrderedDecimal
{
    private const int Middle = 0x80;
    private const int Bias = 30;
    private const int MaxPairs = 15;

    public static void Write(ByteWriter writer, decimal value)
    {
        Span<int> bits = stackalloc int[4];
        decimal.GetBits(value, bits);
        var scale = (bits[3] >> 16) & 0xFF;
        var mask = bits[3] < 0 ? (byte)0xFF : (byte)0;
        var mantissa = new UInt128((uint)bits[2], ((ulong)(uint)bits[1] << 32) | (uint)bits[0]);
        if (mantissa == UInt128.Zero)
        {
            writer.WriteByte(Middle);
            return;
        }

        // Pairs are taken from the low end, so the digits are counted first: an odd count gets a zero at the end.
        var digits = Digits(mantissa);
        var exponent = digits - scale;
        if ((digits & 1) != 0) mantissa *= 10;
        Span<byte> pairs = stackalloc byte[MaxPairs];
        var count = (digits + 1) / 2;
        for (var i = count - 1; i >= 0; i--)
        {
            if (mantissa <= ulong.MaxValue)
            {
                var (rest, pair) = Math.DivRem((ulong)mantissa, 100UL);
                pairs[i] = (byte)pair;
                mantissa = rest;
            }
            else
            {
                var (rest, pair) = UInt128.DivRem(mantissa, 100);
                pairs[i] = (byte)pair;
                mantissa = rest;
            }
        }

        while (pairs[count - 1] == 0) count--;
        var span = writer.Reserve(count + 1);
        span[0] = (byte)((Middle + Bias + exponent) ^ mask);
        for (var i = 0; i < count; i++) span[i + 1] = (byte)(((pairs[i] * 2) + (i < count - 1 ? 1 : 0)) ^ mask);
        writer.Advance(count + 1);
    }

    public static decimal Read(ByteReader reader)
    {
        int first = reader.ReadByte();
        if (first == Middle) return decimal.Zero;
        var negative = first < Middle;
        var mask = negative ? 0xFF : 0;
        var exponent = (first ^ mask) - Middle - Bias;
        var mantissa = UInt128.Zero;
        var count = 0;
        for (var more = true; more; count++)
        {
            var b = reader.ReadByte() ^ mask;
            more = (b & 1) != 0;
            if (b >= 200 || count >= MaxPairs || (!more && b == 0)) CodecErrors.ThrowDamaged("a decimal has digits that are none");
            mantissa = (mantissa * 100) + (uint)(b >> 1);
        }

        var scale = (2 * count) - exponent;
        if (mantissa % 10 == UInt128.Zero && scale > 0)
        {
            mantissa /= 10;
            scale--;
        }

        if (scale is > 28 or < -28) CodecErrors.ThrowDamaged("a decimal is out of range");
        for (; scale < 0 && mantissa >> 96 == UInt128.Zero; scale++) mantissa *= 10;
        if (mantissa >> 96 != UInt128.Zero) CodecErrors.ThrowDamaged("a decimal is out of range");
        var low = (ulong)mantissa;
        return new decimal((int)low, (int)(low >> 32), (int)(uint)(mantissa >> 64), negative, (byte)scale);
    }

    private static int Digits(UInt128 value)
    {
        var count = 0;
        for (; value > ulong.MaxValue; value /= 10) count++;
        for (var low = (ulong)value; low > 0; low /= 10) count++;
        return count;
    }
}
