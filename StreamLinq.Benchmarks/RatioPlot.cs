// `ratios --plot FILE.svg`: a bar per scenario, its length the ratio to the loop; a line where the loop is, a thin one from the lowest to the highest ratio.
using System.Globalization;
using System.Text;

namespace StreamLinq.Benchmarks;

internal static class RatioPlot
{
    private const int Left = 200;
    private const int Line = 22;
    private const int Unit = 320;
    private const double Most = 2;

    internal static string Of(IReadOnlyList<RatioResult> results)
    {
        var height = ((results.Count + 2) * Line) + 10;
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{Left + (Most * Unit) + 80}\" height=\"{height}\" font-family=\"sans-serif\" font-size=\"12\">\n");
        text.Append("<rect width=\"100%\" height=\"100%\" fill=\"white\"/>\n");
        text.Append(CultureInfo.InvariantCulture, $"<text x=\"{Left}\" y=\"{Line - 6}\">times as fast as the hand-written loop</text>\n");
        for (var i = 0; i < results.Count; i++) Bar(text, results[i], (i + 1) * Line);
        for (var mark = 0.0; mark <= Most; mark += 0.5)
        {
            text.Append(CultureInfo.InvariantCulture, $"<line x1=\"{Left + (mark * Unit):F0}\" y1=\"{Line}\" x2=\"{Left + (mark * Unit):F0}\" y2=\"{height - Line}\" stroke=\"{(mark == 1 ? "black" : "#ccc")}\"/>");
            text.Append(CultureInfo.InvariantCulture, $"<text x=\"{Left + (mark * Unit):F0}\" y=\"{height - 8}\" text-anchor=\"middle\">{mark:0.0}</text>\n");
        }

        return text.Append("</svg>\n").ToString();
    }

    private static void Bar(StringBuilder text, RatioResult result, int y)
    {
        var (length, low, high) = (Length(result.Ratio), Length(result.LowestRatio), Length(result.HighestRatio));
        text.Append(CultureInfo.InvariantCulture, $"<text x=\"{Left - 8}\" y=\"{y + 15}\" text-anchor=\"end\">{result.Scenario}</text>");
        text.Append(CultureInfo.InvariantCulture, $"<rect x=\"{Left}\" y=\"{y + 4}\" width=\"{length:F1}\" height=\"{Line - 8}\" fill=\"#4a7ebb\"/>");
        text.Append(CultureInfo.InvariantCulture, $"<line x1=\"{Left + low:F1}\" y1=\"{y + 11}\" x2=\"{Left + high:F1}\" y2=\"{y + 11}\" stroke=\"#222\"/>");
        text.Append(CultureInfo.InvariantCulture, $"<text x=\"{Left + Math.Max(length, high) + 6:F1}\" y=\"{y + 15}\">{result.Ratio:0.00}</text>\n");
    }

    private static double Length(double ratio) => Math.Min(ratio, Most) * Unit;
}
