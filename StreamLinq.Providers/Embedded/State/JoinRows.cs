// The rows of one side of a join that lie in one stretch of time, in the order they came. What a search reads of each stands apart from the row itself. Rows of one key hang on a chain, the newest
// first. Rows are freed by the watermark: all at once where it has passed them all, which costs nothing per row, else one by one in the order of their times.
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;

namespace StreamLinq.Embedded;

[Flags]
internal enum JoinMarks : byte
{
    None = 0,

    /// <summary>It has matched, so it will not come out without a match.</summary>
    Matched = 1,

    /// <summary>It can match nothing and is on no chain; it is kept because it is part of the result.</summary>
    Alone = 2,

    /// <summary>It is no longer part of the state.</summary>
    Freed = 4,
}

/// <summary>What is known of a kept row.</summary>
internal struct JoinEntry
{
    /// <summary>Its event time, in UTC ticks.</summary>
    public long Time;

    /// <summary>Its place in the order in which rows of both sides came.</summary>
    public long Sequence;

    /// <summary>The key's row before it, plus one; 0: there is none.</summary>
    public int Next;

    public JoinMarks Marks;

    public readonly bool IsMatched => Marks.HasFlag(JoinMarks.Matched);

    public readonly bool IsAlone => Marks.HasFlag(JoinMarks.Alone);

    public readonly bool IsFreed => Marks.HasFlag(JoinMarks.Freed);
}

/// <summary>A row by its place.</summary>
internal readonly record struct JoinPlace(JoinRows Rows, int Index, long Time, long Sequence, bool IsLeft);

/// <summary>Single writer.</summary>
internal abstract class JoinRows
{
    private const int FirstCapacity = 8;
    private const int Few = 16;

    private PriorityQueue<int, long>? _due;
    private long _latest = long.MinValue;

    public JoinEntry[] Entries = new JoinEntry[FirstCapacity];

    /// <summary>How many rows there are, freed ones too.</summary>
    public int Count { get; private set; }

    /// <summary>How many of the first rows the checkpoint has or had.</summary>
    public int Saved { get; private set; }

    public int Freed { get; private set; }

    /// <summary>All that is still here is gone with the epoch.</summary>
    public bool IsGone { get; set; }

    public int Live => IsGone ? 0 : Count - Freed;

    /// <summary>No row that is still to be freed is earlier; <see cref="long.MaxValue"/> if there is none.</summary>
    public long Earliest { get; private set; } = long.MaxValue;

    public long MemoryBytes => ((long)Entries.Length * (Unsafe.SizeOf<JoinEntry>() + RowBytes)) + (_due is null ? 0 : 16L * _due.Count);

    private protected abstract int RowBytes { get; }

    private protected abstract void Resize(int capacity);

    private protected abstract void ClearRows(int count);

    private protected int AddEntry(long time, long sequence, int next, JoinMarks marks)
    {
        var at = Count;
        if (at == Entries.Length)
        {
            Array.Resize(ref Entries, at * 2);
            Resize(at * 2);
        }

        Entries[at] = new JoinEntry { Time = time, Sequence = sequence, Next = next, Marks = marks };
        Count = at + 1;
        if (time < Earliest) Earliest = time;
        if (time > _latest) _latest = time;
        _due?.Enqueue(at, time);
        return at;
    }

    public void Free(int at)
    {
        Entries[at].Marks |= JoinMarks.Freed;
        Freed++;
    }

    /// <summary>Whether all rows are at or before a time.</summary>
    public bool IsAllDue(long until) => _latest <= until;

    /// <summary>Frees the rows at or before a time, and tells of each.</summary>
    public void FreeDue(long until, Action<JoinRows, int> gone)
    {
        if (Earliest > until) return;
        if (_due is null && FreeAllDue(until, gone) * Few >= Count) return;
        _due ??= Queue();
        while (_due.TryPeek(out var at, out var time) && time <= until)
        {
            _due.Dequeue();
            if (Entries[at].IsFreed) continue;
            Free(at);
            gone(this, at);
        }

        Earliest = _due.TryPeek(out _, out var next) ? next : long.MaxValue;
    }

    // One look at all rows, which is worth it as long as a good part of them goes.
    private int FreeAllDue(long until, Action<JoinRows, int> gone)
    {
        var (freed, earliest) = (0, long.MaxValue);
        for (var at = 0; at < Count; at++)
        {
            if (Entries[at].IsFreed) continue;
            if (Entries[at].Time > until)
            {
                earliest = Math.Min(earliest, Entries[at].Time);
                continue;
            }

            Free(at);
            gone(this, at);
            freed++;
        }

        Earliest = earliest;
        return freed;
    }

    private PriorityQueue<int, long> Queue()
    {
        var waiting = new List<(int, long)>(Live);
        for (var at = 0; at < Count; at++)
            if (!Entries[at].IsFreed) waiting.Add((at, Entries[at].Time));
        return new PriorityQueue<int, long>(waiting);
    }

    /// <summary>All rows that are there now are in the checkpoint.</summary>
    public void Save() => Saved = Count;

    /// <summary>Empty again; the capacity stays.</summary>
    public void Clear()
    {
        ClearRows(Count);
        Count = Saved = Freed = 0;
        IsGone = false;
        (Earliest, _latest) = (long.MaxValue, long.MinValue);
        _due = null;
    }
}

internal sealed class JoinRows<TKey, TRow> : JoinRows
{
    public TKey[] Keys = [];
    public TRow[] Rows = [];

    public JoinRows() => Resize(Entries.Length);

    private protected override int RowBytes => Unsafe.SizeOf<TKey>() + Unsafe.SizeOf<TRow>();

    /// <summary>Adds a row.</summary>
    /// <param name="key">Its key.</param>
    /// <param name="row">The row.</param>
    /// <param name="time">Its time.</param>
    /// <param name="sequence">Its place among all rows.</param>
    /// <param name="next">The head of the key's chain so far.</param>
    /// <param name="marks">What is known of it.</param>
    /// <returns>The new head.</returns>
    public int Add(TKey key, TRow row, long time, long sequence, int next, JoinMarks marks)
    {
        var at = AddEntry(time, sequence, next, marks);
        Keys[at] = key;
        Rows[at] = row;
        return at + 1;
    }

    /// <summary>Asks for a row to be brought near the processor.</summary>
    public unsafe void Prefetch(int at)
    {
        if (!Sse.IsSupported) return;
        Sse.Prefetch0(Unsafe.AsPointer(ref Entries[at]));
        Sse.Prefetch0(Unsafe.AsPointer(ref Rows[at]));
    }

    private protected override void Resize(int capacity)
    {
        Array.Resize(ref Keys, capacity);
        Array.Resize(ref Rows, capacity);
    }

    private protected override void ClearRows(int count)
    {
        if (RuntimeHelpers.IsReferenceOrContainsReferences<TKey>()) Array.Clear(Keys, 0, count);
        if (RuntimeHelpers.IsReferenceOrContainsReferences<TRow>()) Array.Clear(Rows, 0, count);
    }
}
