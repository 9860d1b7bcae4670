// Shares the rows that an epoch may take among partitions in proportion to how far each is behind, so that all come to the present at the same time.
namespace StreamLinq.Kafka;

internal static class LagShare
{
    /// <summary>How many offsets each partition takes: all of them together at most so many, none more than its lag, and as many in all as possible.</summary>
    internal static long[] Of(IReadOnlyList<long> lags, long? most)
    {
        var total = Int128.Zero;
        foreach (var lag in lags) total += lag;
        if (most is not { } rows || total <= rows) return [.. lags];
        var shares = new long[lags.Count];
        var left = rows;
        for (var i = 0; i < shares.Length; i++)
        {
            shares[i] = (long)((Int128)rows * lags[i] / total);
            left -= shares[i];
        }

        // What rounding left over goes first to those that would get nothing.
        foreach (var isFirst in (bool[])[true, false])
            for (var i = 0; i < shares.Length && left > 0; i++)
                if (shares[i] < lags[i] && (shares[i] == 0 || !isFirst))
                {
                    shares[i]++;
                    left--;
                }

        return shares;
    }
}
