// Room for the rows of one side of a join, used again and again: what a pane has held, the next one is likely to hold too.
namespace StreamLinq.Embedded;

internal abstract class JoinRoom
{
    private const int MostFree = 64;

    private readonly Stack<JoinRows> _free = new();
    private readonly List<JoinRows> _gone = [];

    /// <summary>The rows that have gone all at once in the running epoch. They can be read until it has ended.</summary>
    public IReadOnlyList<JoinRows> Gone => _gone;

    private protected abstract JoinRows Make();

    /// <summary>Room without rows.</summary>
    public JoinRows Take() => _free.TryPop(out var rows) ? rows : Make();

    /// <summary>Says that all rows are gone, before <see cref="Return"/>.</summary>
    public void AddGone(JoinRows rows)
    {
        rows.IsGone = true;
        _gone.Add(rows);
    }

    /// <summary>Takes room back. What has just gone is kept until the epoch has ended.</summary>
    public void Return(JoinRows rows)
    {
        if (rows.IsGone) return;
        rows.Clear();
        if (_free.Count < MostFree) _free.Push(rows);
    }

    public void EndEpoch()
    {
        foreach (var rows in _gone)
        {
            rows.IsGone = false;
            Return(rows);
        }

        _gone.Clear();
    }
}

internal sealed class JoinRoom<TKey, TRow> : JoinRoom
{
    private protected override JoinRows Make() => new JoinRows<TKey, TRow>();
}
