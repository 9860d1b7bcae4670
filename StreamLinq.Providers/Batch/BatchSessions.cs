// From the part each row has in a session to whole sessions, per key: parts that overlap or touch are one.
namespace StreamLinq.Batch;

internal sealed class BatchSessions<K>
{
    private readonly ILookup<K, Window> _sessions;

    internal BatchSessions(IEnumerable<(K Key, InWindows Stamp)> rows) =>
        _sessions = rows.Where(r => r.Stamp.Merges).GroupBy(r => r.Key, r => r.Stamp.Windows).SelectMany(parts => Merged(parts.SelectMany(p => p)), (parts, session) => (parts.Key, session)).ToLookup(s => s.Key, s => s.session);

    /// <summary>The session of a key that a row's part has become part of.</summary>
    internal Window Around(K key, Window part) => _sessions[key].First(session => session.Start <= part.Start && part.End <= session.End);

    private static List<Window> Merged(IEnumerable<Window> parts)
    {
        var sessions = new List<Window>();
        foreach (var part in parts.OrderBy(p => p.Start))
        {
            if (sessions.Count > 0 && part.Start <= sessions[^1].End)
                sessions[^1] = new Window(sessions[^1].Start, part.End > sessions[^1].End ? part.End : sessions[^1].End);
            else
                sessions.Add(part);
        }
        return sessions;
    }
}

internal static class BatchSessions
{
    internal static BatchSessions<K> Of<K>(IEnumerable<(K Key, InWindows Stamp)> rows) => new(rows);
}
