// The repository as the tests of this folder see it: where it lies, and the sources of its product.
using NUnit.Framework;

namespace StreamLinq.Tests.Repository;

internal static class SourceTree
{
    /// <summary>The folder of the solution.</summary>
    internal static string Root { get; } = Find();

    /// <summary>The product's projects; tests and benchmarks are not part of it.</summary>
    internal static string[] Product { get; } = [.. Directory.EnumerateFiles(Root, "*.csproj", SearchOption.AllDirectories)
        .Where(path => IsSource(path) && Path.GetFileNameWithoutExtension(path) is "StreamLinq" or "StreamLinq.Providers")
        .Select(path => Path.GetFileNameWithoutExtension(path)).Order(StringComparer.Ordinal)];

    /// <summary>The C# files of a project, as paths from the root with slashes.</summary>
    internal static IEnumerable<string> Sources(string project) => Files(project, "*.cs");

    /// <summary>The files under a folder, as paths from the root with slashes.</summary>
    internal static IEnumerable<string> Files(string folder, string pattern) => Directory.EnumerateFiles(Path.Combine(Root, folder), pattern, SearchOption.AllDirectories)
        .Where(IsSource).Select(path => Path.GetRelativePath(Root, path).Replace('\\', '/')).Order(StringComparer.Ordinal);

    internal static string Read(string path) => File.ReadAllText(Path.Combine(Root, path));

    private static bool IsSource(string path)
    {
        var parts = Path.GetRelativePath(Root, path).Split('/', '\\');
        return !parts.Any(part => part is "bin" or "obj" || part.StartsWith('.'));
    }

    private static string Find()
    {
        for (var folder = new DirectoryInfo(TestContext.CurrentContext.TestDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "StreamLinq.sln"))) return folder.FullName;
        }

        throw new InvalidOperationException("The tests run outside the repository: there is no StreamLinq.sln above them.");
    }
}
