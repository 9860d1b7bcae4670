// One timed piece of work. Processor time of the whole process is what ratios are made of: it holds on a shared machine, and it hides no helper thread of the engine.
using System.Diagnostics;

namespace StreamLinq.Benchmarks;

/// <summary>What a piece of work took.</summary>
/// <param name="Processor">Time on a processor, all threads together, the garbage collector's too.</param>
/// <param name="Wall">Time on the clock.</param>
/// <param name="Bytes">Bytes allocated, all threads together.</param>
internal readonly record struct Measurement(TimeSpan Processor, TimeSpan Wall, long Bytes)
{
    internal static async Task<Measurement> OfAsync(Func<Task> work)
    {
        GC.Collect();
        var bytes = GC.GetTotalAllocatedBytes(precise: true);
        var processor = Environment.CpuUsage.TotalTime;
        var started = Stopwatch.GetTimestamp();
        await work();
        var wall = Stopwatch.GetElapsedTime(started);
        processor = Environment.CpuUsage.TotalTime - processor;
        return new Measurement(processor, wall, GC.GetTotalAllocatedBytes(precise: true) - bytes);
    }
}
