// The panes of a join within a stretch of time: time is cut so that whatever a row can match lies in a pane or two. So a search looks at few rows that cannot match, and what the watermark has
// passed is dropped a pane at a time. Panes are a power of two of ticks long. Where rows lie so thin that panes would be nearly empty, they are made longer.
using System.Numerics;
using System.Runtime.CompilerServices;

namespace StreamLinq.Embedded;

/// <summary>Single writer.</summary>
internal sealed class JoinPanes<TKey, THash> where THash : struct, IKeyHash<TKey>
{
    // Shorter than a hundredth of a second is not worth a table; all of time is one pane where a bound is open.
    private const int LeastShift = 17;
    private const int WholeShift = 63;
    private const int Longer = 4;
    private const int ManyPanes = 512;
    private const int FewRows = 8;
    private const int ManyFreed = 4096;
    private const int MostPooled = 64;
    private const long LargeBytes = 256 << 10;
    private const long None = -1;

    private readonly ulong _seed;
    private readonly JoinRoom _left;
    private readonly JoinRoom _right;
    private readonly SortedDictionary<long, JoinPane<TKey, THash>> _panes = [];
    private readonly JoinPane<TKey, THash>?[] _recent = new JoinPane<TKey, THash>?[4];
    private readonly long[] _absent = [None, None, None, None];
    private readonly Stack<JoinPane<TKey, THash>> _pool = new();
    private readonly List<JoinPane<TKey, THash>> _empty = [];
    private JoinPane<TKey, THash>? _newest;

    /// <param name="seed">The query's seed.</param>
    /// <param name="span">How long the stretch is in which a row can match; <see cref="long.MaxValue"/>: it is open.</param>
    /// <param name="left">Room for left rows.</param>
    /// <param name="right">Room for right rows.</param>
    public JoinPanes(ulong seed, long span, JoinRoom left, JoinRoom right)
    {
        _seed = seed;
        _left = left;
        _right = right;
        Shift = span > DateTimeOffset.MaxValue.Ticks ? WholeShift : Math.Max(LeastShift, 64 - BitOperations.LeadingZeroCount((ulong)span));
    }

    /// <summary>The panes are 2 to this power ticks long.</summary>
    public int Shift { get; private set; }

    public IEnumerable<JoinPane<TKey, THash>> All => _panes.Values;

    public long MemoryBytes => _panes.Values.Sum(p => p.MemoryBytes);

    public long Live => _panes.Values.Sum(p => (long)p.Live);

    /// <summary>Whether most slots and rows are far from the processor when they are asked for.</summary>
    public bool IsLarge => _newest is not null && _newest.SlotBytes * _panes.Count > LargeBytes;

    /// <summary>The pane of a number, or null if there is none.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public JoinPane<TKey, THash>? Find(long number)
    {
        var recent = _recent[number & 3];
        return recent is not null && recent.Start >> Shift == number ? recent : Known(number);
    }

    /// <summary>The pane of a number, which is made if there is none.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public JoinPane<TKey, THash> Of(long number)
    {
        var recent = _recent[number & 3];
        return recent is not null && recent.Start >> Shift == number ? recent : Known(number) ?? Made(number);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private JoinPane<TKey, THash>? Known(long number)
    {
        if (_absent[number & 3] == number) return null;
        if (_panes.TryGetValue(number, out var pane)) return _recent[number & 3] = pane;
        _absent[number & 3] = number;
        return null;
    }

    private JoinPane<TKey, THash> Made(long number)
    {
        if (_pool.TryPop(out var pane)) (pane.Left, pane.Right) = (_left.Take(), _right.Take());
        else pane = new JoinPane<TKey, THash>(_seed, _left.Take(), _right.Take());
        pane.Start = number << Shift;
        _absent[number & 3] = None;
        return _panes[number] = _recent[number & 3] = _newest = pane;
    }

    /// <summary>No row that is still to be freed is earlier than this; per side.</summary>
    public (long Left, long Right) Earliest
    {
        get
        {
            var (left, right) = (long.MaxValue, long.MaxValue);
            foreach (var (number, pane) in _panes)
            {
                // What comes later begins later.
                if (Math.Max(left, right) < number << Shift) break;
                left = Math.Min(left, pane.Left.Earliest);
                right = Math.Min(right, pane.Right.Earliest);
            }

            return (left, right);
        }
    }

    /// <summary>The panes that begin at or before a time, the earliest first; they may be emptied meanwhile, not dropped.</summary>
    public IEnumerable<JoinPane<TKey, THash>> Until(long time)
    {
        foreach (var (number, pane) in _panes)
        {
            if (Shift < WholeShift && number << Shift > time) break;
            yield return pane;
        }
    }

    /// <summary>Drops panes without rows that begin at or before a time.</summary>
    public void DropEmpty(long until)
    {
        foreach (var pane in Until(until))
            if (pane.Live == 0) _empty.Add(pane);
        foreach (var pane in _empty)
        {
            _panes.Remove(pane.Start >> Shift);
            _left.Return(pane.Left);
            _right.Return(pane.Right);
            if (_pool.Count >= MostPooled) continue;
            pane.Clear();
            _pool.Push(pane);
        }

        if (_empty.Count > 0) Array.Clear(_recent);
        _empty.Clear();
    }

    /// <summary>Whether rows should be put into panes again: there are many nearly empty ones, or one that holds mostly freed rows. Then <see cref="Restart"/> gives all rows back.</summary>
    public bool IsWorthRestart
    {
        get
        {
            if (Shift < WholeShift && _panes.Count > ManyPanes && Live < (long)_panes.Count * FewRows) return true;
            // Other panes do not last.
            if (Shift < WholeShift) return false;
            foreach (var pane in _panes.Values)
                if (pane.Left.Freed + pane.Right.Freed is var freed && freed > ManyFreed && freed > pane.Live) return true;
            return false;
        }
    }

    /// <summary>Empties the whole and gives the panes there were, whose rows the caller adds again.</summary>
    public IReadOnlyList<JoinPane<TKey, THash>> Restart()
    {
        JoinPane<TKey, THash>[] all = [.. _panes.Values];
        if (Shift < WholeShift && all.Length > ManyPanes) Shift = Math.Min(WholeShift - 1, Shift + Longer);
        _panes.Clear();
        Array.Clear(_recent);
        Array.Fill(_absent, None);
        return all;
    }
}
