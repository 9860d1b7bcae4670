// What `ratios` found in one scenario, for the eye and for --json.
using System.Globalization;
using System.Text;

namespace StreamLinq.Benchmarks;

/// <summary>Somebody who did the same work.</summary>
/// <param name="Name">Who.</param>
/// <param name="Nanoseconds">Per row.</param>
/// <param name="Ratio">The loop's time through its own: 1 is the loop.</param>
/// <param name="EngineIsFaster">Its time through StreamLinq's.</param>
/// <param name="BytesPerRow">What it allocates.</param>
internal sealed record OtherResult(string Name, double Nanoseconds, double Ratio, double EngineIsFaster, double BytesPerRow);

internal sealed record RatioResult(
    string Scenario, int Rows, int Repetitions, double LoopNanoseconds, double EngineNanoseconds, double Ratio, double LowestRatio, double HighestRatio,
    double EngineWallNanoseconds, double BytesPerRow, double ChangesPerEpoch, double EpochsPerRepetition, double StartMilliseconds, IReadOnlyList<OtherResult> Others)
{
    public override string ToString()
    {
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture,
            $"{Scenario,-28} {LoopNanoseconds,6:F1}  {EngineNanoseconds,6:F1}     {Ratio,6:F2}   ({LowestRatio:F2} .. {HighestRatio:F2})   {EngineWallNanoseconds,6:F1}  {BytesPerRow,6:F2}  {ChangesPerEpoch,10:F0}  {EpochsPerRepetition,6:F1}   {StartMilliseconds:F0}");
        foreach (var other in Others)
            text.Append(CultureInfo.InvariantCulture, $"\n  {other.Name,-28} {other.Nanoseconds,12:F1}     {other.Ratio,6:F2}   StreamLinq is {other.EngineIsFaster:F2} times as fast   {other.BytesPerRow,6:F2} bytes/row");
        return text.ToString();
    }
}
