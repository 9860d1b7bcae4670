// How many columns of a terminal a text takes, and how to cut it: East Asian wide characters and emoji take two, combining marks none.
// Text comes from outside, so what would move the cursor or turn the reading direction is shown as an escape, \n as "\n", others as "\u001B".
using System.Globalization;
using System.Text;

namespace StreamLinq.Sinks;

internal static class TextWidth
{
    // First and last of each range of wide characters, after Unicode's EastAsianWidth (W and F), neighbouring ranges joined over unassigned code points.
    private static readonly int[] Wide =
    [
        0x1100, 0x115F, 0x231A, 0x231B, 0x2329, 0x232A, 0x23E9, 0x23EC, 0x23F0, 0x23F0, 0x23F3, 0x23F3, 0x25FD, 0x25FE, 0x2614, 0x2615, 0x2648, 0x2653, 0x267F, 0x267F, 0x2693, 0x2693,
        0x26A1, 0x26A1, 0x26AA, 0x26AB, 0x26BD, 0x26BE, 0x26C4, 0x26C5, 0x26CE, 0x26CE, 0x26D4, 0x26D4, 0x26EA, 0x26EA, 0x26F2, 0x26F3, 0x26F5, 0x26F5, 0x26FA, 0x26FA, 0x26FD, 0x26FD,
        0x2705, 0x2705, 0x270A, 0x270B, 0x2728, 0x2728, 0x274C, 0x274C, 0x274E, 0x274E, 0x2753, 0x2755, 0x2757, 0x2757, 0x2795, 0x2797, 0x27B0, 0x27B0, 0x27BF, 0x27BF, 0x2B1B, 0x2B1C,
        0x2B50, 0x2B50, 0x2B55, 0x2B55, 0x2E80, 0x303E, 0x3041, 0x4DBF, 0x4E00, 0xA4CF, 0xA960, 0xA97F, 0xAC00, 0xD7A3, 0xF900, 0xFAFF, 0xFE10, 0xFE19, 0xFE30, 0xFE6F, 0xFF00, 0xFF60,
        0xFFE0, 0xFFE6, 0x16FE0, 0x18DFF, 0x1AFF0, 0x1B2FF, 0x1F004, 0x1F004, 0x1F0CF, 0x1F0CF, 0x1F18E, 0x1F18E, 0x1F191, 0x1F19A, 0x1F1E6, 0x1F320, 0x1F32D, 0x1F335, 0x1F337, 0x1F37C,
        0x1F37E, 0x1F393, 0x1F3A0, 0x1F3CA, 0x1F3CF, 0x1F3D3, 0x1F3E0, 0x1F3F0, 0x1F3F4, 0x1F3F4, 0x1F3F8, 0x1F43E, 0x1F440, 0x1F440, 0x1F442, 0x1F4FC, 0x1F4FF, 0x1F53D, 0x1F54B, 0x1F54E,
        0x1F550, 0x1F567, 0x1F57A, 0x1F57A, 0x1F595, 0x1F596, 0x1F5A4, 0x1F5A4, 0x1F5FB, 0x1F64F, 0x1F680, 0x1F6C5, 0x1F6CC, 0x1F6CC, 0x1F6D0, 0x1F6D2, 0x1F6D5, 0x1F6DF, 0x1F6EB, 0x1F6EC,
        0x1F6F4, 0x1F6FC, 0x1F7E0, 0x1F7F0, 0x1F90C, 0x1F93A, 0x1F93C, 0x1F945, 0x1F947, 0x1F9FF, 0x1FA70, 0x1FAFF, 0x20000, 0x3FFFD,
    ];

    // What one reader sees as one character (a base with its marks, an emoji sequence) is as wide as its widest part.
    internal static int Of(string text)
    {
        var width = 0;
        for (var at = 0; at < text.Length;)
        {
            var length = StringInfo.GetNextTextElementLength(text, at);
            width += Element(text.AsSpan(at, length));
            at += length;
        }
        return width;
    }

    // At most so many characters, as a reader counts them; what is cut ends in "...", as in Spark. 0: not cut.
    internal static string Truncate(string text, int characters)
    {
        if (characters == 0 || text.Length <= characters) return text;
        var (keep, count) = (characters < 4 ? characters : characters - 3, 0);
        var cut = 0;
        for (var at = 0; at < text.Length; at += StringInfo.GetNextTextElementLength(text, at))
        {
            if (count == keep) cut = at;
            if (++count > characters) return characters < 4 ? text[..cut] : text[..cut] + "...";
        }
        return text;
    }

    internal static string Escape(string text)
    {
        StringBuilder? escaped = null;
        for (var at = 0; at < text.Length;)
        {
            var whole = Rune.TryGetRuneAt(text, at, out var rune);
            var length = whole ? rune.Utf16SequenceLength : 1;
            if (whole && IsPlain(rune))
            {
                escaped?.Append(text, at, length);
            }
            else
            {
                escaped ??= new StringBuilder(text, 0, at, text.Length + 16);
                for (var i = 0; i < length; i++) escaped.Append(Escape(text[at + i]));
            }
            at += length;
        }
        return escaped?.ToString() ?? text;
    }

    private static string Escape(char c) => c switch
    {
        '\a' => @"\a",
        '\b' => @"\b",
        '\t' => @"\t",
        '\n' => @"\n",
        '\v' => @"\v",
        '\f' => @"\f",
        '\r' => @"\r",
        _ => $@"\u{(int)c:X4}",
    };

    // Format characters turn the direction of text or hide; only those that emoji and scripts are written with may pass: the joiners and the tags of flags.
    private static bool IsPlain(Rune rune) => Rune.GetUnicodeCategory(rune) switch
    {
        UnicodeCategory.Control or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator => false,
        UnicodeCategory.Format => rune.Value is 0x200C or 0x200D or >= 0xE0020 and <= 0xE007F,
        _ => true,
    };

    private static int Element(ReadOnlySpan<char> element)
    {
        var width = 0;
        foreach (var rune in element.EnumerateRunes())
            width = Math.Max(width, rune.Value == 0xFE0F ? 2 : Width(rune));
        return width;
    }

    private static int Width(Rune rune)
    {
        if (rune.Value < 0x300) return 1;
        if (Rune.GetUnicodeCategory(rune) is UnicodeCategory.NonSpacingMark or UnicodeCategory.EnclosingMark or UnicodeCategory.Format) return 0;
        var at = Array.BinarySearch(Wide, rune.Value);
        // Not found: the complement is the place it would have; odd means after a first and before its last.
        return at >= 0 || (~at & 1) == 1 ? 2 : 1;
    }
}
