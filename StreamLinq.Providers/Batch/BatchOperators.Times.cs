// What the operators on event time mean over finite rows. There are no watermarks: all rows are there, so nothing is late and nothing is forgotten.
namespace StreamLinq.Batch;

internal static partial class BatchOperators
{
    public static IEnumerable<T> WithEventTime<T>(IEnumerable<T> source, Func<T, DateTimeOffset> time, TimeSpan maxDelay) => Timed(source, time);

    public static IEnumerable<T> WithEventTime<T>(IEnumerable<T> source, Func<T, DateTimeOffset> time, WatermarkStrategy watermarks) => Timed(source, time);

    /// <summary>The rows alone: a batch has no clock, so its rows have no time (BatchTranslation refuses what would need one).</summary>
    public static IEnumerable<T> WithProcessingTime<T>(IEnumerable<T> source) => source;

    /// <summary>
    /// In order of arrival, a row is dropped if its time is before that of the row last kept of its key plus <paramref name="within"/>, however early it is; repeats do not extend that.
    /// A stream forgets the kept row by its watermark and not by the time of the next row, so it may also drop a row that comes before the watermark has passed that instant.
    /// </summary>
    public static IEnumerable<T> DistinctBy<T, K>(IStampedRows<T, DateTimeOffset> source, Func<T, K> key, TimeSpan within)
    {
        var kept = new Dictionary<ValueTuple<K>, DateTimeOffset>();   // a tuple, because a key may be null
        return StampedRows<T, DateTimeOffset>.Of(source.Zip(source.Stamps).Where(r => IsNew(new(key(r.First)), r.Second)));

        bool IsNew(ValueTuple<K> key, DateTimeOffset time)
        {
            if (kept.TryGetValue(key, out var first) && time - first < within)
                return false;
            kept[key] = time;
            return true;
        }
    }

    /// <summary>The row of each key with the latest time; of equal times the last to arrive.</summary>
    public static IEnumerable<T> LatestBy<T, K>(IStampedRows<T, DateTimeOffset> source, Func<T, K> key) => VersionedRows<T>.Of(
        source.Zip(source.Stamps).GroupBy(r => key(r.First)).Select(group => group.Aggregate((latest, next) => next.Second >= latest.Second ? next : latest).First),
        source.Zip(source.Stamps).Select(r => (key(r.First), r.Second, true, r.First)));

    private static StampedRows<T, DateTimeOffset> Timed<T>(IEnumerable<T> source, Func<T, DateTimeOffset> time) =>
        StampedRows<T, DateTimeOffset>.Of(source.Select(row => (row, time(row))));
}
