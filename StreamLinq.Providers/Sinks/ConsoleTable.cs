// Draws rows the way Spark's show() does: columns at least three wide, cells to the right when they may be cut and to the left when not.
using System.Text;

namespace StreamLinq.Sinks;

internal static class ConsoleTable
{
    private const int MinWidth = 3;

    // Column names are shown whole, values are cut to the given number of characters (0: not).
    internal static void Print(StringBuilder output, IReadOnlyList<string> names, IEnumerable<string[]> rows, int truncate)
    {
        string[][] lines = [[.. names.Select(TextWidth.Escape)], .. rows.Select(r => r.Select(c => TextWidth.Truncate(TextWidth.Escape(c), truncate)).ToArray())];
        var widths = new int[names.Count];
        foreach (var line in lines)
            for (var i = 0; i < widths.Length; i++) widths[i] = Math.Max(Math.Max(widths[i], MinWidth), TextWidth.Of(line[i]));

        Rule(output, widths);
        for (var n = 0; n < lines.Length; n++)
        {
            output.Append('|');
            for (var i = 0; i < widths.Length; i++)
            {
                var padding = widths[i] - TextWidth.Of(lines[n][i]);
                if (truncate > 0) output.Append(' ', padding).Append(lines[n][i]).Append('|');
                else output.Append(lines[n][i]).Append(' ', padding).Append('|');
            }
            output.Append('\n');
            if (n == 0) Rule(output, widths);
        }
        Rule(output, widths);
    }

    private static void Rule(StringBuilder output, int[] widths)
    {
        output.Append('+');
        foreach (var width in widths) output.Append('-', width).Append('+');
        output.Append('\n');
    }
}
