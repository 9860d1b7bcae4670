// The timestamp of a record as a time .NET can hold: a producer may write any number.
using Confluent.Kafka;

namespace StreamLinq.Kafka;

internal static class RecordTime
{
    private static readonly long Most = DateTimeOffset.MaxValue.ToUnixTimeMilliseconds();

    internal static long Milliseconds(Timestamp timestamp) => Math.Clamp(timestamp.UnixTimestampMs, 0, Most);
}
