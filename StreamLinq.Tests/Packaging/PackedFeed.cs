// Packs the product once, as it was built, into a folder that serves as a package feed.
// The version is the product's: what a package says of the other one's version was fixed when it was restored. So a consumer must keep its packages out of the machine's cache.
using System.IO.Compression;
using NUnit.Framework;
using StreamLinq.Tests.Language;

namespace StreamLinq.Tests.Packaging;

internal sealed class PackedFeed : IDisposable
{
    private PackedFeed(string root) => Root = root;

    /// <summary>A temporary folder; consumers are made in it.</summary>
    internal string Root { get; }

    internal string Version { get; private set; } = "";

    internal string Folder => Path.Combine(Root, "feed");

    internal static async Task<PackedFeed> MakeAsync()
    {
        var root = Directory.CreateTempSubdirectory("streamlinq-pack-").FullName;
        var feed = new PackedFeed(root);
        try
        {
            foreach (var project in new[] { "StreamLinq", "StreamLinq.Providers", "StreamLinq.Providers.Kafka" })
            {
                var packed = await DotnetCommand.RunAsync(
                    Repository.Root, "pack", $"{project}/{project}.csproj", "--no-build", "--configuration", Configuration, "--output", feed.Folder, "-nodeReuse:false");
                Assert.That(packed.ExitCode, Is.Zero, packed.Output);
                Assert.That(packed.Output, Does.Not.Contain("warning"));
            }

            await feed.AddStandInAsync();
            feed.Version = Path.GetFileNameWithoutExtension(Directory.GetFiles(feed.Folder, "StreamLinq.Providers.Kafka.*.nupkg").Single())["StreamLinq.Providers.Kafka.".Length..];
            return feed;
        }
        catch
        {
            feed.Dispose();
            throw;
        }
    }

    internal string Package(string id, string extension = "nupkg") => Path.Combine(Folder, $"{id}.{Version}.{extension}");

    public void Dispose() => Directory.Delete(Root, recursive: true);

    // FASTER declares System.Interactive.Async 6.0.1, which it never calls and which not every registry holds. The stand-in has no code and the dependency of the real one, System.Linq.Async,
    // so that the way by which its operators could reach a user's compiler is there to be tested.
    private async Task AddStandInAsync()
    {
        const string Id = "System.Interactive.Async";
        await using var archive = await ZipFile.OpenAsync(Path.Combine(Folder, Id + ".6.0.1.nupkg"), ZipArchiveMode.Create);
        archive.CreateEntry("lib/net6.0/_._");
        await using var nuspec = new StreamWriter(await archive.CreateEntry(Id + ".nuspec").OpenAsync());
        await nuspec.WriteAsync($"""
            <package xmlns="http://schemas.microsoft.com/packaging/2013/05/nuspec.xsd">
              <metadata>
                <id>{Id}</id>
                <version>6.0.1</version>
                <authors>tests</authors>
                <description>Stands in for the package that FASTER declares.</description>
                <dependencies><group targetFramework="net6.0"><dependency id="System.Linq.Async" version="6.0.1" /></group></dependencies>
              </metadata>
            </package>
            """);
    }

    // What the tests were built with is there to be packed: .../bin/Debug/net10.0/
    private static string Configuration => new DirectoryInfo(TestContext.CurrentContext.TestDirectory).Parent!.Name;
}
