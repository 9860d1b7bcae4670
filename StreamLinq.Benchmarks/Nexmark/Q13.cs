// q13: bids with the value that a list which does not change has for their auction; bids for which it has none are left out.
using System.Globalization;

namespace StreamLinq.Benchmarks.Nexmark;

public static class Q13
{
    public sealed record Row(long Auction, long Bidder, long Price, DateTimeOffset DateTime, string Value);

    /// <summary>A line of the list.</summary>
    public sealed record Side(long Key, string Value);

    public static IStreamQueryable<Row, EventTime> Query(Streams s) =>
        from b in s.Bids
        join side in s.SideInput on b.AuctionId % 10_000 equals side.Key
        select new Row(b.AuctionId, b.Bidder, b.Price, b.DateTime, side.Value);

    /// <summary>A list as it is usual: most keys below 10,000.</summary>
    public static IReadOnlyList<Side> Rows() => [.. Enumerable.Range(0, 10_000).Where(key => key % 7 != 3).Select(key => new Side(key, string.Create(CultureInfo.InvariantCulture, $"v{(uint)(key * 2654435761):x8}")))];

    /// <summary>The lines of a file: key, comma, value.</summary>
    public static IReadOnlyList<Side> Read(string path) => [.. File.ReadLines(path).Where(line => line.Length > 0).Select((line, i) => Parse(line, i + 1, path))];

    private static Side Parse(string line, int number, string path) =>
        line.IndexOf(',', StringComparison.Ordinal) is var comma and > 0 && long.TryParse(line.AsSpan(0, comma), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var key)
            ? new Side(key, line[(comma + 1)..])
            : throw new IOException($"Line {number} of {path} is no key and value: {line}");
}
