// A loop as a task, for those who take turns with tasks.
namespace StreamLinq.Benchmarks;

internal static class Loop
{
    internal static Task Run(Action loop)
    {
        loop();
        return Task.CompletedTask;
    }
}
