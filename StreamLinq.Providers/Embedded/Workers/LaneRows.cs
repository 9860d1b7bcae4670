// Rows of a source on their way to a lane, as they came: where they are if they stay there until the epoch ends, else a copy, because the batch belongs to the source again when the epoch's thread goes on.
// Used again, so that a warm query allocates nothing for them.
using System.Runtime.CompilerServices;

namespace StreamLinq.Embedded;

/// <summary>Filled by the epoch's thread, then handed over whole.</summary>
/// <param name="target">What takes them.</param>
/// <param name="order">Their order.</param>
/// <param name="failing">The order of what can fail.</param>
/// <param name="context">Where the lane's loops say where they stand.</param>
internal sealed class LaneRows<TRow>(IRowTarget<TRow> target, LaneOrder order, LaneOrder failing, StageContext context) : ILaneWork
{
    /// <summary>The rows of a copy at most.</summary>
    internal const int Capacity = 2048;

    private TRow[] _rows = [];
    private TRow[] _copy = [];
    private int _from;
    private int _to;
    private long _base;
    private string _place = "";
    private long _rowBase;
    private volatile bool _isFree = true;

    /// <summary>Whether nobody has it.</summary>
    internal bool IsFree => _isFree;

    public long At => failing.Now;

    /// <summary>Takes rows over.</summary>
    /// <param name="rows">Where they are.</param>
    /// <param name="from">The first one.</param>
    /// <param name="count">How many.</param>
    /// <param name="number">The number of the first one among all that the operator gets.</param>
    /// <param name="reading">What is being read, for errors.</param>
    internal void Copy(TRow[] rows, int from, int count, long number, StageContext reading)
    {
        if (_copy.Length == 0) _copy = new TRow[Capacity];
        rows.AsSpan(from, count).CopyTo(_copy);
        Take(_copy, 0, count, number, reading.Place, reading.RowBase + from);
    }

    /// <summary>Takes rows that stay where they are until the epoch ends.</summary>
    /// <param name="rows">Where they are.</param>
    /// <param name="from">The first one.</param>
    /// <param name="to">Behind the last one.</param>
    /// <param name="number">The number of the first one among all that the operator gets.</param>
    /// <param name="reading">What is being read, for errors.</param>
    internal void Refer(TRow[] rows, int from, int to, long number, StageContext reading) => Take(rows, from, to, number, reading.Place, reading.RowBase);

    private void Take(TRow[] rows, int from, int to, long number, string place, long rowBase)
    {
        _isFree = false;
        (_rows, _from, _to, _base, _place, _rowBase) = (rows, from, to, number - from, place, rowBase);
    }

    public void Run()
    {
        order.Begin(_base, _from);
        (context.Place, context.RowBase, context.Order) = (_place, _rowBase, order);
        target.Push(_rows, _from, _to, null);
        if (_rows == _copy && RuntimeHelpers.IsReferenceOrContainsReferences<TRow>()) Array.Clear(_copy, 0, _to);
        _rows = [];
        _isFree = true;
    }
}

/// <summary>Those of one lane. Used by the epoch's thread.</summary>
internal sealed class LaneRowsPool<TRow>(IRowTarget<TRow> target, LaneOrder order, LaneOrder failing, StageContext context)
{
    private readonly List<LaneRows<TRow>> _all = [];

    /// <summary>One that nobody has.</summary>
    internal LaneRows<TRow> Take()
    {
        var free = _all.Find(static r => r.IsFree);
        if (free is null) _all.Add(free = new LaneRows<TRow>(target, order, failing, context));
        return free;
    }
}
