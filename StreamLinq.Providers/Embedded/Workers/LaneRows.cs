// Rows of a source on their way to a lane, as they came: a copy, because the batch belongs to the source again when the epoch's thread goes on. Used again, so that a warm query allocates nothing for them.
using System.Runtime.CompilerServices;

namespace StreamLinq.Embedded;

/// <summary>Filled by the epoch's thread, then handed over whole.</summary>
internal sealed class LaneRows<TRow>(IRowTarget<TRow> target, LaneOrder order, StageContext context) : ILaneWork
{
    internal const int Capacity = 2048;

    /// <summary>Rows came one after the other.</summary>
    internal static readonly int[] InOrder = [.. Enumerable.Range(0, Capacity)];

    private readonly TRow[] _rows = new TRow[Capacity];
    private int _count;
    private long _base;
    private string _place = "";
    private long _rowBase;
    private volatile bool _isFree = true;

    /// <summary>Whether nobody has it.</summary>
    internal bool IsFree => _isFree;

    public long At => order.Now;

    /// <summary>Takes rows over.</summary>
    /// <param name="rows">Where they are.</param>
    /// <param name="from">The first one.</param>
    /// <param name="count">How many.</param>
    /// <param name="number">The number of the first one among all that the operator gets.</param>
    /// <param name="reading">What is being read, for errors.</param>
    internal void Fill(TRow[] rows, int from, int count, long number, StageContext reading)
    {
        _isFree = false;
        rows.AsSpan(from, count).CopyTo(_rows);
        (_count, _base, _place, _rowBase) = (count, number, reading.Place, reading.RowBase + from);
    }

    public void Run()
    {
        order.Begin(_base, InOrder);
        (context.Place, context.RowBase, context.Order) = (_place, _rowBase, order);
        target.Push(_rows, 0, _count, null);
        if (RuntimeHelpers.IsReferenceOrContainsReferences<TRow>()) Array.Clear(_rows, 0, _count);
        _isFree = true;
    }
}
