// The samples beside word-count.cs do what they say.
using NUnit.Framework;
using StreamLinq.Tests.Sinks;

namespace StreamLinq.Tests.Samples;

public sealed class OtherSamplesTests
{
    [Test]
    public async Task The_testing_sample_checks_what_it_says_and_finds_it_right()
    {
        using var folder = new TempFolder();
        var (code, output, errors) = await SampleRun.ToEndAsync("testing.cs", folder.Path);
        Assert.That(code, Is.Zero, errors);
        Assert.That(output.TrimEnd('\n').Split('\n'), Has.Length.EqualTo(5).And.All.StartsWith("ok: "));
    }

    [Test]
    public async Task The_hosted_sample_prints_tables_and_ends_by_itself()
    {
        using var folder = new TempFolder();
        var (code, output, errors) = await SampleRun.ToEndAsync("hosted.cs", folder.Path, "--seconds", "2");
        Assert.That(code, Is.Zero, errors);
        Assert.That(output, Does.Contain("Batch: 0").And.Contain("|  Page|Visits|").And.Contain("Query visits ended"));
    }

    [Test]
    public async Task The_hosted_sample_ends_on_ctrl_c()
    {
        using var folder = new TempFolder();
        await using var run = await SampleRun.StartAsync("hosted.cs", folder.Path, [], readOutput: false);
        await run.FirstOutputAsync();
        await Task.Delay(500);
        await run.InterruptAsync();
        Assert.That((await run.EndAsync()).Code, Is.Zero);
    }

    [Test]
    public async Task The_hosted_sample_refuses_other_arguments()
    {
        using var folder = new TempFolder();
        var (code, _, errors) = await SampleRun.ToEndAsync("hosted.cs", folder.Path, "--seconds", "soon");
        Assert.That(code, Is.EqualTo(2));
        Assert.That(errors, Does.Contain("[--seconds N]"));
    }
}
