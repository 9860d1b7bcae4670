// What a lane's copy of an operator has sent and the epoch's thread has not taken yet: rows with their stamps, by which they are put among those of the other lanes. In pieces, which are used again.
using System.Runtime.CompilerServices;

namespace StreamLinq.Embedded;

/// <summary>Filled by the lane, then read once by the epoch's thread while the lane rests.</summary>
internal sealed class LaneOutbox<TRow>(LaneOrder order, StageContext context) : IRowTarget<TRow>
{
    private const int PieceRows = 1024;
    private const int PiecesKept = 16;

    private readonly List<Piece> _pieces = [];
    private int _used;
    private int _piece;
    private int _row;

    /// <summary>Whether there is a row at hand.</summary>
    internal bool HasRow => _piece < _used;

    internal long First => _pieces[_piece].Firsts[_row];

    internal ref TRow Row => ref _pieces[_piece].Rows[_row];

    /// <summary>1 or -1; 0 where rows only come.</summary>
    internal sbyte Weight => _pieces[_piece].Weights is { } weights ? weights[_row] : (sbyte)0;

    /// <summary>Where the rows come from, for errors.</summary>
    internal string Place { get; private set; } = "";

    /// <summary>Whether the row at hand comes before that of another lane.</summary>
    internal bool IsBefore(LaneOutbox<TRow> other)
    {
        var (left, right) = (First, other.First);
        return left != right ? left < right : RowStamp.IsBefore(Stamp(left), other.Stamp(right));
    }

    private RowStamp Stamp(long first) => _pieces[_piece].Stamps is { } stamps ? stamps[_row] : new RowStamp(first);

    /// <summary>Goes to the next row.</summary>
    internal void Next()
    {
        if (++_row < _pieces[_piece].Count) return;
        _piece++;
        _row = 0;
    }

    public void Push(TRow[] rows, int from, int to, sbyte[]? weights)
    {
        Place = context.Place;
        for (var taken = 0; from < to;)
        {
            if (_used == 0 || _pieces[_used - 1].Count == PieceRows)
            {
                if (_used == _pieces.Count) _pieces.Add(new Piece());
                _used++;
            }

            var piece = _pieces[_used - 1];
            var count = Math.Min(to - from, PieceRows - piece.Count);
            Array.Copy(rows, from, piece.Rows, piece.Count, count);
            if (weights is not null) Array.Copy(weights, from, piece.Weights ??= new sbyte[PieceRows], piece.Count, count);
            order.Firsts.Slice(taken, count).CopyTo(piece.Firsts.AsSpan(piece.Count));
            if (!order.Stamps.IsEmpty) order.Stamps.Slice(taken, count).CopyTo((piece.Stamps ??= Whole(piece)).AsSpan(piece.Count));
            piece.Count += count;
            from += count;
            taken += count;
        }

        order.Clear();
    }

    private static RowStamp[] Whole(Piece piece)
    {
        var stamps = new RowStamp[PieceRows];
        for (var row = 0; row < piece.Count; row++) stamps[row] = new RowStamp(piece.Firsts[row]);
        return stamps;
    }

    /// <summary>The rows were taken.</summary>
    internal void Clear()
    {
        for (var i = 0; i < _used; i++)
        {
            var piece = _pieces[i];
            if (RuntimeHelpers.IsReferenceOrContainsReferences<TRow>()) Array.Clear(piece.Rows, 0, piece.Count);
            piece.Stamps.AsSpan(0, piece.Stamps is null ? 0 : piece.Count).Clear();
            piece.Count = 0;
        }

        if (_pieces.Count > PiecesKept) _pieces.RemoveRange(PiecesKept, _pieces.Count - PiecesKept);
        _used = _piece = _row = 0;
    }

    private sealed class Piece
    {
        internal readonly TRow[] Rows = new TRow[PieceRows];
        internal readonly long[] Firsts = new long[PieceRows];
        internal sbyte[]? Weights;
        internal RowStamp[]? Stamps;
        internal int Count;
    }
}
