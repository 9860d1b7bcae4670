// Time as the cases write it, and a watermark that only the test moves.
namespace StreamLinq.Tests.Conformance;

internal static class CaseTime
{
    /// <summary>Epoch seconds.</summary>
    internal static DateTimeOffset At(long seconds) => DateTimeOffset.FromUnixTimeSeconds(seconds);

    /// <summary>Epoch milliseconds.</summary>
    internal static DateTimeOffset AtMs(long milliseconds) => DateTimeOffset.FromUnixTimeMilliseconds(milliseconds);

    internal static TimeSpan Ms(int count) => TimeSpan.FromMilliseconds(count);

    internal static TimeSpan Seconds(int count) => TimeSpan.FromSeconds(count);

    internal static TimeSpan Minutes(int count) => TimeSpan.FromMinutes(count);

    internal static TimeSpan Hours(int count) => TimeSpan.FromHours(count);
}

/// <summary>Rows do not move the watermark, the test does.</summary>
internal sealed class ByHand<T> : IWatermarkGenerator<T>
{
    public void OnRow(T row, DateTimeOffset time) { }

    public Watermark OnEpochEnd(DateTimeOffset clock) => Watermark.Minimum;
}
