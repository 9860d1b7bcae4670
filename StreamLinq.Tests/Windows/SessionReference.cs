// Sessions as simple as they can be: a list per key, the latest made first, through which every row goes; what an epoch sends, down to the order of rows and of merges, and what is open after it.
using StreamLinq.Embedded;

namespace StreamLinq.Tests.Windows;

/// <summary>A session as a row: its rows by number in the order in which they were added, a bar between parts that were joined.</summary>
public readonly record struct SessionRow(long Key, long Start, long End, string State);

internal sealed class SessionReference(long grace, bool shows, bool keepsClosed)
{
    private readonly Codec<(long Key, long Start, long End)> _keys = Codecs.Key<(long, long, long)>();
    private readonly Dictionary<long, List<Open>> _open = [];
    private readonly List<Open> _touched = [];
    private EpochTime _time;

    /// <summary>What the epoch sends: weight and row.</summary>
    internal List<(int Weight, SessionRow Row)> Sent { get; } = [];

    internal long RowsLate { get; private set; }

    /// <summary>What the checkpoint has.</summary>
    internal SortedDictionary<string, string> Stored => new(All.ToDictionary(s => BytesOf(s.Row), s => s.Row.State), StringComparer.Ordinal);

    internal long? DueAt => keepsClosed || !All.Any() ? null : grace == TimeSpan.MaxValue.Ticks ? EpochTime.EndOfTime : All.Min(s => s.Row.End) + grace;

    private IEnumerable<Open> All => _open.Values.SelectMany(s => s);

    internal void BeginEpoch(EpochTime time)
    {
        _time = time;
        Sent.Clear();
    }

    internal void Add(int id, long key, long ticks, long gap)
    {
        if (gap <= 0) return;
        var end = ticks + gap;
        if (IsClosedBy(_time.LateUntil, end))
        {
            RowsLate++;
            return;
        }

        if (!_open.TryGetValue(key, out var sessions)) _open[key] = sessions = [];
        Open? found = null;
        foreach (var session in sessions.Where(s => s.Row.Start <= end && s.Row.End >= ticks && !IsClosedBy(_time.LateUntil, s.Row.End)).ToList())
        {
            Touch(session);
            if (found is null)
            {
                found = session;
                found.Row = found.Row with { Start = Math.Min(found.Row.Start, ticks), End = Math.Max(found.Row.End, end) };
                continue;
            }

            found.Row = found.Row with { Start = Math.Min(found.Row.Start, session.Row.Start), End = Math.Max(found.Row.End, session.Row.End), State = $"{found.Row.State}|{session.Row.State}" };
            sessions.Remove(session);
            _touched.Remove(session);
        }

        if (found is null)
        {
            found = new Open { Row = new SessionRow(key, ticks, end, "") };
            sessions.Insert(0, found);
            _touched.Add(found);
        }

        found.Row = found.Row with { State = $"{found.Row.State} {id}" };
    }

    internal void EndEpoch()
    {
        if (shows) Sent.AddRange(_touched.Select(s => (1, s.Row)));
        _touched.Clear();
        if (keepsClosed) return;
        var closed = All.Where(s => IsClosedBy(_time.Watermark, s.Row.End)).OrderBy(s => s.Row.End).ThenBy(s => s.Row.Start).ThenBy(s => BytesOf(s.Row), StringComparer.Ordinal).ToList();
        if (!shows) Sent.AddRange(closed.Select(s => (1, s.Row)));
        foreach (var session in closed) _open[session.Row.Key].Remove(session);
    }

    /// <summary>Goes on from what the checkpoint has, put back in the order of its bytes.</summary>
    internal void Restart()
    {
        var all = All.OrderBy(s => BytesOf(s.Row), StringComparer.Ordinal).ToList();
        foreach (var sessions in _open.Values) sessions.Clear();
        foreach (var session in all) _open[session.Row.Key].Insert(0, session);
    }

    private void Touch(Open session)
    {
        if (_touched.Contains(session)) return;
        if (shows) Sent.Add((-1, session.Row));
        _touched.Add(session);
    }

    private bool IsClosedBy(long watermark, long end) =>
        watermark == EpochTime.EndOfTime || (watermark != EpochTime.NoWatermark && grace != TimeSpan.MaxValue.Ticks && end + grace <= watermark);

    private string BytesOf(SessionRow row)
    {
        var bytes = new ByteWriter();
        _keys.Write(bytes, (row.Key, row.Start, row.End));
        return Convert.ToHexString(bytes.Written);
    }

    private sealed class Open
    {
        internal SessionRow Row;
    }
}
