using System.Text;
using FsCheck;
using FsCheck.Fluent;
using NUnit.Framework;
using StreamLinq.Sinks;

namespace StreamLinq.Tests.Sinks;

public class PartitionFolderTests
{
    private sealed record Visit(string? Page, int Day);

    [TestCase("a/b", ExpectedResult = "p=a%2Fb")]
    [TestCase("../x", ExpectedResult = "p=..%2Fx")]
    [TestCase("..", ExpectedResult = "p=.%2E")]
    [TestCase("C:\\x", ExpectedResult = "p=C%3A%5Cx")]
    [TestCase("", ExpectedResult = "p=")]
    [TestCase("50%", ExpectedResult = "p=50%25")]
    [TestCase("a=b", ExpectedResult = "p=a%3Db")]
    [TestCase("a\0\n", ExpectedResult = "p=a%00%0A")]
    [TestCase("東京 2", ExpectedResult = "p=東京 2")]
    [TestCase("end ", ExpectedResult = "p=end%20")]
    [TestCase("🚀", ExpectedResult = "p=%F0%9F%9A%80")]
    [TestCase(null, ExpectedResult = "p=__null__")]
    [TestCase("__null__", ExpectedResult = "p=%5F_null__")]
    public string Values_become_names(string? value) => PartitionFolder.Segment("p", value);

    [Test]
    public void A_name_is_short_safe_and_its_own()
    {
        var text = Gen.Elements("/", "..", ".", "%", "%~", "~", "\\", "\0", "a", "_", "null", " ", "ä", "京", "🚀", new string('x', 90), "=").ListOf().Select(string.Concat).Two().ToArbitrary();
        Prop.ForAll(text, pair =>
        {
            var (a, b) = (PartitionFolder.Segment("p", pair.Item1), PartitionFolder.Segment("p", pair.Item2));
            Assert.That(Encoding.UTF8.GetByteCount(a), Is.LessThanOrEqualTo(255));
            Assert.That(Path.GetFullPath(Path.Combine("/root", a, "rows.csv")), Is.EqualTo($"/root/{a}/rows.csv"));
            Assert.That(PartitionFolder.IsSegment(a));
            Assert.That(a == b, Is.EqualTo(pair.Item1 == pair.Item2));
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(500));
    }

    [Test]
    public async Task Rows_are_spread_over_folders_and_stay_inside()
    {
        using var folder = new TempFolder();
        var sink = StreamSink.JsonLines(folder["out"], "Day", "Page").Create<Visit>();
        Assert.That(sink.Features.HasFlag(SinkFeatures.Replaces), Is.False);
        await using (var writer = await sink.OpenAsync())
        {
            await writer.InsertAsync(0, new Visit("../../x", 1), new Visit(null, 2), new Visit("home", 1));
            await writer.InsertAsync(1, new Visit("home", 1));
        }
        Assert.That(Directory.EnumerateFiles(folder.Path, "*", SearchOption.AllDirectories).Select(f => Path.GetRelativePath(folder.Path, f)), Is.EquivalentTo(new[]
        {
            "out/_epochs", "out/Day=1/Page=..%2F..%2Fx/rows-00000001.jsonl", "out/Day=2/Page=__null__/rows-00000002.jsonl", "out/Day=1/Page=home/rows-00000003.jsonl",
        }));
        Assert.That(await File.ReadAllLinesAsync(folder["out/Day=1/Page=home/rows-00000003.jsonl"]), Is.EqualTo(new[] { """{"page":"home","day":1}""", """{"page":"home","day":1}""" }));
        Assert.ThrowsAsync<NotSupportedException>(async () => await sink.OpenAsync(OutputMode.Complete));
    }
}
