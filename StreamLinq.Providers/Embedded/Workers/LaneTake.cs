// Where a lane that looks at all rows puts those of its keys: side by side, so that what takes them can ask for slots ahead. On one thread, in memory that no other worker touches.
using System.Runtime.CompilerServices;

namespace StreamLinq.Embedded;

/// <summary>A loop adds rows one by one. Used by its lane.</summary>
/// <typeparam name="TRow">The rows.</typeparam>
/// <typeparam name="TKey">Their key.</typeparam>
/// <typeparam name="TOf">Where it is.</typeparam>
/// <typeparam name="THash">Hashes keys.</typeparam>
internal sealed class LaneTake<TRow, TKey, TOf, THash> where TOf : struct, IKeyOf<TRow, TKey> where THash : struct, IKeyHash<TKey>
{
    private const int Capacity = 2048;

    private readonly TRow[] _rows = new TRow[Capacity];
    private readonly int[] _places = new int[Capacity];
    private readonly IRowTarget<TRow> _target;
    private readonly LaneOrder _reading;
    private readonly LaneOrder _order;
    private readonly StageContext _context;
    private readonly ulong _seed;
    private readonly int _lanes;
    private readonly int _lane;
    private int _count;

    /// <param name="target">What takes the rows.</param>
    /// <param name="reading">The order of the rows that the lane looks at.</param>
    /// <param name="order">The order of the operator.</param>
    /// <param name="context">Where the lane's loops say where they stand.</param>
    /// <param name="seed">The query's seed.</param>
    /// <param name="lanes">How many lanes there are.</param>
    /// <param name="lane">The lane.</param>
    public LaneTake(IRowTarget<TRow> target, LaneOrder reading, LaneOrder order, StageContext context, ulong seed, int lanes, int lane) =>
        (_target, _reading, _order, _context, _seed, _lanes, _lane) = (target, reading, order, context, seed, lanes, lane);

    /// <summary>Adds a row, if its key is one of the lane's.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Add(TRow row)
    {
        // Nobody can foresee whose a row is, so there is no jump: it is written, and counted or not.
        var isOurs = LaneOfKey.Of(default(THash).Hash(default(TOf).Of(ref row), _seed), _lanes) == _lane;
        var count = _count;
        _rows[count] = row;
        _places[count] = _reading.Row;
        _count = count += Unsafe.BitCast<bool, byte>(isOurs);
        if (count == Capacity) Flush();
    }

    /// <summary>Hands on what there is.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public void Flush()
    {
        _order.Begin(_reading.Base, _places);
        _context.Order = _order;
        _target.Push(_rows, 0, _count, null);
        _context.Order = _reading;
        if (RuntimeHelpers.IsReferenceOrContainsReferences<TRow>()) Array.Clear(_rows);
        _count = 0;
    }
}
