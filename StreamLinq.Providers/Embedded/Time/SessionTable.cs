// The open sessions of a group-by. Sessions of a key hang on a list; nearly every key has one. What closes when is kept in a heap with one entry per session,
// which is looked at again when its time comes: a session that has grown meanwhile goes back in, so that closing never looks at sessions that stay.
namespace StreamLinq.Embedded;

/// <summary>One session of one key.</summary>
internal struct Session<TKey, TState, TRow>
{
    public TKey Key;
    public TState State;
    public long Start;

    /// <summary>The last row's time plus its gap.</summary>
    public long End;

    /// <summary>The key's next session, or <see cref="SessionTable{TKey, TState, TRow, THash}.None"/>.</summary>
    public int Next;

    /// <summary>Counts the uses of this place, so that entries of the heap that speak of an earlier one are known.</summary>
    public uint Use;

    /// <summary>The epoch that last touched it; 0: the place is free.</summary>
    public long Epoch;

    /// <summary>The span under which the checkpoint has it; none if it does not.</summary>
    public WindowSpan? Saved;
}

/// <summary>Single writer.</summary>
internal sealed class SessionTable<TKey, TState, TRow, THash> where THash : struct, IKeyHash<TKey>
{
    internal const int None = -1;

    private readonly GroupTable<TKey, int, byte, THash> _heads;
    private readonly GroupMerge<TState> _merge;
    private readonly long _grace;
    private readonly PriorityQueue<(int Session, uint Use), long> _ends = new();
    private readonly Stack<int> _free = new();
    private readonly List<(int Session, uint Use, long Arrived)> _touched = [];
    private readonly List<(TKey Key, WindowSpan Span)> _removed = [];
    private readonly List<TKey> _goneKeys = [];
    private readonly Action<int>? _beforeChange;
    private int _used;
    private EpochTime _time = new(EpochTime.NoWatermark, EpochTime.NoWatermark, 0);
    private long _epoch;

    /// <param name="seed">The query's seed.</param>
    /// <param name="grace">How much longer a session stays open.</param>
    /// <param name="merge">Joins the state of two sessions.</param>
    /// <param name="beforeChange">Is told of a session from an earlier epoch before this one changes it; null where nobody asks.</param>
    public SessionTable(ulong seed, TimeSpan grace, GroupMerge<TState> merge, Action<int>? beforeChange)
    {
        _heads = new GroupTable<TKey, int, byte, THash>(seed, static (_, _) => 0, Canonical.For<TKey>());
        _grace = grace.Ticks;
        _merge = merge;
        _beforeChange = beforeChange;
    }

    /// <summary>The sessions. Compiled loops write accumulators here; the array is another one after it has grown.</summary>
    public Session<TKey, TState, TRow>[] Sessions = new Session<TKey, TState, TRow>[64];

    internal int Count => _used - _free.Count;

    internal long RowsLate { get; private set; }

    /// <summary>The sessions that the epoch has made or changed and that are still there, in the order of the first touch.</summary>
    internal IEnumerable<int> Touched => TouchedInOrder.Select(t => t.Session);

    /// <summary>The same with when the row came that was the first to touch it.</summary>
    internal IEnumerable<(int Session, long Arrived)> TouchedInOrder
    {
        get
        {
            foreach (var (at, use, arrived) in _touched)
                if (Sessions[at].Use == use) yield return (at, arrived);
        }
    }

    /// <summary>Tells when rows came; null where no other worker has sessions of the same windows.</summary>
    internal LaneOrder? Order { get; init; }

    /// <summary>What the checkpoint has of sessions that are gone.</summary>
    internal IReadOnlyList<(TKey Key, WindowSpan Span)> Removed => _removed;

    internal long MemoryBytes => _heads.MemoryBytes + ((long)Sessions.Length * System.Runtime.CompilerServices.Unsafe.SizeOf<Session<TKey, TState, TRow>>());

    internal void BeginEpoch(EpochTime time)
    {
        _time = time;
        _epoch++;
    }

    /// <summary>Whether a row that would make a session of its own with this gap is dropped: it is late, its gap is not above zero, or its session is not in the calendar.</summary>
    public bool Refuses(long ticks, long gap)
    {
        if (gap <= 0) return true;
        if (gap <= DateTimeOffset.MaxValue.Ticks - ticks && !IsClosed(ticks + gap)) return false;
        RowsLate++;
        return true;
    }

    internal long Ends(long end) => _grace > EpochTime.EndOfTime - end ? EpochTime.EndOfTime : end + _grace;

    private bool Closes(long end) => _time.Watermark == EpochTime.EndOfTime || (_grace != TimeSpan.MaxValue.Ticks && Ends(end) <= _time.Watermark);

    private bool IsClosed(long end) => _grace != TimeSpan.MaxValue.Ticks && Ends(end) <= _time.LateUntil;

    /// <summary>The session of a row: one that it touches, grown by it and joined with the others it touches, or a new one.</summary>
    public int Place(TKey key, long ticks, long gap)
    {
        var known = _heads.Count;
        var slot = _heads.Slot(key);
        if (_heads.Count > known) _heads.Entries[slot].Accumulator = None;
        var end = ticks + gap;
        var found = None;
        ref var link = ref _heads.Entries[slot].Accumulator;
        while (link != None)
        {
            var at = link;
            ref var session = ref Sessions[at];
            // One that is closed may still be here, for an output that shows it; nothing joins it any more.
            if (session.Start > end || session.End < ticks || IsClosed(session.End))
            {
                link = ref session.Next;
                continue;
            }

            Touch(at);
            if (found == None)
            {
                found = at;
                session.Start = Math.Min(session.Start, ticks);
                session.End = Math.Max(session.End, end);
                link = ref session.Next;
                continue;
            }

            ref var into = ref Sessions[found];
            into.Start = Math.Min(into.Start, session.Start);
            into.End = Math.Max(into.End, session.End);
            _merge(ref into.State, session.State);
            link = session.Next;
            Free(at);
        }

        return found != None ? found : Open(slot, ticks, end);
    }

    private int Open(int slot, long start, long end)
    {
        if (!_free.TryPop(out var at))
        {
            if (_used == Sessions.Length) Array.Resize(ref Sessions, _used * 2);
            at = _used++;
        }

        ref var head = ref _heads.Entries[slot];
        ref var session = ref Sessions[at];
        session = new Session<TKey, TState, TRow> { Key = head.Key, Start = start, End = end, Next = head.Accumulator, Use = session.Use + 1, Epoch = _epoch };
        head.Accumulator = at;
        _touched.Add((at, session.Use, Order?.Now ?? 0));
        _ends.Enqueue((at, session.Use), end);
        return at;
    }

    private void Touch(int at)
    {
        ref var session = ref Sessions[at];
        if (session.Epoch == _epoch) return;
        _beforeChange?.Invoke(at);
        session.Epoch = _epoch;
        _touched.Add((at, session.Use, Order?.Now ?? 0));
    }

    // The place is used again; what the heap and the list of touched sessions still say of it is known to be old.
    private void Free(int at)
    {
        ref var session = ref Sessions[at];
        if (session.Saved is { } saved) _removed.Add((session.Key, saved));
        session = new Session<TKey, TState, TRow> { Use = session.Use + 1 };
        _free.Push(at);
    }

    /// <summary>The earliest watermark that closes a session.</summary>
    internal long? DueAt
    {
        get
        {
            if (_grace == TimeSpan.MaxValue.Ticks) return Count > 0 ? EpochTime.EndOfTime : null;
            while (_ends.TryPeek(out var entry, out var end))
            {
                ref var session = ref Sessions[entry.Session];
                if (session.Use == entry.Use && session.End == end) return Ends(end);
                _ends.Dequeue();
                if (session.Use == entry.Use) _ends.Enqueue(entry, session.End);
            }

            return null;
        }
    }

    /// <summary>The sessions that the epoch's watermark closes, in no order.</summary>
    internal List<int> Closing()
    {
        var closing = new List<int>();
        while (_ends.TryPeek(out var entry, out var end) && Closes(end))
        {
            _ends.Dequeue();
            ref var session = ref Sessions[entry.Session];
            if (session.Use != entry.Use) continue;
            if (Closes(session.End)) closing.Add(entry.Session);
            else _ends.Enqueue(entry, session.End);
        }

        return closing;
    }

    /// <summary>Frees a closed session.</summary>
    internal void Remove(int at)
    {
        var key = Sessions[at].Key;
        var slot = _heads.Slot(key);
        ref var link = ref _heads.Entries[slot].Accumulator;
        while (link != at) link = ref Sessions[link].Next;
        link = Sessions[at].Next;
        if (_heads.Entries[slot].Accumulator == None) _goneKeys.Add(key);
        Free(at);
    }

    internal void Restore(TKey key, long start, long end, TState state)
    {
        var known = _heads.Count;
        var slot = _heads.Slot(key);
        if (_heads.Count > known) _heads.Entries[slot].Accumulator = None;
        var at = Open(slot, start, end);
        ref var session = ref Sessions[at];
        session.State = state;
        session.Saved = new WindowSpan(start, end);
        session.Epoch = -1;
        _touched.Clear();
        _heads.EndEpoch([]);
    }

    internal void EndEpoch()
    {
        foreach (var at in Touched) Sessions[at].Saved = new WindowSpan(Sessions[at].Start, Sessions[at].End);
        _touched.Clear();
        _removed.Clear();
        _heads.EndEpoch(_goneKeys);
        _goneKeys.Clear();
    }

    /// <summary>All sessions, in no order that means anything.</summary>
    internal IEnumerable<int> All()
    {
        for (var at = 0; at < _used; at++)
            if (Sessions[at].Epoch != 0) yield return at;
    }
}
