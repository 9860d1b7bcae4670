// The packages as a user meets them: what is in them, what they bring along, and that a project of his compiles and runs with them, also beside System.Linq.Async.
using System.IO.Compression;
using System.Xml.Linq;
using NUnit.Framework;

namespace StreamLinq.Tests.Packaging;

[NonParallelizable]
public sealed class PackagingTests
{
    // The first query of the docs, over lines that are there, with a checkpoint: it is FASTER that keeps it.
    private const string FirstQuery = """
        using StreamLinq;

        File.WriteAllText("lines.txt", "to be or\nnot to be\n");
        var counts = from line in StreamSource.Text("lines.txt", new TextOptions { Follow = false })
                     from word in line.Text.Split(' ')
                     where word.Length > 0
                     group word by word into words
                     select new { Word = words.Key, Count = words.Count() };
        await using var engine = new StreamEngine();
        await engine.RunAsync(counts.WriteTo(StreamSink.JsonLines("counts.jsonl"), OutputMode.Changelog), new StreamingQueryOptions { CheckpointLocation = "state" });
        Console.WriteLine(File.ReadAllText("counts.jsonl"));
        """;

    // Code of the user's own, which has nothing to do with StreamLinq. With System.Linq.Async beside .NET 10 it is ambiguous from the start.
    private const string OwnAsyncQuery = """
        namespace Own;

        public static class Evens
        {
            public static IAsyncEnumerable<int> Of(IAsyncEnumerable<int> rows) => rows.Where(row => row % 2 == 0).Select(row => row + 1);

            public static ValueTask<List<int>> ListAsync(IAsyncEnumerable<int> rows) => rows.ToListAsync();
        }
        """;

    private static readonly (string, string) SystemLinqAsync = ("System.Linq.Async", "6.0.1");

    private PackedFeed _feed = null!;

    [OneTimeSetUp]
    public async Task Pack() => _feed = await PackedFeed.MakeAsync();

    [OneTimeTearDown]
    public void Clean() => _feed?.Dispose();

    [TestCase("StreamLinq")]
    [TestCase("StreamLinq.Providers")]
    [TestCase("StreamLinq.Providers.Kafka")]
    public void A_package_has_a_readme_a_licence_docs_and_symbols(string id)
    {
        Assert.That(Entries(_feed.Package(id)), Is.SupersetOf(new[] { "README.md", "LICENSE", $"lib/net10.0/{id}.dll", $"lib/net10.0/{id}.xml" }));
        Assert.That(Entries(_feed.Package(id, "snupkg")), Does.Contain($"lib/net10.0/{id}.pdb"));
        var metadata = Metadata(id);
        Assert.Multiple(() =>
        {
            Assert.That(metadata.Element(metadata.Name.Namespace + "readme")?.Value, Is.EqualTo("README.md"));
            Assert.That(metadata.Element(metadata.Name.Namespace + "license")?.Value, Is.EqualTo("MIT"));
            Assert.That(metadata.Element(metadata.Name.Namespace + "description")?.Value, Is.Not.Empty);
        });
    }

    [Test]
    public void The_language_brings_nothing_along() => Assert.That(Dependencies("StreamLinq"), Is.Empty);

    [Test]
    public void Kafka_brings_its_client_and_not_the_engine() =>
        Assert.That(Dependencies("StreamLinq.Providers.Kafka").Keys, Is.EquivalentTo(new[] { "StreamLinq", "Confluent.Kafka", "Microsoft.Extensions.Logging.Abstractions" }));

    [Test]
    public void FASTER_comes_along_for_the_runtime_and_not_for_the_compiler()
    {
        var dependencies = Dependencies("StreamLinq.Providers");

        Assert.That(dependencies.Keys, Is.EquivalentTo(new[]
        {
            "StreamLinq", "Microsoft.FASTER.Core", "Microsoft.Extensions.Diagnostics.HealthChecks", "Microsoft.Extensions.Hosting.Abstractions",
            "Microsoft.Extensions.Logging.Abstractions", "Microsoft.Extensions.ObjectPool",
        }));
        Assert.That(dependencies["Microsoft.FASTER.Core"].Split(','), Does.Contain("Compile").And.Not.Contain("Runtime"), "what is excluded");
    }

    [Test]
    public async Task A_new_worker_runs_the_first_query()
    {
        var worker = Worker("Plain");
        worker.Write("Program.cs", FirstQuery);
        worker.Write("Evens.cs", OwnAsyncQuery);

        await AssertRunsAsync(worker);
    }

    [Test]
    public async Task Beside_System_Linq_Async_a_query_runs_and_nothing_more_is_ambiguous()
    {
        var before = new ConsumerProject(_feed, "Before", SystemLinqAsync);
        before.Write("Program.cs", "Console.WriteLine();");
        before.Write("Evens.cs", OwnAsyncQuery);
        var ambiguous = ConsumerProject.Errors(await before.BuildAsync());

        var with = Worker("With", SystemLinqAsync);
        with.Write("Program.cs", FirstQuery);
        with.Write("Evens.cs", OwnAsyncQuery);
        var build = await with.BuildAsync();

        // .NET 10 and System.Linq.Async collide by themselves; StreamLinq adds no error, and its query is none of them.
        Assert.That(ambiguous, Is.Not.Empty.And.All.StartWith("Evens.cs").And.All.Matches<string>(error => error.EndsWith("CS0121", StringComparison.Ordinal) || error.EndsWith("CS0433", StringComparison.Ordinal)));
        Assert.That(ConsumerProject.Errors(build), Is.EqualTo(ambiguous), build.Output);

        with.Write("Evens.cs", "");
        await AssertRunsAsync(with);
    }

    private ConsumerProject Worker(string name, params (string, string)[] also) => new(_feed, name, [("StreamLinq.Providers", _feed.Version), .. also]);

    private static async Task AssertRunsAsync(ConsumerProject worker)
    {
        var build = await worker.BuildAsync();
        Assert.That(build.ExitCode, Is.Zero, build.Output);
        Assert.That(build.Output, Does.Not.Contain("warning"));
        var run = await worker.RunAsync();
        Assert.That(run.ExitCode, Is.Zero, run.Output);
        Assert.That(run.Output, Does.Contain("\"be\"").And.Contain("\"not\"").And.Contain("2"));
    }

    private static List<string> Entries(string package)
    {
        using var archive = ZipFile.OpenRead(package);
        return [.. archive.Entries.Select(entry => entry.FullName)];
    }

    private XElement Metadata(string id)
    {
        using var archive = ZipFile.OpenRead(_feed.Package(id));
        using var nuspec = archive.GetEntry(id + ".nuspec")!.Open();
        return XDocument.Load(nuspec).Root!.Elements().First();
    }

    // The packages a package brings along, and which of their assets it keeps from its user.
    private Dictionary<string, string> Dependencies(string id) => Metadata(id).Descendants().Where(e => e.Name.LocalName == "dependency")
        .ToDictionary(e => e.Attribute("id")!.Value, e => e.Attribute("exclude")?.Value ?? "", StringComparer.Ordinal);
}
