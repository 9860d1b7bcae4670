// What `ratios` measures, by name.
namespace StreamLinq.Benchmarks;

/// <summary>A group-by, or a join, with so many keys.</summary>
/// <param name="Name">How it is chosen.</param>
/// <param name="Keys">How many distinct keys the rows have.</param>
/// <param name="Durable">With a checkpoint in a temporary folder.</param>
/// <param name="Windowed">A count per key and tumbling window, each told once, instead of a count and a sum per key.</param>
internal sealed record Scenario(string Name, int Keys, bool Durable, bool Windowed)
{
    /// <summary>A join of two streams within a stretch of time in which ten thousand rows of each side lie, instead of a group-by.</summary>
    internal bool Joined { get; init; }

    internal static IReadOnlyList<Scenario> All { get; } =
    [
        new("group-by-100", 100, false, false),
        new("group-by-10k", 10_000, false, false),
        new("group-by-1M", 1_000_000, false, false),
        new("group-by-10k-durable", 10_000, true, false),
        new("tumbling-100", 100, false, true),
        new("tumbling-10k", 10_000, false, true),
        new("tumbling-1M", 1_000_000, false, true),
        new("interval-join-10k", 10_000, false, false) { Joined = true },
        new("interval-join-1M", 1_000_000, false, false) { Joined = true },
    ];
}
