// What ../shared/nexmark says a query answers, line by line, and what a run has left in a file; both in one order, since order says nothing.
using System.IO.Compression;
using StreamLinq.Tests.Language;

namespace StreamLinq.Tests.Nexmark;

internal static class ExpectedRows
{
    internal static readonly string[] Sets = ["edge", "small"];

    /// <summary>The events of a set; the test is ignored where ../shared is absent.</summary>
    internal static string Events(string set) => Path.Combine(Repository.Shared("nexmark", "data", set), "events.jsonl");

    /// <summary>The file that q13 joins the events with.</summary>
    internal static string SideInput => Path.Combine(Repository.Shared("nexmark", "data"), "side_input.csv");

    internal static string[] Of(string set, string query) => InFile(Path.Combine(Repository.Shared("nexmark", "expected", set), query + ".jsonl"));

    internal static string[] InFile(string path)
    {
        var lines = File.ReadAllLines(path);
        Array.Sort(lines, StringComparer.Ordinal);
        return lines;
    }

    internal static async Task CompressAsync(string from, string to)
    {
        await using var target = new GZipStream(File.Create(to), CompressionLevel.Fastest);
        await target.WriteAsync(await File.ReadAllBytesAsync(from));
    }
}
