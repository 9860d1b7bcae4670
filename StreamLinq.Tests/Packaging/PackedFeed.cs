// Packs the product once, as it was built, into a folder that serves as a package feed.
// The version is the product's: what a package says of the other one's version was fixed when it was restored. So a consumer must keep its packages out of the machine's cache.
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
            foreach (var project in new[] { "StreamLinq", "StreamLinq.Providers" })
            {
                var packed = await DotnetCommand.RunAsync(
                    Repository.Root, "pack", $"{project}/{project}.csproj", "--no-build", "--configuration", Configuration, "--output", feed.Folder, "-nodeReuse:false");
                Assert.That(packed.ExitCode, Is.Zero, packed.Output);
                Assert.That(packed.Output, Does.Not.Contain("warning"));
            }

            feed.Version = Path.GetFileNameWithoutExtension(Directory.GetFiles(feed.Folder, "StreamLinq.Providers.*.nupkg").Single())["StreamLinq.Providers.".Length..];
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

    // What the tests were built with is there to be packed: .../bin/Debug/net10.0/
    private static string Configuration => new DirectoryInfo(TestContext.CurrentContext.TestDirectory).Parent!.Name;
}
