// What the operators on windows mean over finite rows: every row gets its windows, and each window has one group per key, at the end.
namespace StreamLinq.Batch;

internal static partial class BatchOperators
{
    /// <summary>A row none of whose windows lies within the years 1 to 9999 is dropped.</summary>
    public static IEnumerable<T> Window<T>(IStampedRows<T, DateTimeOffset> source, Windowing windowing) => windowing is SessionWindowing session
        ? InSessions(source, _ => session.Gap)
        : StampedRows<T, InWindows>.Of(Placed(source, (_, time) => BatchWindows.Of(windowing, time), merges: false));

    public static IEnumerable<T> Window<T>(IStampedRows<T, DateTimeOffset> source, Func<T, Window> window) =>
        StampedRows<T, InWindows>.Of(Placed(source, (row, _) => [window(row)], merges: false));

    /// <summary>A row whose gap is not at least a millisecond is dropped, and one whose session would end after the year 9999.</summary>
    public static IEnumerable<T> SessionWindow<T>(IStampedRows<T, DateTimeOffset> source, Func<T, TimeSpan> gap) => InSessions(source, gap);

    /// <summary>How long a window waits for stragglers makes no difference where none can come.</summary>
    public static IEnumerable<T> GracePeriod<T>(IStampedRows<T, InWindows> source, TimeSpan lateness) => source;

    public static IEnumerable<T> EmitOnUpdate<T>(IStampedRows<T, InWindows> source) =>
        StampedRows<T, InUpdatingWindows>.Of(source.Zip(source.Stamps, (row, stamp) => (row, new InUpdatingWindows(stamp))));

    /// <summary>None: nothing is late in a batch.</summary>
    public static IEnumerable<T> LateRows<T>(IStampedRows<T, InWindows> source) => [];

    public static IEnumerable<IWindowGrouping<K, T>> GroupBy<T, K>(IStampedRows<T, InWindows> source, Func<T, K> key) => GroupBy(source, key, row => row);

    /// <summary>The groups of the window that ends first come first, of windows with one end those of the one that starts first, then as in GroupBy without windows. The time of a group is the last instant of its window.</summary>
    public static IEnumerable<IWindowGrouping<K, E>> GroupBy<T, K, E>(IStampedRows<T, InWindows> source, Func<T, K> key, Func<T, E> element) =>
        StampedRows<IWindowGrouping<K, E>, DateTimeOffset>.Of(Groups(source, source.Stamps, key, element).Select(group => (group, group.Window.LastInstant)));

    public static IEnumerable<IWindowGrouping<K, T>> GroupBy<T, K>(IStampedRows<T, InUpdatingWindows> source, Func<T, K> key) => GroupBy(source, key, row => row);

    public static IEnumerable<IWindowGrouping<K, E>> GroupBy<T, K, E>(IStampedRows<T, InUpdatingWindows> source, Func<T, K> key, Func<T, E> element) =>
        Groups(source, source.Stamps.Select(stamp => stamp.Stamp), key, element);

    private static IEnumerable<IWindowGrouping<K, E>> Groups<T, K, E>(IEnumerable<T> source, IEnumerable<InWindows> stamps, Func<T, K> key, Func<T, E> element)
    {
        var rows = source.Zip(stamps, (row, stamp) => (Key: key(row), Element: element(row), Stamp: stamp)).ToList();
        var sessions = BatchSessions.Of(rows.Select(r => (r.Key, r.Stamp)));
        return rows
            .SelectMany(r => r.Stamp.Windows.Select(own => r.Stamp.Merges ? sessions.Around(r.Key, own) : own), (r, window) => (r.Key, r.Element, r.Stamp.Time, Window: window))
            .GroupBy(r => (r.Window, r.Key))
            .OrderBy(group => group.Key.Window.End).ThenBy(group => group.Key.Window.Start)
            .Select(group => new BatchWindowGrouping<K, E>(group.Key.Key, group.Key.Window, [.. group.Select(r => r.Element)], [.. group.Select(r => r.Time)]));
    }

    private static StampedRows<T, InWindows> InSessions<T>(IStampedRows<T, DateTimeOffset> source, Func<T, TimeSpan> gap) =>
        StampedRows<T, InWindows>.Of(Placed(source, (row, time) => BatchWindows.OfSession(time, gap(row)), merges: true));

    private static IEnumerable<(T Row, InWindows Stamp)> Placed<T>(IStampedRows<T, DateTimeOffset> source, Func<T, DateTimeOffset, IReadOnlyList<Window>> windows, bool merges) =>
        source.Zip(source.Stamps, (row, time) => (row, new InWindows(time, windows(row, time), merges))).Where(placed => placed.Item2.Windows.Count > 0);
}
