// Strings in keys: null is 00; otherwise each UTF-16 unit as in UTF-8 (surrogates singly, three bytes each), then 01.
// Units 0, 1, 2 are 02 02, 02 03, 02 04, so 00 and 01 stand nowhere inside. The order is string.CompareOrdinal, null first; every string,
// also one with half a surrogate pair, comes back as it was; plain UTF-8 would give neither. One byte more than the text, mostly.
using System.Buffers;
using System.Runtime.CompilerServices;
using System.Text;

namespace StreamLinq.Embedded;

internal static class OrderedText
{
    private const byte End = 1;
    private const byte Escape = 2;

    public static void Write(ByteWriter writer, string? value)
    {
        if (value is null)
        {
            writer.WriteByte(0);
            return;
        }

        var span = writer.Reserve(checked((value.Length * 3) + 1));
        var n = 0;
        if (!value.AsSpan().ContainsAnyExceptInRange('\x03', '\x7f'))
        {
            Ascii.FromUtf16(value, span, out n);
        }
        else
        {
            foreach (var unit in value)
            {
                if (unit <= Escape)
                {
                    span[n++] = Escape;
                    span[n++] = (byte)(unit + 2);
                }
                else if (unit < 0x80)
                {
                    span[n++] = (byte)unit;
                }
                else if (unit < 0x800)
                {
                    span[n++] = (byte)(0xC0 | (unit >> 6));
                    span[n++] = (byte)(0x80 | (unit & 0x3F));
                }
                else
                {
                    span[n++] = (byte)(0xE0 | (unit >> 12));
                    span[n++] = (byte)(0x80 | ((unit >> 6) & 0x3F));
                    span[n++] = (byte)(0x80 | (unit & 0x3F));
                }
            }
        }

        span[n] = End;
        writer.Advance(n + 1);
    }

    public static string? Read(ByteReader reader)
    {
        var rest = reader.Rest;
        if (rest.Length > 0 && rest[0] == 0)
        {
            reader.Skip(1);
            return null;
        }

        var end = rest.IndexOf(End);
        if (end < 0) CodecErrors.ThrowDamaged("a text has no end");
        var body = reader.ReadBytes(end);
        reader.Skip(1);
        return body.ContainsAnyExceptInRange((byte)3, (byte)0x7F) ? Decode(body) : Encoding.Latin1.GetString(body);
    }

    [SkipLocalsInit]
    private static string Decode(ReadOnlySpan<byte> body)
    {
        var rented = body.Length > 256 ? ArrayPool<char>.Shared.Rent(body.Length) : null;
        try
        {
            var units = rented ?? stackalloc char[256];
            var n = 0;
            for (var i = 0; i < body.Length; n++)
            {
                int b = body[i++];
                if (b is > Escape and < 0x80) units[n] = (char)b;
                else if (b == Escape) units[n] = (char)(Next(body, ref i, 2, 4) - 2);
                else if (b is >= 0xC2 and < 0xE0) units[n] = (char)(((b & 0x1F) << 6) | Low(body, ref i, 0x80));
                else if (b is >= 0xE0 and < 0xF0) units[n] = (char)(((b & 0x0F) << 12) | (Low(body, ref i, b == 0xE0 ? 0xA0 : 0x80) << 6) | Low(body, ref i, 0x80));
                else CodecErrors.ThrowDamaged("a text holds a byte that is none of it");
            }

            return new string(units[..n]);
        }
        finally
        {
            if (rented is not null) ArrayPool<char>.Shared.Return(rented);
        }
    }

    private static int Low(ReadOnlySpan<byte> body, ref int i, int min) => Next(body, ref i, min, 0xBF) & 0x3F;

    private static int Next(ReadOnlySpan<byte> body, ref int i, int min, int max)
    {
        if (i >= body.Length || body[i] < min || body[i] > max) CodecErrors.ThrowDamaged("a text breaks off inside a letter");
        return body[i++];
    }
}
