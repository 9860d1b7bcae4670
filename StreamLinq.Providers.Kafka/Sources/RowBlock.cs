// A pooled batch of rows of one partition with their offsets, on its way from the fetch thread to the epoch; or a single record that cannot be read, in its place between the rows.
using System.Runtime.CompilerServices;
using Confluent.Kafka;

namespace StreamLinq.Kafka;

/// <summary>A record that cannot be read.</summary>
internal sealed record UnreadRecord(long Offset, Timestamp Timestamp, byte[]? Key, byte[]? Value, Headers? Headers, string Reason);

internal sealed class RowBlock<TRow>
{
    private const int Size = 1024;

    internal TRow[] Rows { get; } = new TRow[Size];

    internal long[] Offsets { get; } = new long[Size];

    /// <summary>How many rows there are.</summary>
    internal int Count { get; private set; }

    /// <summary>The first one not taken yet.</summary>
    internal int From { get; set; }

    /// <summary>About how much memory they hold.</summary>
    internal long Bytes { get; private set; }

    /// <summary>The greatest timestamp, in milliseconds of Unix time.</summary>
    internal long Newest { get; private set; }

    /// <summary>Set: this block is one record that cannot be read, and has no rows.</summary>
    internal UnreadRecord? Unread { get; set; }

    internal bool IsFull => Count == Size;

    internal bool IsEmpty => Count == 0 && Unread is null;

    /// <summary>The offset of what is taken next.</summary>
    internal long First => Unread is { } unread ? unread.Offset : Offsets[From];

    internal void Add(TRow row, long offset, long milliseconds, long bytes)
    {
        Rows[Count] = row;
        Offsets[Count++] = offset;
        Bytes += bytes;
        if (milliseconds > Newest) Newest = milliseconds;
    }

    /// <summary>How many rows lie before an offset, from <see cref="From"/> on.</summary>
    internal int CountBefore(long offset)
    {
        if (Offsets[Count - 1] < offset) return Count - From;
        var at = Array.BinarySearch(Offsets, From, Count - From, offset);
        return (at < 0 ? ~at : at) - From;
    }

    internal void Clear()
    {
        if (RuntimeHelpers.IsReferenceOrContainsReferences<TRow>()) Array.Clear(Rows, 0, Count);
        Count = From = 0;
        Bytes = Newest = 0;
        Unread = null;
    }
}
