// The rows of an input that cannot be read twice, between the task that receives them and the query: bounded, and kept until their epoch is committed.
// Rows are numbered when they are planned, not when they arrive, so that after a restart they follow what an earlier process has logged.
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace StreamLinq.Sources;

internal sealed class RowBuffer<T>(long start, int capacity)
{
    internal const int BatchRows = 1024;
    private const int MostFree = 64;

    private readonly Lock _gate = new();
    private readonly List<ReadOnlyMemory<T>> _kept = [];
    private readonly Stack<T[]> _free = [];
    private T[] _batch = new T[Math.Min(BatchRows, capacity)];
    private int _filled;
    private int _published;
    private long _first = start;
    private long _planned = start;
    private long _received = start;
    private long _end = long.MaxValue;
    private bool _idle;
    private bool _full;
    private bool _ended;
    private Exception? _error;
    private TaskCompletionSource _changed = New();

    // ---- the receiving task ----

    /// <summary>Adds a row; true when the batch is full and <see cref="PublishAsync"/> must be called.</summary>
    internal bool Add(T row)
    {
        _batch[_filled++] = row;
        return _filled == _batch.Length;
    }

    /// <summary>Shows the rows added to the query. Called before the receiver waits for its input.</summary>
    internal void Publish(bool idle)
    {
        lock (_gate)
        {
            _idle = idle;
            if (_filled > _published)
            {
                var rows = _filled - _published;
                // Rows that follow each other in one array make one batch, also when they came one by one.
                if (_kept.Count > 0 && MemoryMarshal.TryGetArray(_kept[^1], out var last) && last.Array == _batch && last.Offset + last.Count == _published)
                    _kept[^1] = _batch.AsMemory(last.Offset, last.Count + rows);
                else _kept.Add(_batch.AsMemory(_published, rows));
                _received += rows;
                _published = _filled;
                if (_filled == _batch.Length)
                {
                    _batch = _free.TryPop(out var free) ? free : new T[_batch.Length];
                    _filled = _published = 0;
                }
            }

            Pulse();
        }
    }

    /// <summary>Shows the rows and waits until the query has taken enough of them.</summary>
    internal async ValueTask PublishAsync(CancellationToken cancellationToken)
    {
        Publish(idle: false);
        while (true)
        {
            Task changed;
            lock (_gate)
            {
                _full = _received - _planned >= capacity;
                if (!_full) return;
                Pulse();
                changed = _changed.Task;
            }

            await changed.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Ends the input, after the rows added; with an error if it failed.</summary>
    internal void End(Exception? error)
    {
        Publish(idle: true);
        lock (_gate)
        {
            (_ended, _error) = (true, error);
            Pulse();
        }
    }

    // ---- the query ----

    internal (long To, bool IsEnd) Plan(long from, long? most)
    {
        lock (_gate)
        {
            SkipTo(from);
            var last = Math.Max(from, Math.Min(_received, _end));
            var to = most is { } m && last - from > m ? from + m : last;
            var drained = _ended && to == _received;
            if (drained && to == from && _error is { } error && _end > to) throw error;
            if (to > _planned)
            {
                _planned = to;
                Pulse();
            }

            return (to, to >= _end || (drained && _error is null));
        }
    }

    /// <summary>The rows of a planned range. Rows that an earlier process had planned are lost: they give nothing, and the count goes on after them.</summary>
    internal List<ReadOnlyMemory<T>> Rows(long from, long to)
    {
        var rows = new List<ReadOnlyMemory<T>>();
        lock (_gate)
        {
            SkipTo(to);
            var at = _first;
            foreach (var batch in _kept)
            {
                var (low, high) = (Math.Max(from, at), Math.Min(to, at + batch.Length));
                if (low < high) rows.Add(batch.Slice((int)(low - at), (int)(high - low)));
                at += batch.Length;
                if (at >= to) break;
            }
        }

        return rows;
    }

    internal void Release(long to)
    {
        lock (_gate)
        {
            var whole = 0;
            while (whole < _kept.Count && _first + _kept[whole].Length <= to)
            {
                Recycle(_kept[whole]);
                _first += _kept[whole++].Length;
            }

            _kept.RemoveRange(0, whole);
            if (_kept.Count == 0 || to <= _first) return;
            _kept[0] = _kept[0][(int)(to - _first)..];
            _first = to;
        }
    }

    // An array whose last row is committed is filled again.
    private void Recycle(ReadOnlyMemory<T> rows)
    {
        if (!MemoryMarshal.TryGetArray(rows, out var segment) || segment.Array == _batch || segment.Offset + segment.Count < segment.Array!.Length || _free.Count == MostFree) return;
        if (RuntimeHelpers.IsReferenceOrContainsReferences<T>()) Array.Clear(segment.Array);
        _free.Push(segment.Array);
    }

    /// <summary>Fixes the end at what has arrived once the receiver waits, has ended or has no more room; <paramref name="ready"/> says what it is known to find next without waiting.</summary>
    internal async ValueTask FixEndAsync(Func<long> ready, CancellationToken cancellationToken)
    {
        while (true)
        {
            Task changed;
            lock (_gate)
            {
                if (_end != long.MaxValue) return;
                if (_idle || _ended || _full)
                {
                    _end = _received + (_full ? _filled - _published + ready() : 0);
                    Pulse();
                    return;
                }

                changed = _changed.Task;
            }

            await changed.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    internal async ValueTask WaitAsync(long from, CancellationToken cancellationToken)
    {
        while (true)
        {
            Task changed;
            lock (_gate)
            {
                if (_ended || _received > from || from >= _end) return;
                changed = _changed.Task;
            }

            await changed.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    private void SkipTo(long position)
    {
        if (position <= _planned) return;
        var by = position - _planned;
        if (_planned > _first) Release(_planned);
        (_first, _planned, _received) = (_first + by, position, _received + by);
        if (_end != long.MaxValue) _end += by;
    }

    private void Pulse()
    {
        _changed.TrySetResult();
        _changed = New();
    }

    private static TaskCompletionSource New() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
