// The folder of a row: column=value for each partition column, as in Hive and Spark. Values come from outside: what could be a separator, a drive, a control
// character or a name reserved somewhere is written as %XX, so a value never leaves the folder, and different values never share one.
using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace StreamLinq.Sinks;

internal static class PartitionFolder
{
    internal const string Null = "__null__";

    // File systems allow 255 bytes in a name; a longer value keeps its beginning and ends in its hash.
    private const int MaxBytes = 200;

    // Nothing outside the folder is reachable through these: no separator, no empty or dotted name.
    internal static bool IsSegment(string part) => part.Contains('=', StringComparison.Ordinal) && part.AsSpan().IndexOfAny("/\\:\0") < 0;

    internal static string Segment(string column, object? value) => $"{Escape(column)}={Value(value)}";

    private static string Value(object? value)
    {
        if (value is null) return Null;
        var text = ValueText.Of(value);
        return text == Null ? "%5F" + Null[1..] : Escape(text);
    }

    private static string Escape(string text)
    {
        var escaped = new StringBuilder(text.Length);
        var bytes = 0;
        foreach (var rune in text.EnumerateRunes())
        {
            var before = escaped.Length;
            if (IsPlain(rune)) escaped.Append(rune);
            else AppendEscaped(escaped, rune);
            bytes += escaped.Length - before + (rune.IsAscii || escaped[before] == '%' ? 0 : rune.Utf8SequenceLength - rune.Utf16SequenceLength);
            if (bytes <= MaxBytes) continue;
            escaped.Length = before;
            // "%~" is no escape, so no other value reads like this one.
            return escaped.Append("%~").Append(Convert.ToHexStringLower(SHA256.HashData(Encoding.Unicode.GetBytes(text)), 0, 16)).ToString();
        }
        // Windows drops dots and spaces at the end of a name.
        if (escaped.Length == 0 || escaped[^1] is not ('.' or ' ')) return escaped.ToString();
        var last = new Rune(escaped[^1]);
        escaped.Length--;
        AppendEscaped(escaped, last);
        return escaped.ToString();
    }

    private static bool IsPlain(Rune rune) => Rune.IsLetterOrDigit(rune) || rune.Value is '-' or '_' or '.' or ' ' or '+' or ',' or '(' or ')' or '@' or '~';

    private static void AppendEscaped(StringBuilder output, Rune rune)
    {
        Span<byte> utf8 = stackalloc byte[4];
        foreach (var b in utf8[..rune.EncodeToUtf8(utf8)]) output.Append('%').Append(b.ToString("X2", CultureInfo.InvariantCulture));
    }
}
