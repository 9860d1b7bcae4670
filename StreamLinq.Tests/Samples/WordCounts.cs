// What a count of words should be, the plain way, and what a file of JSON lines says it is.
using System.Text.Json;

namespace StreamLinq.Tests.Samples;

internal static class WordCounts
{
    /// <summary>tr -d '\r' | tr -s ' ' '\n' | grep -v '^$' | sort | uniq -c</summary>
    internal static SortedDictionary<string, long> Of(string text)
    {
        var counts = new SortedDictionary<string, long>(StringComparer.Ordinal);
        foreach (var word in text.Replace("\r", "", StringComparison.Ordinal).Split([' ', '\n'], StringSplitOptions.RemoveEmptyEntries)) counts[word] = counts.GetValueOrDefault(word) + 1;
        return counts;
    }

    /// <summary>The last count that the file gives for each word: right for Complete and Update.</summary>
    internal static SortedDictionary<string, long> InFile(string path)
    {
        var counts = new SortedDictionary<string, long>(StringComparer.Ordinal);
        foreach (var line in File.ReadLines(path))
        {
            using var row = JsonDocument.Parse(line);
            counts[row.RootElement.GetProperty("word").GetString()!] = row.RootElement.GetProperty("count").GetInt64();
        }

        return counts;
    }
}
