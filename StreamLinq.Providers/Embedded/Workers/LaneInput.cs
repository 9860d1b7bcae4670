// What the exchanges into one operator share: the number of the next row, and which of them has rows in hand. Rows of one exchange must be on their way before the next takes rows,
// because lanes get rows in the order in which they came.
namespace StreamLinq.Embedded;

/// <summary>An exchange with rows in hand.</summary>
internal interface IOpenExchange
{
    /// <summary>Sends them on their way.</summary>
    void Close();
}

/// <summary>Used by the thread that runs the epoch.</summary>
internal sealed class LaneInput
{
    private IOpenExchange? _open;

    /// <summary>The number of the next row.</summary>
    internal long Next { get; set; }

    /// <summary>Rows since the last flush.</summary>
    internal long Rows { get; private set; }

    /// <summary>An exchange takes so many rows; gives the number of the first.</summary>
    internal long Take(IOpenExchange exchange, int rows)
    {
        if (_open != exchange) Close();
        _open = exchange;
        var first = Next;
        Next += rows;
        Rows += rows;
        return first;
    }

    internal void Close()
    {
        _open?.Close();
        _open = null;
    }

    /// <summary>All rows are on their way; the next are counted anew.</summary>
    internal long EndRows()
    {
        Close();
        var rows = Rows;
        Rows = 0;
        return rows;
    }
}
