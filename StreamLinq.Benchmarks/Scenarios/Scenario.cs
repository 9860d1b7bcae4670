// What `ratios` measures, by name.
namespace StreamLinq.Benchmarks;

/// <param name="Name">How it is chosen.</param>
/// <param name="Start">Makes rows, as many as it is told or as it must have, and starts all who take part.</param>
internal sealed record Scenario(string Name, Func<int, Task<Contest>> Start)
{
    internal static IReadOnlyList<Scenario> All { get; } =
    [
        .. GroupByScenarios.All, .. SumScenarios.All, .. StatelessScenarios.All, .. KeyScenarios.All, .. WindowScenarios.All, .. JoinScenarios.All, .. RankScenarios.All, .. PullScenarios.All, .. PeerScenarios.All,
    ];
}
