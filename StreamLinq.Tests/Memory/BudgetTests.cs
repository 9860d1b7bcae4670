// The memory budget is held by the whole process, not by a counter: a child process is watched from outside, by what the system says it had in memory at most.
using NUnit.Framework;

namespace StreamLinq.Tests.Memory;

[TestFixture]
public sealed class BudgetTests
{
    private const int Keys = 2_000_000;
    private const long Budget = 112_000_000;

    [TestCase(false)]
    [TestCase(true)]
    [CancelAfter(300_000)]
    public async Task A_process_whose_state_is_several_times_its_budget_stays_within_it(bool durable)
    {
        if (!OperatingSystem.IsLinux()) Assert.Ignore("what a process has had in memory at most is read from /proc, which only Linux has");
        var folder = durable ? Directory.CreateTempSubdirectory("streamlinq-budget-").FullName : "";
        try
        {
            var (peak, onDisk, count, errors) = await GrowingProcess.StartAsync(Keys, Budget, folder);
            Assert.That(errors, Is.Empty);
            await TestContext.Out.WriteLineAsync($"peak {peak:N0} bytes, {onDisk:N0} keys on disk");
            Assert.That(onDisk, Is.GreaterThan(Keys / 2));
            Assert.That(count, Is.EqualTo(Keys + (Keys / 3 * 2)), "each key counts one, each third one then two");
            Assert.That(peak, Is.LessThan((Budget * 5 / 4) + 200_000_000));
        }
        finally
        {
            if (durable) Directory.Delete(folder, recursive: true);
        }
    }
}
