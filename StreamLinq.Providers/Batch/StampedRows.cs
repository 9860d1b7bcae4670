// Rows of a stream with what each carries beside its values: its event time, or its windows. The stamp goes where its row goes:
// rows that are dropped take it with them, and every row made of another has the other's.
using System.Collections;

namespace StreamLinq.Batch;

internal interface ICarryingRows<out T> : IEnumerable<T>
{
    /// <summary>For each row the rows made of it, with its stamp.</summary>
    ICarryingRows<R> Expand<R>(Func<T, IEnumerable<R>> rows);
}

internal interface IStampedRows<out T, S> : ICarryingRows<T>
{
    /// <summary>One per row.</summary>
    IReadOnlyList<S> Stamps { get; }
}

/// <summary>The windows a row is in. A window that merges is the row's own part of a session; which session that is depends on the other rows of its key.</summary>
internal readonly record struct InWindows(DateTimeOffset Time, IReadOnlyList<Window> Windows, bool Merges);

/// <summary>The same after EmitOnUpdate: the groups will be a table, whose rows have no time.</summary>
internal readonly record struct InUpdatingWindows(InWindows Stamp);

internal sealed class StampedRows<T, S>(IReadOnlyList<T> rows, IReadOnlyList<S> stamps) : IStampedRows<T, S>
{
    public IReadOnlyList<S> Stamps => stamps;

    internal static StampedRows<T, S> Of(IEnumerable<(T Row, S Stamp)> rows)
    {
        var list = rows.ToList();
        return new StampedRows<T, S>(list.ConvertAll(r => r.Row), list.ConvertAll(r => r.Stamp));
    }

    public ICarryingRows<R> Expand<R>(Func<T, IEnumerable<R>> expansion) => StampedRows<R, S>.Of(rows.Zip(stamps).SelectMany(r => expansion(r.First), (r, made) => (made, r.Second)));

    public IEnumerator<T> GetEnumerator() => rows.GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}
