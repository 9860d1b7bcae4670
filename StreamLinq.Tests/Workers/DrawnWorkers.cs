// With how many workers a drawn case runs: half of the cases with one, the others with another number after each crash.
namespace StreamLinq.Tests.Workers;

internal static class DrawnWorkers
{
    private static readonly int[][] Counts = [[1], [2, 16, 1], [1], [16, 1, 2]];

    /// <param name="number">Some number of the case, so that it runs with the same workers when it is run again.</param>
    internal static IReadOnlyList<int> Of(int number) => Counts[number % Counts.Length];
}
