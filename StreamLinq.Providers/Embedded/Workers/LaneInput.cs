// What the exchanges into one operator share: the number of the next row, and which of them has rows in hand. Rows of one exchange must be on their way before the next takes rows,
// because lanes get rows in the order in which they came.
namespace StreamLinq.Embedded;

/// <summary>An exchange, whatever its rows are.</summary>
internal interface IExchange
{
    /// <summary>Sends the rows in hand on their way.</summary>
    void Close();

    /// <summary>A batch of the stage before it is through. Throws what a lane has failed with.</summary>
    void EndBatch();
}

/// <summary>Used by the thread that runs the epoch.</summary>
internal sealed class LaneInput
{
    private IExchange? _open;
    private long _flushed;

    /// <summary>The number of the next row.</summary>
    internal long Next { get; set; }

    /// <summary>What the lanes add up before the rows go to their owners; null: nothing.</summary>
    internal ILaneParts? Parts { get; set; }

    /// <summary>Rows since the last flush.</summary>
    internal long Rows => Next - _flushed;

    /// <summary>An exchange takes rows.</summary>
    internal void Enter(IExchange exchange)
    {
        if (_open != exchange) _open?.Close();
        _open = exchange;
    }

    /// <summary>All rows are on their way.</summary>
    internal void Flush()
    {
        _open?.Close();
        _open = null;
        _flushed = Next;
    }
}
