// Time as the cases write it, and what of the harness only cases of event time use.
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

    internal static Task AdvanceWatermarkAsync(StreamTestHarness harness, DateTimeOffset to) => throw new InvalidOperationException($"The watermark of {harness.Query.Name} cannot be moved to {to}.");

    internal static DateTimeOffset? Watermark(StreamTestHarness harness) => throw new InvalidOperationException($"{harness.Query.Name} does not tell its watermark.");
}

/// <summary>Rows do not move the watermark, the test does.</summary>
internal sealed class ByHand<T> : IWatermarkGenerator<T>
{
    public void OnRow(T row, DateTimeOffset time) { }

    public Watermark OnEpochEnd(DateTimeOffset clock) => Watermark.Minimum;
}
