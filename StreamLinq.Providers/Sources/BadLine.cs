// What happens to a line that cannot be read, and how it is shown: a line from outside is escaped before it reaches an error or a log.
using System.Globalization;
using System.Text;

namespace StreamLinq;

/// <summary>What happens to a line that is not UTF-8, does not parse, lacks a member or is too long.</summary>
public enum BadLinePolicy
{
    /// <summary>The query fails with SLQ2014, naming origin, line and its beginning. The rows before it are delivered first.</summary>
    Fail,

    /// <summary>The line is left out and counted in <see cref="StreamingQueryProgress.RowErrors"/>, and handed to Rejects if one is set.</summary>
    SkipAndCount,
}

/// <summary>A line that could not be read.</summary>
/// <param name="Origin">The file, or host and port.</param>
/// <param name="Number">The number of the line there, from 1.</param>
/// <param name="Reason">What is wrong with it.</param>
/// <param name="Beginning">Its first 80 characters, escaped so that they are safe to log.</param>
/// <param name="Raw">Its bytes without the line end; of a line that is too long, the first MaxLineBytes.</param>
public sealed record RejectedLine(string Origin, long Number, string Reason, string Beginning, ReadOnlyMemory<byte> Raw)
{
    internal static RejectedLine Of(string origin, long number, string reason, ReadOnlySpan<byte> raw) => new(origin, number, reason, Escape(raw), raw.ToArray());

    internal static string Escape(ReadOnlySpan<byte> raw)
    {
        const int Most = 80;
        var text = new StringBuilder(Most + 2).Append('"');
        var shown = 0;
        while (!raw.IsEmpty && shown < Most)
        {
            var ok = Rune.DecodeFromUtf8(raw, out var rune, out var used) == System.Buffers.OperationStatus.Done;
            if (!ok) text.Append(CultureInfo.InvariantCulture, $"\\x{raw[0]:X2}");
            else if (rune.Value is '"' or '\\') text.Append('\\').Append((char)rune.Value);
            else if (rune.Value == '\t') text.Append("\\t");
            else if (rune.Value == '\n') text.Append("\\n");
            else if (rune.Value == '\r') text.Append("\\r");
            else if (Rune.GetUnicodeCategory(rune) is UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator)
                text.Append(CultureInfo.InvariantCulture, $"\\u{rune.Value:X4}");
            else text.Append(rune.ToString());
            raw = raw[(ok ? used : 1)..];
            shown++;
        }

        return text.Append(raw.IsEmpty ? "\"" : "...\"").ToString();
    }
}
