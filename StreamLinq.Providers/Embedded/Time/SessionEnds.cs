// When which session ends, for closing them in time. A session that grows is not moved: it stands where it ended when it was last looked at, and is looked at again when that time comes. What ends in much the same time,
// seen from the time up to which all has been closed, lies in one heap of entries without order: the nearer, the smaller (a radix heap). So an entry costs an append now and then instead of a search for its place.
using System.Numerics;

namespace StreamLinq.Embedded;

/// <summary>Says when a session ends as it is now; <see cref="SessionEnds.Gone"/> if it is not there any more.</summary>
/// <param name="session">Its place.</param>
/// <param name="use">The use of the place.</param>
internal delegate long EndOfSession(int session, uint use);

/// <summary>Single writer. Ends are not negative, and the end of a session never moves to an earlier time.</summary>
internal sealed class SessionEnds(EndOfSession endOf)
{
    /// <summary>What a session ends at that is not there any more.</summary>
    internal const long Gone = long.MinValue;

    // By the highest bit in which the end differs from the time up to which all is closed; the first: not above it.
    private readonly List<Entry>[] _parts = [.. Enumerable.Range(0, 64).Select(_ => new List<Entry>())];
    private readonly List<Entry> _taken = [];
    private ulong _filled;
    private long _closed;
    private Entry? _earliest;

    internal long MemoryBytes => (_parts.Sum(p => (long)p.Capacity) + _taken.Capacity) * System.Runtime.CompilerServices.Unsafe.SizeOf<Entry>();

    internal void Add(int session, uint use, long end)
    {
        var entry = new Entry(end, session, use);
        if (_earliest is { } earliest && end < earliest.End) _earliest = entry;
        Put(entry);
    }

    /// <summary>Takes out all sessions that end up to this time, in no order.</summary>
    internal void Take(long until, List<int> into)
    {
        _earliest = null;
        if (until > _closed)
        {
            for (var part = PartOf(until); part > 0; part--) TakePart(part);
            _closed = until;
        }

        TakePart(0);
        foreach (ref readonly var entry in System.Runtime.InteropServices.CollectionsMarshal.AsSpan(_taken))
        {
            var end = endOf(entry.Session, entry.Use);
            if (end == Gone) continue;
            if (end <= until) into.Add(entry.Session);
            else Put(entry with { End = end });
        }

        _taken.Clear();
    }

    /// <summary>When the first of them ends; null: there is none.</summary>
    internal long? Earliest
    {
        get
        {
            if (_earliest is { } known && endOf(known.Session, known.Use) == known.End) return known.End;
            _earliest = null;
            while (_filled != 0)
            {
                var part = BitOperations.TrailingZeroCount(_filled);
                TakePart(part);
                foreach (ref readonly var entry in System.Runtime.InteropServices.CollectionsMarshal.AsSpan(_taken))
                {
                    var end = endOf(entry.Session, entry.Use);
                    if (end == Gone) continue;
                    Put(entry with { End = end });
                    // Whatever is in a part ends before all in the next ones.
                    if (PartOf(end) == part && !(_earliest is { } other && other.End <= end)) _earliest = entry with { End = end };
                }

                _taken.Clear();
                if (_earliest is { } found) return found.End;
            }

            return null;
        }
    }

    private int PartOf(long end) => end <= _closed ? 0 : 64 - BitOperations.LeadingZeroCount((ulong)(end ^ _closed));

    private void Put(in Entry entry)
    {
        var part = PartOf(entry.End);
        _parts[part].Add(entry);
        _filled |= 1UL << part;
    }

    private void TakePart(int part)
    {
        if ((_filled & (1UL << part)) == 0) return;
        _taken.AddRange(_parts[part]);
        _parts[part].Clear();
        _filled &= ~(1UL << part);
    }

    private readonly record struct Entry(long End, int Session, uint Use);
}
