// The epochs of a query with one WithEventTime, and the watermarks they run with: an epoch runs with what the rows of earlier epochs promise, and
// what was the watermark of the epoch before decides what is late. Where no rows are left, an epoch without rows takes the last promise over.
namespace StreamLinq.Tests.Windows;

/// <summary>One epoch; times in UTC ticks, null as long as nothing is promised.</summary>
internal sealed record ReferenceEpoch(IReadOnlyList<Click> Rows, long? Late, long? Watermark)
{
    internal const long EndOfTime = long.MaxValue;

    /// <summary>The same epoch further down, behind an operator that holds rows back.</summary>
    internal ReferenceEpoch Behind(IReadOnlyList<Click> rows, TimeSpan held) => new(rows, Less(Late, held), Less(Watermark, held));

    private static long? Less(long? time, TimeSpan held) => time == EndOfTime ? time : time - held.Ticks;
}

internal sealed class ReferenceEpochs(TimeSpan delay)
{
    private long? _watermark, _latest;

    /// <summary>What follows when rows are added: an epoch with them, and if the query is let run until it has nothing to do, perhaps one without.</summary>
    internal IEnumerable<ReferenceEpoch> After(Click[] rows, bool untilIdle)
    {
        if (rows.Length > 0) yield return Next(rows);
        if ((rows.Length == 0 || untilIdle) && Promised() != _watermark) yield return Next([]);
    }

    internal ReferenceEpoch End() => new([], _watermark, ReferenceEpoch.EndOfTime);

    private ReferenceEpoch Next(Click[] rows)
    {
        var epoch = new ReferenceEpoch(rows, _watermark, Promised());
        _watermark = epoch.Watermark;
        foreach (var row in rows)
            if (_latest is null || row.At.UtcTicks > _latest) _latest = row.At.UtcTicks;
        return epoch;
    }

    private long? Promised()
    {
        if (_latest is not { } latest) return null;
        var promised = latest - delay.Ticks;
        while (promised % 10_000 != 0) promised--;
        return _watermark > promised ? _watermark : promised;
    }
}
