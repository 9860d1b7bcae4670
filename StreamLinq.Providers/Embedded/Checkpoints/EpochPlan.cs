// What an epoch runs with. It is logged and durable before the epoch runs, so that the epoch can run again exactly.
namespace StreamLinq.Embedded;

/// <summary>The part of one source that an epoch reads.</summary>
/// <param name="Source">The source's name in the query.</param>
/// <param name="Start">Where it begins, per partition.</param>
/// <param name="End">Where it ends, per partition.</param>
internal sealed record SourceRange(string Source, IReadOnlyList<SourceOffset> Start, IReadOnlyList<SourceOffset> End);

/// <summary>What an epoch runs with.</summary>
/// <param name="Epoch">The number; plans come in rising order.</param>
/// <param name="ClockUtcTicks">The clock it runs with, in ticks of UTC.</param>
/// <param name="Workers">How many workers run it.</param>
/// <param name="Sources">What it reads.</param>
/// <param name="Watermarks">Every watermark it runs with, by the engine's own names, in UTC ticks.</param>
/// <param name="IsEnd">Nothing comes after it.</param>
internal sealed record EpochPlan(long Epoch, long ClockUtcTicks, int Workers, IReadOnlyList<SourceRange> Sources, IReadOnlyDictionary<string, long> Watermarks, bool IsEnd);
