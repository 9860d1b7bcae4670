// Rows on their way to a lane: between workers go batches, never rows. Batches are used again, so that a warm query allocates nothing for them.
using System.Runtime.CompilerServices;

namespace StreamLinq.Embedded;

/// <summary>Filled by the exchange, then handed over whole.</summary>
internal sealed class LaneBatch<TRow>(bool isWeighted, IRowTarget<TRow> target, LaneOrder order, StageContext context) : ILaneWork
{
    internal const int Capacity = 2048;

    private readonly TRow[] _rows = new TRow[Capacity];
    private readonly int[] _places = new int[Capacity];
    private readonly sbyte[]? _weights = isWeighted ? new sbyte[Capacity] : null;
    private string _place = "";
    private long _rowBase;
    private long _base;
    private volatile bool _isFree = true;

    internal int Count { get; private set; }

    /// <summary>Whether nobody has it.</summary>
    internal bool IsFree => _isFree;

    public long At => order.Now;

    /// <summary>Begins to fill it.</summary>
    /// <param name="from">The number from which on its rows are counted.</param>
    /// <param name="reading">What is being read, for errors.</param>
    internal void Take(long from, StageContext reading)
    {
        _isFree = false;
        (_base, _place, _rowBase) = (from, reading.Place, reading.RowBase);
    }

    /// <summary>Adds a row, by how much later it came; says whether the batch is full.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal bool Add(ref TRow row, int place)
    {
        var count = Count;
        _rows[count] = row;
        _places[count] = place;
        Count = count + 1;
        return count + 1 == Capacity;
    }

    internal bool Add(ref TRow row, int place, sbyte weight)
    {
        _weights![Count] = weight;
        return Add(ref row, place);
    }

    public void Run()
    {
        order.Begin(_base, _places);
        (context.Place, context.RowBase, context.Order) = (_place, _rowBase, order);
        target.Push(_rows, 0, Count, _weights);
        if (RuntimeHelpers.IsReferenceOrContainsReferences<TRow>()) Array.Clear(_rows, 0, Count);
        Count = 0;
        _isFree = true;
    }
}
