// What a part of an operator that several workers share knows of order: when, among the rows of all parts, the row at hand came, and where what it sends belongs.
// An operator that one worker runs alone has none, and does nothing for it.
namespace StreamLinq.Embedded;

/// <summary>Of one part of one operator. One thread at a time.</summary>
internal sealed class LaneOrder
{
    private const int FirstCapacity = 64;

    private int[]? _places = [];
    private long _base;
    private long[] _firsts = new long[FirstCapacity];
    private RowStamp[] _stamps = [];
    private int _count;

    /// <summary>The row at hand, in its batch. Compiled loops write it.</summary>
    public int Row;

    /// <summary>From when on the rows of the batch are counted.</summary>
    internal long Base => _base;

    /// <summary>When the row at hand came.</summary>
    internal long Now => At(Row);

    /// <summary>The first number of the stamps of rows that were sent and not taken yet.</summary>
    internal ReadOnlySpan<long> Firsts => _firsts.AsSpan(0, _count);

    /// <summary>The whole stamps; empty where the first number has always been enough.</summary>
    internal ReadOnlySpan<RowStamp> Stamps => _stamps.AsSpan(0, Math.Min(_count, _stamps.Length));

    /// <summary>Begins a batch.</summary>
    /// <param name="from">A number from which on rows are counted.</param>
    /// <param name="places">How much later each of the rows came.</param>
    internal void Begin(long from, int[] places)
    {
        (_base, _places) = (from, places);
        Row = 0;
    }

    /// <summary>Begins a batch of rows that came one after the other.</summary>
    /// <param name="from">When the row at place 0 would have come.</param>
    /// <param name="first">The place of the first row.</param>
    internal void Begin(long from, int first = 0)
    {
        (_base, _places) = (from, null);
        Row = first;
    }

    /// <summary>When a row of the batch came; 0 where there is no batch, as at a start.</summary>
    internal long At(int row) => _places is null ? _base + row : (uint)row < (uint)_places.Length ? _base + _places[row] : 0;

    /// <summary>The rows that are waiting to be sent, up to this number and not stamped yet, stand where rows of that time do.</summary>
    internal void Stamp(int rows, long arrived)
    {
        if (_stamps.Length > 0)
        {
            Stamp(rows, new RowStamp(arrived));
            return;
        }

        if (_firsts.Length < rows) Array.Resize(ref _firsts, Math.Max(rows, _firsts.Length * 2));
        while (_count < rows) _firsts[_count++] = arrived;
    }

    /// <summary>The same where one number is not enough. From then on all stamps are whole.</summary>
    internal void Stamp(int rows, in RowStamp stamp)
    {
        if (_firsts.Length < rows) Array.Resize(ref _firsts, Math.Max(rows, _firsts.Length * 2));
        if (_stamps.Length < _firsts.Length)
        {
            var known = _stamps.Length;
            Array.Resize(ref _stamps, _firsts.Length);
            for (var i = known; i < _count; i++) _stamps[i] = new RowStamp(_firsts[i]);
        }

        for (; _count < rows; _count++) (_firsts[_count], _stamps[_count]) = (stamp.First, stamp);
    }

    /// <summary>The stamps were taken.</summary>
    internal void Clear() => _count = 0;
}
