// The open windows of a group-by: a table per pane. A pane is a slice of time that several windows share, or one window. It is dropped whole when its last window has closed,
// so closing costs what a window holds and no more. The loop looks at the slice at hand and asks for another only when a row lies outside of it.
using System.Runtime.InteropServices;

namespace StreamLinq.Embedded;

/// <summary>Single writer.</summary>
internal sealed partial class WindowPanes<TKey, TState, TResult, THash> : IKeyedTable where THash : struct, IKeyHash<TKey>
{
    private const int MostPooled = 16;

    private readonly WindowAssigner? _assigner;
    private readonly long _grace;
    private readonly ulong _seed;
    private readonly Func<WindowSpan, GroupResult<TKey, TState, TResult>> _result;
    private readonly bool _pools;
    private readonly bool _isMany;
    private readonly Func<TKey, TKey>? _canonical = Canonical.For<TKey>();
    private readonly SortedDictionary<(long End, long Start), Pane<TKey, TState, TResult, THash>> _panes = [];
    private readonly List<Pane<TKey, TState, TResult, THash>> _dropped = [];
    private readonly Stack<GroupTable<TKey, TState, TResult, THash>> _pool = new();
    private readonly List<WindowSpan> _windows = [];
    private readonly Codec<(long End, long Start, TKey Key)> _keys = Codecs.Key<(long End, long Start, TKey Key)>();
    private readonly Codec<(TState State, int Sequence)> _states = Codecs.Value<(TState State, int Sequence)>();
    private readonly ByteWriter _bytes = new();
    private readonly ByteReader _reader = new();
    private EpochTime _time = new(EpochTime.NoWatermark, EpochTime.NoWatermark, 0);
    private readonly Recent[] _recent = new Recent[4];
    private WindowSpan _window;
    private int _nextRecent;
    private long _epoch;

    /// <param name="name">The name its state is kept under.</param>
    /// <param name="window">The windows.</param>
    /// <param name="seed">The query's seed.</param>
    /// <param name="result">What a table notes of a group at its first touch in an epoch.</param>
    /// <param name="pools">Whether a table may serve another pane.</param>
    /// <param name="spills">Whether a pane may leave memory: where it is asked for when its windows close and not before, and its parts can be merged without a trace.</param>
    public WindowPanes(string name, PlanWindow window, ulong seed, Func<WindowSpan, GroupResult<TKey, TState, TResult>> result, bool pools, bool spills)
    {
        CanSpill = spills;
        Parts = new PaneParts<TKey, TState, TResult, THash>(name, this);
        Name = name;
        _assigner = window.Windowing is null ? null : WindowAssigner.For(window.Windowing, share: !window.EmitsUpdates);
        _grace = window.Grace.Ticks;
        _seed = seed;
        _result = result;
        _pools = pools;
        _isMany = _assigner is { HasMany: true };
    }

    /// <summary>Where the slice at hand starts.</summary>
    public long Start;

    /// <summary>How long the slice at hand is; 0: there is none.</summary>
    public ulong Size;

    /// <summary>The table of the slice at hand, where it has one.</summary>
    public GroupTable<TKey, TState, TResult, THash>? Table;

    /// <summary>The tables of the windows of the slice at hand, where each window has its own: the first <see cref="TableCount"/>.</summary>
    public GroupTable<TKey, TState, TResult, THash>[] Tables = [];

    /// <summary>How many tables the slice at hand has.</summary>
    public int TableCount;

    public string Name { get; }

    /// <summary>Tells when rows came; null where no other worker has panes of the same windows.</summary>
    internal LaneOrder? Order { get; init; }

    public string Schema => $"{_keys.Schema} -> {_states.Schema}";

    /// <summary>Rows that every one of their windows refused.</summary>
    internal long RowsLate { get; private set; }

    /// <summary>Pairs of a row and a window that was closed.</summary>
    internal long WindowsMissed { get; private set; }

    internal IEnumerable<Pane<TKey, TState, TResult, THash>> Panes => _panes.Values;

    internal bool SharesSlices => _assigner is { SharesSlices: true };

    internal long Count => _panes.Values.Sum(p => p.Count);

    public long MemoryBytes => _panes.Values.Sum(p => p.Table.MemoryBytes) + _pool.Sum(t => t.MemoryBytes);

    internal void BeginEpoch(EpochTime time)
    {
        _time = time;
        _epoch++;
        Forget();
    }

    // Windows may have closed since: the next row asks again.
    private void Forget()
    {
        Size = 0;
        Array.Clear(_recent);
    }

    /// <summary>Takes the slice of an instant in hand; false if the row is late for all of its windows.</summary>
    public bool Select(long ticks)
    {
        foreach (ref var recent in _recent.AsSpan())
            if ((ulong)(ticks - recent.Start) < recent.Size)
            {
                (Start, Size, Table) = (recent.Start, recent.Size, recent.Table);
                return true;
            }

        if (!_assigner!.TrySlice(ticks, out var slice)) return Refuse(1);
        _windows.Clear();
        _assigner.AddWindows(slice, _windows);
        var refused = _windows.RemoveAll(IsClosed);
        if (_windows.Count == 0) return Refuse(refused);
        WindowsMissed += refused;
        // Where some windows are closed each row counts as missed by them, so the slice is not kept at hand.
        (Start, Size) = (slice.Start, refused == 0 ? (ulong)(slice.End - slice.Start) : 0);
        if (_assigner.SharesSlices || _windows.Count == 1)
        {
            Table = PaneOf(_assigner.SharesSlices ? slice : _windows[0]).Table;
            if (!_isMany) _recent[_nextRecent++ % _recent.Length] = new Recent { Start = Start, Size = Size, Table = Table };
        }

        if (!_isMany) return true;
        if (Tables.Length < _windows.Count) Tables = new GroupTable<TKey, TState, TResult, THash>[_windows.Count];
        for (TableCount = 0; TableCount < _windows.Count; TableCount++) Tables[TableCount] = PaneOf(_windows[TableCount]).Table;
        return true;
    }

    /// <summary>Takes the window that a row brings in hand; false if it is closed.</summary>
    public bool Select(Window window)
    {
        var span = new WindowSpan(window.Start.UtcTicks, window.End.UtcTicks);
        if (IsClosed(span)) return Refuse(1);
        _window = span;
        Size = (ulong)(span.End - span.Start);
        Table = PaneOf(span).Table;
        return true;
    }

    /// <summary>Whether the window at hand is this one.</summary>
    public bool IsAtHand(Window window) => Size != 0 && window.Start.UtcTicks == _window.Start && window.End.UtcTicks == _window.End;

    private bool Refuse(int windows)
    {
        RowsLate++;
        WindowsMissed += windows;
        return false;
    }

    private bool IsClosed(WindowSpan window) => _grace != TimeSpan.MaxValue.Ticks && Ends(window.End) <= _time.LateUntil;

    /// <summary>The watermark at which a window of this end closes.</summary>
    internal long Ends(long end) => _grace > EpochTime.EndOfTime - end ? EpochTime.EndOfTime : end + _grace;

    /// <summary>Whether the watermark closes windows that end so.</summary>
    internal bool Closes(long end) => _time.Watermark == EpochTime.EndOfTime || (_grace != TimeSpan.MaxValue.Ticks && Ends(end) <= _time.Watermark);

    private Pane<TKey, TState, TResult, THash> PaneOf(WindowSpan span)
    {
        if (_panes.TryGetValue((span.End, span.Start), out var pane)) return pane;
        if (!_pool.TryPop(out var table)) table = new GroupTable<TKey, TState, TResult, THash>(_seed, _result(span), _canonical, ordered: true) { Order = Order };
        return _panes[(span.End, span.Start)] = new Pane<TKey, TState, TResult, THash>(span, _epoch, table);
    }

    /// <summary>The earliest watermark that closes a window.</summary>
    internal long? DueAt
    {
        get
        {
            if (_grace == TimeSpan.MaxValue.Ticks) return _panes.Count > 0 ? EpochTime.EndOfTime : null;
            long? due = null;
            foreach (var pane in _panes.Values)
            {
                if (due <= Ends(pane.Span.End)) break;
                foreach (var window in WindowsOf(pane.Span))
                {
                    var ends = Ends(window.End);
                    if (ends > _time.Watermark && (due is null || ends < due)) due = ends;
                }
            }

            return due;
        }
    }

    private List<WindowSpan> WindowsOf(WindowSpan pane)
    {
        _windows.Clear();
        if (SharesSlices) _assigner!.AddWindows(pane, _windows);
        else _windows.Add(pane);
        return _windows;
    }

    /// <summary>The windows that the epoch's watermark closes, by end and start, each with its panes.</summary>
    internal IEnumerable<(WindowSpan Window, IReadOnlyList<Pane<TKey, TState, TResult, THash>> Panes)> Closing()
    {
        var closing = new SortedDictionary<(long End, long Start), List<Pane<TKey, TState, TResult, THash>>>();
        foreach (var pane in _panes.Values)
        {
            if (!Closes(pane.Span.End)) break;
            foreach (var window in WindowsOf(pane.Span))
            {
                if (!Closes(window.End) || IsClosed(window)) continue;
                if (!closing.TryGetValue((window.End, window.Start), out var panes)) closing[(window.End, window.Start)] = panes = [];
                panes.Add(pane);
            }
        }

        return closing.Select(c => (new WindowSpan(c.Key.Start, c.Key.End), (IReadOnlyList<Pane<TKey, TState, TResult, THash>>)c.Value));
    }

    /// <summary>Drops the panes whose last window the epoch's watermark closes; says how many groups went.</summary>
    internal long DropClosed()
    {
        long groups = 0;
        foreach (var pane in _panes.Values)
        {
            if (!Closes(pane.Span.End)) break;
            if (!Closes(WindowsOf(pane.Span)[^1].End)) continue;
            groups += pane.Count;
            _dropped.Add(pane);
        }

        foreach (var pane in _dropped) _panes.Remove((pane.Span.End, pane.Span.Start));
        Forget();
        return groups;
    }

    public void Restore(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value)
    {
        var (end, start, group) = _keys.Decode(_reader, key);
        var (state, sequence) = _states.Decode(_reader, value);
        PaneOf(new WindowSpan(start, end)).Table.Restore(group, state, sequence);
    }

    public ulong HashOf(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value, ulong seed) => LaneOfKey.HashOf(_keys.Decode(_reader, key).Key, seed);

    public void WriteChanges(StateDelta delta, int table)
    {
        foreach (var pane in _panes.Values.Where(p => p.Generation == 0))
            foreach (var touched in pane.Table.Touched)
            {
                ref var entry = ref pane.Table.Entries[touched.Slot];
                var length = WriteKey(pane, entry.Key);
                _states.Write(_bytes, (entry.Accumulator, pane.Table.SequenceOf(touched.Slot)));
                delta.Put(table, _bytes.Slice(0, length), _bytes.Slice(length, _bytes.Length - length));
            }

        foreach (var pane in _dropped)
        {
            if (pane.Epoch == _epoch) continue;
            foreach (var run in pane.Runs.Where(r => r.Generation == 0))
                for (var part = 0; part < PaneRun<TKey, TState>.Parts; part++)
                    run.Read(part, _reader, (key, _) =>
                    {
                        WriteKey(pane, key);
                        delta.Remove(table, _bytes.Written);
                    });
            if (pane.Generation > 0) continue;
            foreach (var slot in pane.Table.Slots())
            {
                WriteKey(pane, pane.Table.Entries[slot].Key);
                delta.Remove(table, _bytes.Written);
            }
        }
    }

    private int WriteKey(Pane<TKey, TState, TResult, THash> pane, TKey key)
    {
        _bytes.Clear();
        _keys.Write(_bytes, (pane.Span.End, pane.Span.Start, key));
        return _bytes.Length;
    }

    internal void EndEpoch()
    {
        foreach (var pane in _panes.Values) pane.Table.EndEpoch([]);
        foreach (var pane in CollectionsMarshal.AsSpan(_dropped))
        {
            foreach (var run in pane.Runs) run.Delete();
            if (!_pools || _pool.Count >= MostPooled) continue;
            pane.Table.Clear();
            _pool.Push(pane.Table);
        }

        _dropped.Clear();
    }

    /// <summary>Gives the groups that the epoch brought to any of these the places they would have if all were one.</summary>
    internal static void Rank(IReadOnlyList<WindowPanes<TKey, TState, TResult, THash>> all)
    {
        var touched = all.SelectMany(p => p._panes).Where(p => p.Value.Table.Touched.Length > 0).Select(p => p.Key).ToHashSet();
        foreach (var place in touched) GroupTable<TKey, TState, TResult, THash>.Rank([.. all.Where(p => p._panes.ContainsKey(place)).Select(p => p._panes[place].Table)]);
    }

    private struct Recent
    {
        internal long Start;
        internal ulong Size;
        internal GroupTable<TKey, TState, TResult, THash> Table;
    }
}
