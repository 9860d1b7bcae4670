// Tumbling and hopping windows: of one size, one every hop, aligned to 1970 plus an offset.
namespace StreamLinq.Embedded;

/// <param name="size">The size of a window.</param>
/// <param name="hop">How far the next one starts.</param>
/// <param name="slice">The greatest common divisor of both.</param>
/// <param name="offset">What moves the windows.</param>
/// <param name="share">Whether slices are shared.</param>
internal sealed class AlignedWindows(long size, long hop, long slice, long offset, bool share) : WindowAssigner
{
    internal override bool SharesSlices => share;

    internal override bool HasMany => !share && size > hop;

    internal override bool TrySlice(long ticks, out WindowSpan span)
    {
        var start = Floor(ticks, slice, offset);
        span = new WindowSpan(start, start + slice);
        return IsInCalendar(First(start), Floor(start, hop, offset) + size);
    }

    internal override void AddWindows(WindowSpan span, List<WindowSpan> windows)
    {
        for (var start = First(span.Start); start <= span.Start; start += hop) windows.Add(new WindowSpan(start, start + size));
    }

    // The first window that still holds the slice.
    private long First(long sliceStart) => Floor(sliceStart + slice - size - 1, hop, offset) + hop;
}
