// What a lane's copy of an operator has sent and the epoch's thread has not taken yet: rows with their stamps, by which they are put among those of the other lanes.
using System.Runtime.CompilerServices;

namespace StreamLinq.Embedded;

/// <summary>Filled by the lane; read by the epoch's thread while the lane rests.</summary>
internal sealed class LaneOutbox<TRow>(LaneOrder order, StageContext context) : IRowTarget<TRow>
{
    private const int KeptCapacity = 1 << 16;

    private TRow[] _rows = [];
    private sbyte[]? _weights;
    private RowStamp[] _stamps = [];

    internal int Count { get; private set; }

    internal bool IsWeighted => _weights is not null;

    /// <summary>Where the rows come from, for errors.</summary>
    internal string Place { get; private set; } = "";

    internal ref TRow Row(int row) => ref _rows[row];

    internal sbyte Weight(int row) => _weights![row];

    internal ref RowStamp Stamp(int row) => ref _stamps[row];

    public void Push(TRow[] rows, int from, int to, sbyte[]? weights)
    {
        Place = context.Place;
        var count = Count + (to - from);
        if (count > _rows.Length)
        {
            var capacity = Math.Max(count, _rows.Length * 2);
            Array.Resize(ref _rows, capacity);
            Array.Resize(ref _stamps, capacity);
        }

        if (weights is not null && (_weights is null || _weights.Length < _rows.Length)) Array.Resize(ref _weights, _rows.Length);
        Array.Copy(rows, from, _rows, Count, to - from);
        order.Stamps.CopyTo(_stamps.AsSpan(Count));
        order.Clear();
        if (weights is not null) Array.Copy(weights, from, _weights!, Count, to - from);
        Count = count;
    }

    /// <summary>The rows were taken.</summary>
    internal void Clear()
    {
        if (_rows.Length > KeptCapacity && Count < _rows.Length / 4) (_rows, _stamps, _weights) = ([], [], null);
        else if (RuntimeHelpers.IsReferenceOrContainsReferences<TRow>()) Array.Clear(_rows, 0, Count);
        Count = 0;
    }
}
