// What the calls on a group that give rows mean over lists. Each method stands for the one of GroupRows with its name and parameters.
namespace StreamLinq.Batch;

internal static partial class BatchGroupRows
{
    public static IGroupRows<E> Where<E>(IGroupRows<E> rows, Func<E, bool> predicate) => BatchOrder.Keep(Of(rows), predicate);

    public static IOrderedRows<E> OrderBy<E, V>(IGroupRows<E> rows, Func<E, V> key) => BatchOrder.By(Of(rows), key, descending: false);

    public static IOrderedRows<E> OrderByDescending<E, V>(IGroupRows<E> rows, Func<E, V> key) => BatchOrder.By(Of(rows), key, descending: true);

    public static IOrderedRows<E> ThenBy<E, V>(IOrderedRows<E> rows, Func<E, V> key) => BatchOrder.ThenBy(Of(rows), key, descending: false);

    public static IOrderedRows<E> ThenByDescending<E, V>(IOrderedRows<E> rows, Func<E, V> key) => BatchOrder.ThenBy(Of(rows), key, descending: true);

    public static IOrderedRows<E> Take<E>(IOrderedRows<E> rows, int count) => BatchOrder.Take(Of(rows), count);

    public static IOrderedRows<E> TakeWithTies<E>(IOrderedRows<E> rows, int count) => BatchOrder.TakeWithTies(Of(rows), count);

    public static IGroupRows<R> Select<E, R>(IOrderedRows<E> rows, Func<E, int, R> selector) => new BatchRows<R>([.. Of(rows).Select(selector)]);

    public static IGroupRows<IRowFrame<E>> Over<E>(IOrderedRows<E> rows, int preceding)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(preceding);
        var list = Of(rows).ToList();
        return new BatchRows<IRowFrame<E>>([.. list.Select((_, at) => new BatchFrame<E>(list[(int)Math.Max(0L, (long)at - preceding)..(at + 1)]))]);
    }

    public static IGroupRows<IRowFrame<E>> Over<E>(IOrderedRows<E> rows, TimeSpan preceding)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(preceding, TimeSpan.Zero);
        var list = Of(rows).ToList();
        var times = Of(rows).OrderTimes ?? throw new StreamLinqException("SLQ1019", "rows are taken within a stretch of time, and they are not ordered by time. Order them by a DateTimeOffset first, ascending, or take a number of rows.");
        return new BatchRows<IRowFrame<E>>([.. list.Select((_, at) => new BatchFrame<E>(list[times.TakeWhile(time => times[at] - time > preceding).Count()..(at + 1)]))]);
    }

    // Every group and every list of rows in a running batch query was made by this folder.
    internal static IBatchRows<E> Of<E>(IGroupRows<E> rows) => (IBatchRows<E>)rows;
}
