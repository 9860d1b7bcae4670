// What a part of an operator that several workers share knows of order: when, among the rows of all parts, the row at hand came, and where what it sends belongs.
// An operator that one worker runs alone has none, and does nothing for it.
namespace StreamLinq.Embedded;

/// <summary>Of one part of one operator. One thread at a time.</summary>
internal sealed class LaneOrder
{
    private long[] _arrived = [];
    private RowStamp[] _stamps = new RowStamp[64];
    private int _count;

    /// <summary>The row at hand, in its batch. Compiled loops write it.</summary>
    public int Row;

    /// <summary>When the row at hand came.</summary>
    internal long Now => At(Row);

    /// <summary>The stamps of the rows that were sent and not taken yet.</summary>
    internal ReadOnlySpan<RowStamp> Stamps => _stamps.AsSpan(0, _count);

    /// <summary>Begins a batch: when each of its rows came.</summary>
    internal void Begin(long[] arrived)
    {
        _arrived = arrived;
        Row = 0;
    }

    /// <summary>When a row of the batch came; 0 where there is no batch, as at a start.</summary>
    internal long At(int row) => (uint)row < (uint)_arrived.Length ? _arrived[row] : 0;

    /// <summary>The rows that are waiting to be sent, up to this number and not stamped yet, have this stamp.</summary>
    internal void Stamp(int rows, in RowStamp stamp)
    {
        if (_stamps.Length < rows) Array.Resize(ref _stamps, Math.Max(rows, _stamps.Length * 2));
        while (_count < rows) _stamps[_count++] = stamp;
    }

    /// <summary>The same with the time of the row at hand.</summary>
    internal void Stamp(int rows) => Stamp(rows, new RowStamp(Now));

    /// <summary>The stamps were taken.</summary>
    internal void Clear() => _count = 0;
}
