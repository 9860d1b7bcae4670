// Rows on their way to a lane: between workers go batches, never rows. Batches are used again, so that a warm query allocates nothing for them.
using System.Runtime.CompilerServices;

namespace StreamLinq.Embedded;

/// <summary>Filled by the exchange, then handed over whole.</summary>
internal sealed class LaneBatch<TRow>(bool isWeighted, IRowTarget<TRow> target, LaneOrder order, StageContext context) : ILaneWork
{
    internal const int Capacity = 2048;

    private readonly TRow[] _rows = new TRow[Capacity];
    private readonly long[] _arrived = new long[Capacity];
    private readonly sbyte[]? _weights = isWeighted ? new sbyte[Capacity] : null;
    private volatile bool _isFree = true;

    internal int Count { get; private set; }

    /// <summary>Whether nobody has it.</summary>
    internal bool IsFree => _isFree;

    public long At => order.Now;

    /// <summary>What is being read, for errors.</summary>
    internal string Place { get; set; } = "";

    internal long RowBase { get; set; }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal bool Add(in TRow row, long arrived)
    {
        var count = Count;
        _rows[count] = row;
        _arrived[count] = arrived;
        Count = count + 1;
        return count + 1 == Capacity;
    }

    internal bool Add(in TRow row, long arrived, sbyte weight)
    {
        _weights![Count] = weight;
        return Add(row, arrived);
    }

    internal void Take() => _isFree = false;

    public void Run()
    {
        order.Begin(_arrived);
        (context.Place, context.RowBase, context.Order) = (Place, RowBase, order);
        target.Push(_rows, 0, Count, _weights);
        if (RuntimeHelpers.IsReferenceOrContainsReferences<TRow>()) Array.Clear(_rows, 0, Count);
        Count = 0;
        _isFree = true;
    }
}
