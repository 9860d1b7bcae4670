// GroupBy in session windows, final or shown while they grow: then a session that a row has extended or joined with another is taken back and the new one sent.
using System.Runtime.InteropServices;

namespace StreamLinq.Embedded;

internal sealed class SessionOperator<TKey, TState, TRow, THash> : ITableOperator<TRow>, IStreamOperator<TRow>, ILaneOperator, IKeyedTable where THash : struct, IKeyHash<TKey>
{
    // What leaves first.
    private const int TakenBack = 0, Shown = 1, Closed = 2;

    private readonly SessionTable<TKey, TState, TRow, THash> _sessions;
    private readonly WindowResult<TKey, TState, TRow> _result;
    private readonly StageContext _context;
    private readonly bool _shows;
    private readonly bool _keepsClosed;
    private readonly Codec<(TKey Key, long Start, long End)> _keys = Codecs.Key<(TKey Key, long Start, long End)>();
    private readonly Codec<TState> _states = Codecs.Value<TState>();
    private readonly Codec<TKey> _orderKeys = Codecs.Key<TKey>();
    private readonly ByteWriter _bytes = new();
    private readonly ByteReader _reader = new();
    private readonly RowBuffer<TRow> _changes = new();
    private readonly List<(long End, long Start, int At)> _order = [];
    private readonly List<(int From, int Length, int At)> _same = [];
    private Comparison<(int From, int Length, int At)>? _byBytes;

    /// <param name="name">The name its state is kept under.</param>
    /// <param name="window">The windows.</param>
    /// <param name="keepsClosed">Whether closed sessions are still asked for: by an output that shows the whole table.</param>
    /// <param name="seed">The query's seed.</param>
    /// <param name="result">Makes the row of a session.</param>
    /// <param name="merge">Joins two sessions.</param>
    /// <param name="context">Where the rows are, for errors.</param>
    /// <param name="order">The order among the sessions of all workers; null: there is one.</param>
    public SessionOperator(string name, PlanWindow window, bool keepsClosed, ulong seed, WindowResult<TKey, TState, TRow> result, GroupMerge<TState> merge, StageContext context, LaneOrder? order)
    {
        Name = name;
        _shows = window.EmitsUpdates;
        _keepsClosed = keepsClosed;
        _result = result;
        _context = context;
        _sessions = new SessionTable<TKey, TState, TRow, THash>(seed, window.Grace, !keepsClosed, merge, _shows ? TakeBack : null) { Order = order };
        Order = order;
        Tables = [this];
    }

    /// <summary>What the stage before it writes to.</summary>
    public SessionTable<TKey, TState, TRow, THash> Sessions => _sessions;

    public string Name { get; }

    public LaneOrder? Order { get; }

    public string Schema => $"{_keys.Schema} -> {_states.Schema}";

    public IReadOnlyList<IStateTable> Tables { get; }

    public List<IRowTarget<TRow>> Targets { get; } = [];

    public bool SendsOnlyChanged => false;

    public long Rows => _sessions.Count;

    public long RowsUpdated { get; private set; }

    public long RowsRemoved { get; private set; }

    public long RowsLate => _sessions.RowsLate;

    public long WindowsMissed => _sessions.RowsLate;

    public long MemoryBytes => _sessions.MemoryBytes;

    public long? DueAt => _keepsClosed ? null : _sessions.DueAt;

    public void BeginEpoch(EpochTime time) => _sessions.BeginEpoch(time);

    public void Flush()
    {
        _context.Place = $"the results of {Name}";
        _context.RowBase = 0;
        RowsUpdated = 0;
        _sessions.Settle();
        foreach (ref readonly var touched in _sessions.Touched)
        {
            if (!_sessions.IsThere(touched)) continue;
            RowsUpdated++;
            if (!_shows) continue;
            _changes.Add(RowOf(touched.Session), 1);
            Order?.Stamp(_changes.Count, new RowStamp(Shown, touched.Arrived));
        }

        RowsRemoved = 0;
        if (!_keepsClosed) Close();
        _changes.Flush(Targets);
    }

    private void Close()
    {
        var closing = _sessions.Closing();
        RowsRemoved = closing.Count;
        var sessions = InOrder(closing);
        if (!_shows)
            foreach (var (end, start, at) in sessions)
            {
                _changes.Add(RowOf(at));
                Order?.Stamp(_changes.Count, new RowStamp(Closed, end, start, 0, KeyBytes(at)));
            }

        // The latest first: they are the first of their keys.
        for (var i = sessions.Length - 1; i >= 0; i--) _sessions.Remove(sessions[i].At);
    }

    private void TakeBack(int at)
    {
        _changes.Add(RowOf(at), -1);
        Order?.Stamp(_changes.Count, new RowStamp(TakenBack, Order.Now));
    }

    // By end and start, then by the bytes of the key: an order that no restart changes. Only those that end and start at once are asked for their keys.
    private ReadOnlySpan<(long End, long Start, int At)> InOrder(List<int> closing)
    {
        _order.Clear();
        foreach (var at in closing) _order.Add((_sessions.Sessions[at].End, _sessions.Sessions[at].Start, at));
        _order.Sort();
        var sessions = CollectionsMarshal.AsSpan(_order);
        for (int from = 0, to; from < sessions.Length; from = to)
        {
            to = from + 1;
            while (to < sessions.Length && sessions[to].End == sessions[from].End && sessions[to].Start == sessions[from].Start) to++;
            if (to - from > 1) ByKeys(sessions[from..to]);
        }

        return sessions;
    }

    private void ByKeys(Span<(long End, long Start, int At)> sessions)
    {
        _bytes.Clear();
        _same.Clear();
        foreach (var session in sessions)
        {
            var from = _bytes.Length;
            _orderKeys.Write(_bytes, _sessions.Sessions[session.At].Key);
            _same.Add((from, _bytes.Length - from, session.At));
        }

        _same.Sort(_byBytes ??= (a, b) => _bytes.Slice(a.From, a.Length).SequenceCompareTo(_bytes.Slice(b.From, b.Length)));
        for (var i = 0; i < sessions.Length; i++) sessions[i].At = _same[i].At;
    }

    private byte[] KeyBytes(int at)
    {
        _bytes.Clear();
        _orderKeys.Write(_bytes, _sessions.Sessions[at].Key);
        return _bytes.Written.ToArray();
    }

    private TRow RowOf(int at)
    {
        ref var session = ref _sessions.Sessions[at];
        return _result(session.Key, new Window(new DateTimeOffset(session.Start, TimeSpan.Zero), new DateTimeOffset(session.End, TimeSpan.Zero)), session.State);
    }

    public void SendAll(IRowTarget<TRow> target)
    {
        var all = new RowBuffer<TRow>();
        foreach (var at in _sessions.All()) all.Add(RowOf(at), 1);
        all.Flush([target]);
    }

    public void Restore(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value)
    {
        var (group, start, end) = _keys.Decode(_reader, key);
        _sessions.Restore(group, start, end, _states.Decode(_reader, value));
    }

    public ulong HashOf(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value, ulong seed) => LaneOfKey.HashOf(_keys.Decode(_reader, key).Key, seed);

    // What goes is written first: a session may have the span of one that it has joined.
    public void WriteChanges(StateDelta delta, int table)
    {
        foreach (var (key, span) in _sessions.Removed) delta.Remove(table, KeyOf(key, span));
        foreach (ref readonly var touched in _sessions.Touched)
        {
            ref var session = ref _sessions.Sessions[touched.Session];
            if (_sessions.IsThere(touched) && session.Saved is { } saved && saved != SpanOf(touched.Session)) delta.Remove(table, KeyOf(session.Key, saved));
        }

        foreach (ref readonly var touched in _sessions.Touched)
        {
            if (!_sessions.IsThere(touched)) continue;
            ref var session = ref _sessions.Sessions[touched.Session];
            var length = KeyOf(session.Key, SpanOf(touched.Session)).Length;
            _states.Write(_bytes, session.State);
            delta.Put(table, _bytes.Slice(0, length), _bytes.Slice(length, _bytes.Length - length));
        }
    }

    private WindowSpan SpanOf(int at) => new(_sessions.Sessions[at].Start, _sessions.Sessions[at].End);

    private ReadOnlySpan<byte> KeyOf(TKey key, WindowSpan span)
    {
        _bytes.Clear();
        _keys.Write(_bytes, (key, span.Start, span.End));
        return _bytes.Written;
    }

    public void EndEpoch() => _sessions.EndEpoch();
}
