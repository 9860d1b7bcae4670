// Times moved by durations, in ticks, without running out of their range: what would lie before or after all times is the least or greatest there is.
namespace StreamLinq.Embedded;

internal static class Ticks
{
    /// <summary>The time less a duration; <see cref="long.MaxValue"/> as a duration has no end.</summary>
    internal static long Earlier(long time, long by)
    {
        var earlier = unchecked(time - by);
        if (by == long.MaxValue) return long.MinValue;
        return by >= 0 == earlier <= time ? earlier : by >= 0 ? long.MinValue : long.MaxValue;
    }

    /// <summary>The time plus a duration; <see cref="long.MaxValue"/> as a duration has no end.</summary>
    internal static long Later(long time, long by)
    {
        var later = unchecked(time + by);
        if (by == long.MaxValue) return long.MaxValue;
        return by >= 0 == later >= time ? later : by >= 0 ? long.MaxValue : long.MinValue;
    }
}
