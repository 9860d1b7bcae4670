// The open sessions of a group-by. Sessions of a key hang on a list; nearly every key has one. The one that the key's last row went to lies in the key's slot too, and there it grows:
// a row that only makes it longer touches the slot and nothing else. At the end of the epoch what the slots have is written back, and the sessions are read where they are.
using System.Runtime.CompilerServices;

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

    /// <summary>Counts the uses of this place, so that what still speaks of an earlier one is known.</summary>
    public uint Use;

    /// <summary>The epoch that last touched it; 0: the place is free.</summary>
    public long Epoch;

    /// <summary>The span under which the checkpoint has it; none if it does not.</summary>
    public WindowSpan? Saved;
}

/// <summary>What lies in a key's slot. All zero: the key is new.</summary>
internal struct SessionHead<TState>
{
    /// <summary>Where rows begin that belong to the session at hand and to no other.</summary>
    public long Start;

    /// <summary>How many ticks such rows have; 0: rows have to be looked at. Above 0, the session's end is one less behind its start.</summary>
    public long Length;

    /// <summary>The accumulators of the session at hand.</summary>
    public TState State;

    /// <summary>The session at hand, or <see cref="SessionTable{TKey, TState, TRow, THash}.None"/>.</summary>
    public int AtHand;

    /// <summary>The key's first session, or none.</summary>
    public int First;
}

/// <summary>A session that the running epoch has touched.</summary>
/// <param name="Session">Its place.</param>
/// <param name="Use">The use of the place; another one: it is gone.</param>
/// <param name="Arrived">When the row came that was the first to touch it.</param>
internal readonly record struct TouchedSession(int Session, uint Use, long Arrived);

/// <summary>Single writer.</summary>
internal sealed class SessionTable<TKey, TState, TRow, THash> where THash : struct, IKeyHash<TKey>
{
    // Of the places of sessions the first is not used.
    internal const int None = 0;

    private readonly GroupMerge<TState> _merge;
    private readonly long _grace;
    private readonly bool _closes;
    private readonly SessionEnds _ends;
    private readonly Stack<int> _free = new();
    private readonly List<TouchedSession> _touched = [];
    private readonly List<(TKey Key, WindowSpan Span)> _removed = [];
    private readonly List<TKey> _goneKeys = [];
    private readonly List<int> _closing = [];
    private readonly Action<int>? _beforeChange;
    private int _used = 1;
    private long _closedUntil = EpochTime.NoWatermark;
    private long _closesUntil = EpochTime.NoWatermark;
    private long _epoch;

    /// <param name="seed">The query's seed.</param>
    /// <param name="grace">How much longer a session stays open.</param>
    /// <param name="closes">Whether sessions are closed at all.</param>
    /// <param name="merge">Joins the state of two sessions.</param>
    /// <param name="beforeChange">Is told of a session from an earlier epoch before this one changes it; null where nobody asks.</param>
    public SessionTable(ulong seed, TimeSpan grace, bool closes, GroupMerge<TState> merge, Action<int>? beforeChange)
    {
        Heads = new GroupTable<TKey, SessionHead<TState>, byte, THash>(seed, static (_, _) => 0, Canonical.For<TKey>());
        _ends = new SessionEnds((at, use) => Sessions[at].Use == use ? Sessions[at].End : SessionEnds.Gone);
        _grace = grace.Ticks;
        _closes = closes;
        _merge = merge;
        _beforeChange = beforeChange;
    }

    /// <summary>The keys. Compiled loops write the accumulators of the session at hand here.</summary>
    public readonly GroupTable<TKey, SessionHead<TState>, byte, THash> Heads;

    /// <summary>The sessions, as they were when <see cref="Settle"/> was called; the array is another one after it has grown.</summary>
    internal Session<TKey, TState, TRow>[] Sessions = new Session<TKey, TState, TRow>[64];

    internal int Count => _used - 1 - _free.Count;

    internal long RowsLate { get; private set; }

    /// <summary>The sessions that the epoch has made or changed, in the order of the first touch, with those that are gone since.</summary>
    internal ReadOnlySpan<TouchedSession> Touched => System.Runtime.InteropServices.CollectionsMarshal.AsSpan(_touched);

    /// <summary>Tells when rows came; null where no other worker has sessions of the same windows.</summary>
    internal LaneOrder? Order { get; init; }

    /// <summary>What the checkpoint has of sessions that are gone.</summary>
    internal IReadOnlyList<(TKey Key, WindowSpan Span)> Removed => _removed;

    internal long MemoryBytes => Heads.MemoryBytes + _ends.MemoryBytes + ((long)Sessions.Length * Unsafe.SizeOf<Session<TKey, TState, TRow>>());

    /// <summary>Whether a session that was touched is still there.</summary>
    internal bool IsThere(in TouchedSession touched) => Sessions[touched.Session].Use == touched.Use;

    internal void BeginEpoch(EpochTime time)
    {
        _closedUntil = _grace == TimeSpan.MaxValue.Ticks ? EpochTime.NoWatermark : EndsAt(time.LateUntil);
        _closesUntil = _grace == TimeSpan.MaxValue.Ticks && time.Watermark != EpochTime.EndOfTime ? EpochTime.NoWatermark : EndsAt(time.Watermark);
        _epoch++;
    }

    // The latest end of a session that such a watermark closes.
    private long EndsAt(long watermark) => watermark == EpochTime.EndOfTime ? EpochTime.EndOfTime : watermark < EpochTime.NoWatermark + _grace ? EpochTime.NoWatermark : watermark - _grace;

    /// <summary>Whether a row that would make a session of its own with this gap is dropped: it is late, its gap is not above zero, or its session is not in the calendar.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool Refuses(long ticks, long gap)
    {
        if (gap > 0 && gap <= DateTimeOffset.MaxValue.Ticks - ticks && !IsClosed(ticks + gap)) return false;
        if (gap > 0) RowsLate++;
        return true;
    }

    internal long Ends(long end) => _grace > EpochTime.EndOfTime - end ? EpochTime.EndOfTime : end + _grace;

    private bool IsClosed(long end) => end <= _closedUntil;

    /// <summary>The slot of a row's key, with its session at hand: one that it touches, grown by it and joined with the others it touches, or a new one.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public int Place(TKey key, long ticks, long gap)
    {
        var slot = Heads.Slot(key);
        ref var head = ref Heads.Entries[slot].Accumulator;
        var after = ticks - head.Start;
        if ((ulong)after >= (ulong)head.Length) return Look(slot, ticks, ticks + gap);
        if (after + gap >= head.Length) head.Length = after + gap + 1;
        return slot;
    }

    // The key's first row in the epoch, or one that is not within the session at hand, or one that might touch a later session too.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private int Look(int slot, long ticks, long end)
    {
        ref var entry = ref Heads.Entries[slot];
        ref var head = ref entry.Accumulator;
        // After the latest session there is nothing that it could touch.
        var isPast = head.Length > 0 && ticks > head.Start;
        WriteBack(ref head);
        var found = None;
        var latest = long.MinValue;
        ref var link = ref head.First;
        while (!isPast && link != None)
        {
            var at = link;
            ref var session = ref Sessions[at];
            // One that is closed may still be here, for an output that shows it; nothing joins it any more.
            if (session.Start > end || session.End < ticks || IsClosed(session.End))
            {
                latest = Math.Max(latest, session.Start);
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

        if (found == None) found = Open(entry.Key, ref head, ticks, end);
        ref var own = ref Sessions[found];
        head.AtHand = found;
        head.State = own.State;
        if (own.Start > latest) (head.Start, head.Length) = (own.Start, own.End - own.Start + 1);
        return slot;
    }

    // What was at hand is put back; every row of the key is looked at until another one is.
    private void WriteBack(ref SessionHead<TState> head)
    {
        if (head.AtHand == None) return;
        ref var session = ref Sessions[head.AtHand];
        session.State = head.State;
        if (head.Length > 0) session.End = head.Start + head.Length - 1;
        head.Start = head.Length = 0;
    }

    /// <summary>Brings the sessions up to date. Called after the epoch's last row, before they are read.</summary>
    internal void Settle()
    {
        var entries = Heads.Entries;
        foreach (ref readonly var touched in Heads.Touched) WriteBack(ref entries[touched.Slot].Accumulator);
    }

    private int Open(TKey key, ref SessionHead<TState> head, long start, long end)
    {
        if (!_free.TryPop(out var at))
        {
            if (_used == Sessions.Length) Array.Resize(ref Sessions, _used * 2);
            at = _used++;
        }

        ref var session = ref Sessions[at];
        session = new Session<TKey, TState, TRow> { Key = key, Start = start, End = end, Next = head.First, Use = session.Use + 1, Epoch = _epoch };
        head.First = at;
        _touched.Add(new TouchedSession(at, session.Use, Order?.Now ?? 0));
        if (_closes) _ends.Add(at, session.Use, end);
        return at;
    }

    private void Touch(int at)
    {
        ref var session = ref Sessions[at];
        if (session.Epoch == _epoch) return;
        _beforeChange?.Invoke(at);
        session.Epoch = _epoch;
        _touched.Add(new TouchedSession(at, session.Use, Order?.Now ?? 0));
    }

    // The place is used again; what is still said of it elsewhere is known to be old.
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
            return _ends.Earliest is { } end ? Ends(end) : null;
        }
    }

    /// <summary>The sessions that the epoch's watermark closes, in no order. The list is good until the next call.</summary>
    internal List<int> Closing()
    {
        _closing.Clear();
        _ends.Take(_closesUntil, _closing);
        return _closing;
    }

    /// <summary>Frees a closed session.</summary>
    internal void Remove(int at)
    {
        var key = Sessions[at].Key;
        var slot = Heads.Slot(key);
        ref var head = ref Heads.Entries[slot].Accumulator;
        ref var link = ref head.First;
        while (link != at) link = ref Sessions[link].Next;
        link = Sessions[at].Next;
        if (head.AtHand == at) (head.AtHand, head.State) = (None, default!);
        if (head.First == None) _goneKeys.Add(key);
        Free(at);
    }

    internal void Restore(TKey key, long start, long end, TState state)
    {
        // The slot comes first, then the place: both may make an array another one.
        var slot = Heads.Slot(key);
        ref var entry = ref Heads.Entries[slot];
        var at = Open(entry.Key, ref entry.Accumulator, start, end);
        ref var session = ref Sessions[at];
        session.State = state;
        session.Saved = new WindowSpan(start, end);
        session.Epoch = -1;
        _touched.Clear();
        Heads.EndEpoch([]);
    }

    internal void EndEpoch()
    {
        foreach (ref readonly var touched in Touched)
        {
            if (!IsThere(touched)) continue;
            ref var session = ref Sessions[touched.Session];
            session.Saved = new WindowSpan(session.Start, session.End);
        }

        _touched.Clear();
        _removed.Clear();
        Heads.EndEpoch(_goneKeys);
        _goneKeys.Clear();
    }

    /// <summary>All sessions, in no order that means anything.</summary>
    internal IEnumerable<int> All()
    {
        for (var at = 1; at < _used; at++)
            if (Sessions[at].Epoch != 0) yield return at;
    }
}
