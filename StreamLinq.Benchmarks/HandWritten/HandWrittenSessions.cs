// The loop that a good programmer would write for sessions per key of rows in order: the running session of each key in a table; a row after the gap ends it and begins the next. Sessions of keys that
// have fallen silent are ended by a look at all keys every half gap. No epochs, no output: ended sessions are only counted.
namespace StreamLinq.Benchmarks;

/// <summary>Counts rows per key and session. The limit; rows must be in order.</summary>
/// <param name="gap">How long a key must be silent, in ticks.</param>
internal sealed class HandWrittenSessions(long gap)
{
    private readonly HandTable<Session> _sessions = new();
    private long _nextLook = long.MinValue;
    private long _latest;

    /// <summary>Sessions that have ended.</summary>
    internal long Emitted { get; private set; }

    /// <summary>Their rows, added up.</summary>
    internal long Total { get; private set; }

    internal void Add(ReadOnlySpan<Row> rows)
    {
        foreach (ref readonly var row in rows)
        {
            if (row.Time >= _nextLook) Look(row.Time, gap + 1);
            ref var session = ref _sessions.Slot(row.Key);
            if (row.Time - session.Last > gap)
            {
                End(ref session);
                session.Start = row.Time;
            }

            session.Last = row.Time;
            session.Count++;
        }

        _latest = rows[^1].Time;
    }

    /// <summary>Ends what is over by the time of the last row.</summary>
    internal void EndSilent() => Look(_latest, gap);

    // A row that comes exactly after the gap still belongs to the session.
    private void Look(long now, long silence)
    {
        _nextLook = now + (gap / 2);
        foreach (var entry in _sessions.Entries)
            if (entry.Key != 0 && entry.Value.Count > 0 && now - entry.Value.Last >= silence) End(ref _sessions.Slot(entry.Key));
    }

    private void End(ref Session session)
    {
        if (session.Count == 0) return;
        Emitted++;
        Total += session.Count;
        session.Count = 0;
    }

    internal struct Session
    {
        public long Start, Last, Count;
    }
}
