// Thousands of short random lives of a query, each from a seed of its own. A seed that fails is printed; STREAMLINQ_SEED=n runs that one alone. STREAMLINQ_LONG=1 draws for minutes.
using System.Diagnostics;
using System.Globalization;
using NUnit.Framework;

namespace StreamLinq.Tests.Faults;

[TestFixture]
public sealed class SimulationTests
{
    private const int AtOnce = 2;

    private static readonly int? Given = int.TryParse(Environment.GetEnvironmentVariable("STREAMLINQ_SEED"), CultureInfo.InvariantCulture, out var seed) ? seed : null;

    private static TimeSpan Length => TimeSpan.FromSeconds(Environment.GetEnvironmentVariable("STREAMLINQ_LONG") == "1" ? 600 : 20);

    [Test]
    public async Task Every_schedule_ends_in_the_batch_answer_and_the_same_seed_gives_the_same_run()
    {
        var first = Given ?? Environment.TickCount & 0xFFFFFF;
        TestContext.Out.WriteLine($"first seed {first}");
        var next = first - 1;
        var time = Stopwatch.StartNew();
        int schedules = 0, deaths = 0, epochs = 0, twice = 0;
        string? failure = null;
        await Task.WhenAll(Enumerable.Range(0, Given is null ? AtOnce : 1).Select(_ => Task.Run(DrawAsync)));
        TestContext.Out.WriteLine($"{schedules} schedules ({twice} of them run twice), {deaths} deaths, {epochs} epochs in {time.Elapsed.TotalSeconds:F0} s");
        if (failure is not null) Assert.Fail(failure);

        async Task DrawAsync()
        {
            do
            {
                var seed = Interlocked.Increment(ref next);
                var run = new SimulatedRun(seed);
                try
                {
                    await LiveAsync(run);
                    if (run.IsFunctionOfSeed && (Given is not null || seed % 4 == 0))
                    {
                        var again = new SimulatedRun(seed);
                        await LiveAsync(again);
                        if (!again.Trace.SequenceEqual(run.Trace)) throw new InvalidOperationException($"The second run was another one:\n{string.Join('\n', again.Trace)}");
                        Interlocked.Increment(ref twice);
                    }

                    Interlocked.Increment(ref schedules);
                    Interlocked.Add(ref deaths, run.Deaths);
                    Interlocked.Add(ref epochs, run.Epochs);
                }
                catch (Exception error)
                {
                    failure ??= $"Seed {seed} fails; run it alone with STREAMLINQ_SEED={seed}.\n{string.Join('\n', run.Trace)}\n{error}";
                }
            }
            while (Given is null && failure is null && time.Elapsed < Length);
        }

        // A failed assertion counts for this run alone, and a run that blocks its thread is a failure too.
        static async Task LiveAsync(SimulatedRun run) => await Task.Run(async () =>
        {
            using (new NUnit.Framework.Internal.TestExecutionContext.IsolatedContext()) await run.RunAsync();
        }).WaitAsync(TimeSpan.FromSeconds(120));
    }
}
