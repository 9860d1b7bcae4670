// What a join sends on, in batches, and the number of the row that came last: the order of everything that a join gives goes by these numbers.
namespace StreamLinq.Embedded;

internal sealed class JoinOutput<TRow>(string name, bool isChanging, IReadOnlyList<IRowTarget<TRow>> targets, StageContext context, LaneOrder? order = null)
{
    private const int SendEvery = 4096;

    private readonly RowBuffer<TRow> _rows = new();

    /// <summary>The same for other targets.</summary>
    internal JoinOutput(JoinOutput<TRow> like, IReadOnlyList<IRowTarget<TRow>> targets) : this(like.Name, isChanging: true, targets, like.Context)
    {
    }

    /// <summary>The number of the next row that is kept.</summary>
    internal long Sequence;

    /// <summary>Where the rows that follow belong, where several workers share the join.</summary>
    internal RowStamp Stamp;

    internal string Name => name;

    internal LaneOrder? Order => order;

    internal StageContext Context => context;

    /// <summary>Whether results can be taken back.</summary>
    internal bool IsChanging => isChanging;

    internal void Add(TRow row)
    {
        if (isChanging) _rows.Add(row, 1);
        else _rows.Add(row);
        order?.Stamp(_rows.Count, Stamp);
        if (_rows.Count >= SendEvery) Send();
    }

    internal void TakeBack(TRow row)
    {
        _rows.Add(row, -1);
        order?.Stamp(_rows.Count, Stamp);
        if (_rows.Count >= SendEvery) Send();
    }

    internal void Flush() => _rows.Flush(targets);

    /// <summary>Sends what is there; an error on the way is one of a result of the join.</summary>
    internal void Send()
    {
        if (_rows.Count == 0) return;
        var (place, from) = (context.Place, context.RowBase);
        context.Place = $"the results of {name}";
        context.RowBase = 0;
        _rows.Flush(targets);
        (context.Place, context.RowBase) = (place, from);
    }
}
