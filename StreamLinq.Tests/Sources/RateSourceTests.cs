// The rate source, against the conformance cases and on its own.
using System.Text.Json;
using NUnit.Framework;

namespace StreamLinq.Tests.Sources;

public sealed class RateSourceTests
{
    [Test]
    public async Task It_passes_the_conformance_cases()
    {
        var folder = new DirectoryInfo(TestContext.CurrentContext.TestDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "StreamLinq.sln"))) folder = folder.Parent;
        var file = Path.Combine(folder?.FullName ?? "", "..", "shared", "conformance", "spark", "RateSource.json");
        if (!File.Exists(file)) Assert.Ignore("shared folder is absent");
        using var cases = JsonDocument.Parse(await File.ReadAllTextAsync(file));
        var ids = cases.RootElement.EnumerateArray().Select(c => c.GetProperty("id").GetString()).ToList();
        Assert.That(ids, Is.EquivalentTo(new[] { "spark/RateSource/uniform", "spark/RateSource/illegal-options" }));

        // uniform: rowsPerSecond 1500, the clock goes from 0 s to 1 s; rows v = 0..1499 with timestamp = round(v * 1000 / 1500) ms, half up.
        var clock = new ManualClock(DateTimeOffset.UnixEpoch);
        await using var reading = await Reading<RateRow>.OpenAsync(Sources.Of(StreamSource.Rate(1500)), null, clock);
        Assert.That(await reading.EpochAsync(), Is.Empty);
        clock.Now += TimeSpan.FromSeconds(1);
        Assert.That(await reading.EpochAsync(), Is.EqualTo(Enumerable.Range(0, 1500).Select(v => new RateRow(DateTimeOffset.UnixEpoch.AddMilliseconds(Math.Floor((v * 1000m / 1500) + 0.5m) is var ms ? (double)ms : 0), v))));

        // illegal-options: what is not positive is refused.
        Assert.That(() => StreamSource.Rate(-1), Throws.InstanceOf<ArgumentOutOfRangeException>());
        Assert.That(() => StreamSource.Rate(0), Throws.InstanceOf<ArgumentOutOfRangeException>());
        Assert.That(() => StreamSource.Rate(1, -1), Throws.InstanceOf<ArgumentOutOfRangeException>());
    }

    [Test]
    public async Task Another_number_of_partitions_is_refused()
    {
        await using var reading = await Reading<RateRow>.OpenAsync(Sources.Of(StreamSource.Rate(2, 3)), [new SourceOffset("0", "0:5")]);
        Assert.That((await Sources.ErrorAsync(() => reading.EpochAsync())).Message, Does.StartWith("SLQ2016: '1 partitions' is not a position of rate of 2 rows per second."));
    }

    [Test]
    public async Task A_restart_goes_on_from_the_first_start()
    {
        var clock = new ManualClock(DateTimeOffset.UnixEpoch);
        await using var reading = await Reading<RateRow>.OpenAsync(Sources.Of(StreamSource.Rate(2)), null, clock);
        clock.Now += TimeSpan.FromSeconds(1.5);
        Assert.That((await reading.EpochAsync()).Select(r => r.Value), Is.EqualTo(new[] { 0L, 1, 2 }));
        clock.Now += TimeSpan.FromSeconds(1);
        await using var again = await Reading<RateRow>.OpenAsync(Sources.Of(StreamSource.Rate(2)), reading.Current, clock);
        Assert.That(await again.EpochAsync(), Is.EqualTo(new[] { new RateRow(DateTimeOffset.UnixEpoch.AddSeconds(1.5), 3), new RateRow(DateTimeOffset.UnixEpoch.AddSeconds(2), 4) }));
        clock.Now = DateTimeOffset.UnixEpoch;
        Assert.That(await again.EpochAsync(), Is.Empty);
        Assert.That(again.IsEnd, Is.False);
    }

    [Test]
    public async Task It_waits_until_a_row_is_due()
    {
        await using var reading = await Reading<RateRow>.OpenAsync(Sources.Of(StreamSource.Rate(100, partitions: 2)));
        Assert.That((await reading.TakeAsync(5)).Select(r => r.Value), Is.EquivalentTo(new[] { 0L, 1, 2, 3, 4 }));
    }
}
