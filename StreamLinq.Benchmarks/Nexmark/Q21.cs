// q21: channel id, from a list or from the url.
using System.Text.RegularExpressions;

namespace StreamLinq.Benchmarks.Nexmark;

public static partial class Q21
{
    public sealed record Row(long Auction, long Bidder, long Price, string Channel, string ChannelId);

    public static IStreamQueryable<Row, EventTime> Query(Streams s) =>
        from b in s.Bids
        let id = ChannelId(b.Channel, b.Url)
        where id != null
        select new Row(b.AuctionId, b.Bidder, b.Price, b.Channel, id);

    private static string? ChannelId(string channel, string url) => channel.ToLowerInvariant() switch
    {
        "apple" => "0",
        "google" => "1",
        "facebook" => "2",
        "baidu" => "3",
        _ => InUrl().Match(url) is { Success: true } found ? found.Groups["id"].Value : null,
    };

    [GeneratedRegex("(&|^)channel_id=(?<id>[^&]*)", RegexOptions.ExplicitCapture)]
    private static partial Regex InUrl();
}
