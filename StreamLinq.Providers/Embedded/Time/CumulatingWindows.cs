// Cumulating windows: they share a start and end one step further each, up to the full size.
namespace StreamLinq.Embedded;

internal sealed class CumulatingWindows(long size, long step, long offset, bool share) : WindowAssigner
{
    internal override bool SharesSlices => share;

    internal override bool HasMany => !share && size > step;

    internal override bool TrySlice(long ticks, out WindowSpan span)
    {
        var start = Base(ticks);
        var sliceStart = start + ((ticks - start) / step * step);
        span = new WindowSpan(sliceStart, sliceStart + step);
        return IsInCalendar(start, start + size);
    }

    internal override void AddWindows(WindowSpan span, List<WindowSpan> windows)
    {
        var start = Base(span.Start);
        for (var end = span.End; end <= start + size; end += step) windows.Add(new WindowSpan(start, end));
    }

    private long Base(long ticks) => Floor(ticks, size, offset);
}
