// Which rows are late for all of their windows, for LateRows. It keeps nothing: the watermark says it.
namespace StreamLinq.Embedded;

internal sealed class LateRowFilter(PlanWindow window)
{
    private readonly WindowAssigner? _assigner = window.Windowing is null or SessionWindowing ? null : WindowAssigner.For(window.Windowing, share: false);
    private readonly long _gap = window.Windowing is SessionWindowing session ? session.Gap.Ticks : 0;
    private readonly long _grace = window.Grace.Ticks;
    private readonly List<WindowSpan> _windows = [];
    private long _lateUntil = EpochTime.NoWatermark;

    internal void BeginEpoch(EpochTime time) => _lateUntil = time.LateUntil;

    /// <summary>Whether an instant is late.</summary>
    public bool IsLate(long ticks)
    {
        if (_assigner is null) return IsLate(ticks, _gap);
        if (!_assigner.TrySlice(ticks, out var slice)) return true;
        _windows.Clear();
        _assigner.AddWindows(slice, _windows);
        return IsClosed(_windows[^1].End);
    }

    /// <summary>Whether an instant is late for a session with this gap. A row without a gap is dropped, but not for being late.</summary>
    public bool IsLate(long ticks, long gap) => gap > 0 && (gap > DateTimeOffset.MaxValue.Ticks - ticks || IsClosed(ticks + gap));

    /// <summary>Whether a window that a row brings is closed.</summary>
    public bool IsLate(Window carried) => IsClosed(carried.End.UtcTicks);

    private bool IsClosed(long end) => _lateUntil != EpochTime.NoWatermark && _grace != TimeSpan.MaxValue.Ticks && (_grace > EpochTime.EndOfTime - end ? EpochTime.EndOfTime : end + _grace) <= _lateUntil;
}
