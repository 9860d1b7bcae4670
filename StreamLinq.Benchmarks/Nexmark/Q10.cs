// q10: log to files, with a folder per day and minute.
using System.Globalization;

namespace StreamLinq.Benchmarks.Nexmark;

public static class Q10
{
    public sealed record Row(long Auction, long Bidder, long Price, DateTimeOffset DateTime, string Extra, string Dt, string Hm);

    public static IStreamQueryable<Row, EventTime> Query(Streams s) =>
        from b in s.Bids
        let time = b.DateTime.UtcDateTime
        select new Row(
            b.AuctionId, b.Bidder, b.Price, b.DateTime, b.Extra,
            time.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture), time.ToString("HH:mm", CultureInfo.InvariantCulture));

    /// <summary>The files of upstream: folder/Dt=day/Hm=minute/rows-00000001.csv and so on.</summary>
    public static StreamOutput Files(Streams s, string folder) => Query(s).WriteTo(StreamSink.Csv(folder, partitionBy: [nameof(Row.Dt), nameof(Row.Hm)]));
}
