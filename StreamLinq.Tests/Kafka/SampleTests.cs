// kafka-clicks.cs as its page shows it, on the real broker.
using System.Text.Json;
using NUnit.Framework;
using StreamLinq.Tests.Samples;
using StreamLinq.Tests.Sinks;

namespace StreamLinq.Tests.Kafka;

[NonParallelizable]
public sealed class SampleTests
{
    private const string Sample = "kafka-clicks.cs";

    [Test]
    public async Task It_counts_its_own_clicks_and_goes_on_where_it_stopped()
    {
        var (input, output) = (Topics.NewName("clicks"), Topics.NewName("per-page"));
        using var folder = new TempFolder();
        foreach (var run in new[] { 1, 2 })
        {
            var (code, printed, errors) = await SampleRun.ToEndAsync(Sample, folder.Path, Broker.Address, "--demo", "--seconds", "3", "--input", input, "--output", output, "--checkpoint", "state");
            Assert.That(code, Is.Zero, errors);
            Assert.That(printed, Does.Contain("/home"), $"run {run}: {errors}");
        }

        // What the last epoch did not read any more is not counted yet.
        var clicks = Topics.Read(input).Count;
        var counted = Topics.ReadTable(output).Values.Sum(v => JsonDocument.Parse(v).RootElement.GetProperty("clicks").GetInt64());
        Assert.That(counted, Is.InRange(1, clicks));
        Assert.That(Topics.ReadTable(output).Keys, Is.All.Match("^/(home|search|about) 20.*Z|\\+00:00$"));
    }

    [Test]
    public async Task It_says_what_it_needs()
    {
        using var folder = new TempFolder();
        var (code, _, errors) = await SampleRun.ToEndAsync(Sample, folder.Path);
        Assert.That(code, Is.EqualTo(2));
        Assert.That(errors, Does.Contain("HOST:PORT"));
        Assert.That((await SampleRun.ToEndAsync(Sample, folder.Path, "--help")).Code, Is.Zero);
    }
}
