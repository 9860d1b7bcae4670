// Every case is either run or skipped for a reason, and nothing is listed that does not exist: the list cannot fall behind the files.
using System.Reflection;
using NUnit.Framework;

namespace StreamLinq.Tests.Conformance;

public sealed class CoverageTests
{
    private static string[] Run => [.. typeof(CoverageTests).Assembly.GetTypes().SelectMany(t => t.GetMethods()).SelectMany(m => m.GetCustomAttributes<CaseAttribute>()).Select(c => c.Id), .. RefusedCases.Ids];

    [Test]
    public void Every_case_is_run_or_skipped_for_a_reason()
    {
        var left = ConformanceCase.All.ExceptBy(Run, c => c.Id).ToList();
        var skipped = left.Select(c => (c.Id, SkippedCases.All.FirstOrDefault(s => SkippedCases.Fits(s.Line, c)).Reason)).ToList();
        TestContext.Out.WriteLine($"{ConformanceCase.All.Count} cases, {Run.Length} run, {skipped.Count} skipped");
        foreach (var reason in skipped.GroupBy(s => s.Reason)) TestContext.Out.WriteLine($"\n{reason.Count()}: {reason.Key}\n  {string.Join("\n  ", reason.Select(s => s.Id))}");
        Assert.That(skipped.Where(s => s.Reason is null).Select(s => s.Id), Is.Empty);
    }

    [Test]
    public void Every_case_that_is_run_exists_and_is_run_once()
    {
        Assert.That(Run, Is.Unique);
        Assert.That(Run.Except(ConformanceCase.All.Select(c => c.Id)), Is.Empty);
    }

    [Test]
    public void Every_line_of_the_list_is_the_reason_for_some_case()
    {
        var reasons = ConformanceCase.All.ExceptBy(Run, c => c.Id).Select(c => SkippedCases.All.FirstOrDefault(s => SkippedCases.Fits(s.Line, c)).Line).ToHashSet();
        Assert.That(SkippedCases.All.Select(s => s.Line).Where(line => !reasons.Contains(line)), Is.Empty);
    }
}
